import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunResult } from "../../src/agents/benchmark/result.ts";
import { appendResult, openFolder, readResults } from "../../src/cli/benchmark/folder.ts";
import { describeMachine } from "../../src/cli/machine.ts";
import { fixed } from "../../src/cli/benchmark/numbers.ts";
import { temporaryFolder } from "../data/pictures.ts";

const failed = (seed: number): RunResult => ({ agent: "a", task: "t", seed, status: "failed", error: "no" });

test("a benchmark that goes on otherwise is told what differs, and nothing else", async () => {
  const out = temporaryFolder();
  const config = { agents: ["a"], worlds: ["t"], seeds: 1, steps: 10, episodes: 1, horizon: 1, deterministic: true };
  const machine = await describeMachine("0");
  await openFolder(out, config, machine, false);
  await openFolder(out, { ...config, seeds: 2 }, machine, true);
  await expect(openFolder(out, { ...config, steps: 20, goal: "g.png" }, machine, true)).rejects.toThrow(
    /began with, got steps 20 in place of 10, goal "g\.png" in place of none$/,
  );
});

test("a number that rounds to nothing has no sign", () => {
  expect([-0.0004, -0, 0.0004, -0.5].map((value) => fixed(value, 3))).toEqual(["0.000", "0.000", "0.000", "-0.500"]);
});

test("a line that was cut short is lost alone, and the next result has one of its own", async () => {
  const out = temporaryFolder();
  const path = join(out, "runs.jsonl");
  expect(await readResults(out)).toEqual([]);
  for (const seed of [0, 1]) await appendResult(out, failed(seed));
  expect(await readResults(out)).toEqual([failed(0), failed(1)]);
  writeFileSync(path, readFileSync(path, "utf8").slice(0, -9));
  expect(await readResults(out)).toEqual([failed(0)]);
  for (const seed of [2, 3]) await appendResult(out, failed(seed));
  expect(await readResults(out)).toEqual([failed(0), failed(2), failed(3)]);
});

test("a line that lacks only its end is a result, and stays one", async () => {
  const out = temporaryFolder();
  appendFileSync(join(out, "runs.jsonl"), JSON.stringify(failed(0)));
  expect(await readResults(out)).toEqual([failed(0)]);
  await appendResult(out, failed(1));
  expect(await readResults(out)).toEqual([failed(0), failed(1)]);
});
