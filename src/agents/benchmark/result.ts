import { createHash } from "node:crypto";
import { z } from "zod";

/** What is run: an agent on a task, from a seed. */
export const BenchmarkRun = z.strictObject({
  agent: z.string(),
  task: z.string().describe("a world, and behind a colon its level"),
  seed: z.int().nonnegative(),
});
export type BenchmarkRun = z.infer<typeof BenchmarkRun>;

const Percentiles = z.strictObject({ p50: z.number(), p95: z.number() }).describe("of single calls, in milliseconds");

/** What came of a run that reached its end. */
export const RunMeasurements = z.strictObject({
  returns: z.array(z.number()).describe("of the episodes of the evaluation"),
  lengths: z.array(z.int()).describe("their steps"),
  meanReturn: z.number(),
  curve: z.array(z.strictObject({ step: z.int(), value: z.number() })).describe("mean returns while learning"),
  trainSteps: z.int().describe("as the benchmark counted them, of all environments together"),
  trainSeconds: z.number(),
  evaluationSteps: z.int(),
  evaluationSeconds: z.number().describe("without filming"),
  actMilliseconds: Percentiles,
  stepMilliseconds: Percentiles,
  peakMemoryMB: z.number().describe("the most that the process held at once"),
  video: z.string().nullable().describe("the first episode of the evaluation, a file within the folder"),
});
export type RunMeasurements = z.infer<typeof RunMeasurements>;

/** A line of `runs.jsonl`. */
export const RunResult = z.discriminatedUnion("status", [
  z.strictObject({ ...BenchmarkRun.shape, status: z.literal("done"), ...RunMeasurements.shape }),
  z.strictObject({ ...BenchmarkRun.shape, status: z.literal("failed"), error: z.string() }),
]);
export type RunResult = z.infer<typeof RunResult>;
export type FinishedRun = Extract<RunResult, { status: "done" }>;

/** What tells a run from all others. */
export function runKey({ agent, task, seed }: BenchmarkRun): string {
  return JSON.stringify([agent, task, seed]);
}

/** The name of a run's files: its key's, where letters had to go, or two runs would share a folder. */
export function runName(run: BenchmarkRun): string {
  const parts = [run.agent, run.task, `seed-${run.seed}`];
  const name = parts.join("__").replaceAll(/[^\w.-]+/g, "-");
  if (name.split("__").every((part, i) => part === parts[i])) return name;
  return `${name}__${createHash("sha256").update(runKey(run)).digest("hex").slice(0, 8)}`;
}
