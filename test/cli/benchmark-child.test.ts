import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runInProcess } from "../../src/cli/benchmark/child.ts";
import { temporaryFolder } from "../data/pictures.ts";

const config = { agents: ["a"], worlds: ["t"], seeds: 1, steps: 1, episodes: 1, horizon: 1, deterministic: true };

test.each([
  ["process.exit(0);", /process\.exit/],
  ["await new Promise(() => {});", /waits for a promise that nothing settles/],
  ["process.exit(3);", /^the process ended with status 3/],
  ["console.error('no such thing'); process.exit(2);", /^no such thing$/],
])("a run that ends by %s is told in words", async (program, reason) => {
  const out = temporaryFolder();
  const launcher = join(out, "launcher.mjs");
  writeFileSync(launcher, program);
  const [node = "", mine = "", ...rest] = process.argv;
  process.argv = [node, launcher, ...rest];
  try {
    const limits = { signal: new AbortController().signal };
    await expect(runInProcess(out, config, { agent: "a", task: "t", seed: 0 }, limits)).rejects.toThrow(reason);
  } finally {
    process.argv = [node, mine, ...rest];
  }
});
