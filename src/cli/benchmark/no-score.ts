import { hasScale, type BenchmarkSummary } from "../../agents/benchmark/summary.ts";

/** What stands for the scores over all tasks of an agent that has none. */
export function noScore({ scales }: Pick<BenchmarkSummary, "scales">): string {
  return scales.some(hasScale) ? "lacks a task" : "no scale";
}
