import "../built-in-envs.ts";
import { once } from "node:events";
import { make } from "../env/make.ts";
import { makeVec } from "../env/make-vec.ts";
import { serveEnvs } from "../serve/server.ts";

/** Options of `genie-env serve`. */
export type ServeCommand = {
  readonly host: string;
  readonly port: number;
  readonly token?: string;
  readonly maxEnvs: number;
  /** Stop when standard input ends: whoever started this process has gone. */
  readonly attached?: boolean;
};

/**
 * Serves every registered environment until a signal, and prints where, in one line that a program can read.
 * @throws ConfigError for an address beyond this machine without a token, or one that cannot be had.
 */
export async function serve({
  host,
  port,
  maxEnvs,
  attached,
  token = process.env["GENIE_ENV_TOKEN"],
}: ServeCommand): Promise<void> {
  const server = await serveEnvs({ make, makeVec }, { host, port, token, maxEnvs });
  console.log(`listening on ${server.host}:${server.port}`);
  const ends = [once(process, "SIGINT"), once(process, "SIGTERM")];
  if (attached) ends.push(once(process.stdin.resume(), "end"));
  await Promise.race(ends);
  await server.close();
  process.stdin.pause();
}
