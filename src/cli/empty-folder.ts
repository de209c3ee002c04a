import { mkdir, readdir } from "node:fs/promises";
import { ConfigError } from "../core/errors.ts";

/** Makes the folder of `--out`. @throws ConfigError when it holds anything. */
export async function makeEmptyFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  const [first] = await readdir(path);
  if (first === undefined) return;
  throw new ConfigError(`--out: must be a new or empty folder, got ${path} with ${first} in it - choose another`);
}
