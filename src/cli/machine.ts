import { execFile } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, cpus, totalmem } from "node:os";
import { promisify } from "node:util";
import { z } from "zod";
import { packageRoot } from "../core/package-root.ts";

/** What results were made on. */
export const Machine = z.strictObject({
  cores: z.int(),
  cpu: z.string(),
  memoryGB: z.number(),
  platform: z.string(),
  node: z.string(),
  package: z.string().describe("version of genie-env"),
  libraries: z.record(z.string(), z.string()).default({}).describe("versions of what computes"),
  revision: z
    .string()
    .nullable()
    .describe("git revision of genie-env, + where it was changed; null where it is no clone"),
});
export type Machine = z.infer<typeof Machine>;

/** The code and the processor that a result was made by. */
export const MadeBy = Machine.pick({ revision: true, cpu: true });
export type MadeBy = z.infer<typeof MadeBy>;

/** Who makes results in this process. Ask before they are made: the code on disk may change meanwhile. */
export async function madeHere(): Promise<MadeBy> {
  return { revision: await gitRevision(), cpu: cpus()[0]?.model ?? "unknown" };
}

/** Describes this machine and what runs on it. */
export async function describeMachine(version: string): Promise<Machine> {
  return {
    cores: availableParallelism(),
    memoryGB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    package: version,
    libraries: Object.fromEntries(LIBRARIES.map((name) => [name, versionOf(name)])),
    ...(await madeHere()),
  };
}

const LIBRARIES = ["onnxruntime-node", "@tensorflow/tfjs"] as const;

function versionOf(library: (typeof LIBRARIES)[number]): string {
  const manifest = createRequire(import.meta.url).resolve(`${library}/package.json`);
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(manifest, "utf8"))).version;
}

/** Of the package, not of the folder that somebody works in: an installed one lies in another's repository. */
async function gitRevision(): Promise<string | null> {
  const root = realpathSync(packageRoot());
  const git = async (...args: readonly string[]) =>
    (await promisify(execFile)("git", ["-C", root, ...args])).stdout.trim();
  try {
    if (realpathSync(await git("rev-parse", "--show-toplevel")) !== root) return null;
    const changes = await git("status", "--porcelain", "--untracked-files=no");
    return `${await git("rev-parse", "--short", "HEAD")}${changes === "" ? "" : "+"}`;
  } catch {
    return null;
  }
}
