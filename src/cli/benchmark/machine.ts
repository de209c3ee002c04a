import { execFile } from "node:child_process";
import { availableParallelism, cpus, totalmem } from "node:os";
import { promisify } from "node:util";
import { z } from "zod";

/** What a benchmark ran on. */
export const Machine = z.strictObject({
  cores: z.int(),
  cpu: z.string(),
  memoryGB: z.number(),
  platform: z.string(),
  node: z.string(),
  package: z.string().describe("version of genie-env"),
  revision: z
    .string()
    .nullable()
    .describe("git revision of the working folder, + where it was changed; null without git"),
});
export type Machine = z.infer<typeof Machine>;

/** Describes this machine and what runs on it. */
export async function describeMachine(version: string): Promise<Machine> {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? "unknown",
    memoryGB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    package: version,
    revision: await gitRevision(),
  };
}

async function gitRevision(): Promise<string | null> {
  const git = async (...args: readonly string[]) => (await promisify(execFile)("git", [...args])).stdout.trim();
  try {
    const changes = await git("status", "--porcelain", "--untracked-files=no");
    return `${await git("rev-parse", "--short", "HEAD")}${changes === "" ? "" : "+"}`;
  } catch {
    return null;
  }
}
