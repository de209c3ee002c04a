import type { BenchmarkSummary } from "../../agents/benchmark/summary.ts";
import type { RunResult } from "../../agents/benchmark/result.ts";
import { mean } from "../../metrics/mean.ts";

type Cell = string | number | null;

/** `runs.csv`: a line per run. */
export function runsTable(results: readonly RunResult[]): string {
  const header = [
    "agent",
    "task",
    "seed",
    "status",
    "mean_return",
    "episodes",
    "train_steps",
    "train_seconds",
    "train_steps_per_second",
    "evaluation_steps_per_second",
    "act_p50_ms",
    "act_p95_ms",
    "step_p50_ms",
    "step_p95_ms",
    "peak_memory_mb",
    "error",
  ];
  return csv([header, ...results.map(runLine)]);
}

function runLine(result: RunResult): Cell[] {
  const { agent, task, seed, status } = result;
  if (result.status === "failed") {
    return [agent, task, seed, status, ...new Array<Cell>(11).fill(null), result.error.replaceAll(/\s+/g, " ")];
  }
  const { meanReturn, returns, trainSteps, trainSeconds, evaluationSteps, evaluationSeconds } = result;
  const { actMilliseconds, stepMilliseconds, peakMemoryMB } = result;
  return [
    agent,
    task,
    seed,
    status,
    meanReturn,
    returns.length,
    trainSteps,
    trainSeconds,
    trainSeconds === 0 ? null : trainSteps / trainSeconds,
    evaluationSteps / evaluationSeconds,
    actMilliseconds.p50,
    actMilliseconds.p95,
    stepMilliseconds.p50,
    stepMilliseconds.p95,
    peakMemoryMB,
    null,
  ];
}

/** `scores.csv`: agents by tasks, mean returns and then normalised scores. */
export function scoresTable({ tasks, scales, agents }: BenchmarkSummary): string {
  const names = scales.map(({ task }) => task);
  const header = ["agent", ...names.map((task) => `${task} return`), ...names.map((task) => `${task} score`), "iqm"];
  const lines = agents.map(({ agent, overall }) => {
    const rows = names.map((task) => tasks.find((row) => row.agent === agent && row.task === task));
    const scores = rows.map((row) => (row?.scores ? mean(row.scores) : null));
    return [agent, ...rows.map((row) => row?.returns.mean ?? null), ...scores, overall?.iqm.value ?? null];
  });
  return csv([header, ...lines]);
}

function csv(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(cell).join(",")}\n`).join("");
}

function cell(value: Cell): string {
  const text = String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
