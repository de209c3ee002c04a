import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunResult } from "../../src/agents/benchmark/result.ts";
import { appendResult, readResults } from "../../src/cli/benchmark/folder.ts";
import { temporaryFolder } from "../data/pictures.ts";

const failed = (seed: number): RunResult => ({ agent: "a", task: "t", seed, status: "failed", error: "no" });

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
