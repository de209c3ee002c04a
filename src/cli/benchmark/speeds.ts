import type { FinishedRun, RunResult } from "../../agents/benchmark/result.ts";
import { mean } from "../../metrics/mean.ts";

/** How fast an agent was on a task: medians over its runs. */
export type SpeedRow = {
  readonly agent: string;
  readonly task: string;
  /** Null for an agent that does not learn. */
  readonly learning: { readonly steps: number; readonly seconds: number; readonly stepsPerSecond: number } | null;
  /** Resets and choosing count, filming does not. */
  readonly evaluationStepsPerSecond: number;
  readonly actMilliseconds: FinishedRun["actMilliseconds"];
  readonly stepMilliseconds: FinishedRun["stepMilliseconds"];
  readonly peakMemoryMB: number;
};

/** A row for each agent on each task where a run of it came to its end, in the order of these. */
export function speedRows(results: readonly RunResult[]): SpeedRow[] {
  const done = results.filter((result) => result.status === "done");
  const groups = new Map<string, FinishedRun[]>();
  for (const run of done) {
    const key = JSON.stringify([run.agent, run.task]);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()].map(speedRow);
}

function speedRow(runs: readonly FinishedRun[]): SpeedRow {
  const median = (of: (run: FinishedRun) => number) => middle(runs.map(of).toSorted((a, b) => a - b));
  const percentiles = (key: "actMilliseconds" | "stepMilliseconds") => ({
    p50: median((run) => run[key].p50),
    p95: median((run) => run[key].p95),
  });
  return {
    agent: runs[0]?.agent ?? "",
    task: runs[0]?.task ?? "",
    learning: runs.some(({ trainSteps }) => trainSteps > 0)
      ? {
          steps: median((run) => run.trainSteps),
          seconds: median((run) => run.trainSeconds),
          stepsPerSecond: median((run) => run.trainSteps / run.trainSeconds),
        }
      : null,
    evaluationStepsPerSecond: median((run) => run.evaluationSteps / run.evaluationSeconds),
    actMilliseconds: percentiles("actMilliseconds"),
    stepMilliseconds: percentiles("stepMilliseconds"),
    peakMemoryMB: median((run) => run.peakMemoryMB),
  };
}

/** The median of sorted values. */
function middle(sorted: readonly number[]): number {
  const half = (sorted.length - 1) / 2;
  return mean(sorted.slice(Math.floor(half), Math.ceil(half) + 1));
}
