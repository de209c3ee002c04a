import { z } from "zod";
import type { AgentRow, BenchmarkSummary } from "../src/agents/benchmark/summary.ts";
import { BenchmarkConfig } from "../src/cli/benchmark/config.ts";
import { profileChart } from "../src/cli/benchmark/figures.ts";
import { noScore } from "../src/cli/benchmark/no-score.ts";
import { fixed } from "../src/cli/benchmark/numbers.ts";
import type { SpeedRow } from "../src/cli/benchmark/speeds.ts";
import { table } from "./profile-table.ts";

/** What `genie-env benchmark --json` prints. */
const BenchmarkRun = z.object({
  config: BenchmarkConfig,
  summary: z.custom<BenchmarkSummary>(),
  speeds: z.array(z.custom<SpeedRow>()),
});

/** A benchmark's performance profiles as SVG. */
export function benchmarkSvg(result: unknown): string {
  const svg = profileChart(BenchmarkRun.parse(result).summary);
  if (svg === null) throw new Error("benchmark: an agent must have run on every task, got none");
  return svg;
}

/** A benchmark in a document of docs/: the agents over all tasks, their returns on each, what to bear in mind, the profiles. */
export function benchmarkLines(result: unknown, name: string): string[] {
  const { config, summary, speeds } = BenchmarkRun.parse(result);
  return [
    ...overallTable(summary, speeds),
    "",
    ...returnsTable(summary),
    "",
    `${config.seeds} seeds, ${config.steps.toLocaleString("en")} steps to learn from, ${config.episodes} episodes of each run.`,
    ...summary.warnings,
    "",
    `![Performance profiles: the share of runs that score higher than each score](${name}.svg)`,
  ];
}

type Shown = { readonly value: number; readonly low: number; readonly high: number };

function interval({ value, low, high }: Shown, digits = 2): string {
  return `${fixed(value, digits)} [${fixed(low, digits)}, ${fixed(high, digits)}]`;
}

function overallTable({ agents, scales }: BenchmarkSummary, speeds: readonly SpeedRow[]): string[] {
  const rate = (all: readonly number[]) => (all.length === 0 ? "" : Math.round(middleOf(all)).toLocaleString("en"));
  const rows = agents.map(({ agent, overall, failed }: AgentRow) => {
    const own = speeds.filter((row) => row.agent === agent);
    const better = overall?.improvement["random"];
    return [
      failed > 0 ? `${agent} (${failed} runs failed)` : agent,
      overall === null ? noScore({ scales }) : interval(overall.iqm),
      overall === null ? "" : interval(overall.optimalityGap),
      better === undefined ? "" : interval(better),
      rate(own.flatMap(({ learning }) => learning?.stepsPerSecond ?? [])),
      rate(own.map(({ evaluationStepsPerSecond }) => evaluationStepsPerSecond)),
    ];
  });
  const header = ["IQM of scores [95 %]", "optimality gap", "better than random with probability"];
  return table(["agent", ...header, "learning steps/s", "playing steps/s"], rows);
}

function returnsTable({ agents, scales, tasks }: BenchmarkSummary): string[] {
  const rows = agents.map(({ agent }) => [
    agent,
    ...scales.map(({ task }) => {
      const row = tasks.find((one) => one.agent === agent && one.task === task);
      return row === undefined ? "" : interval({ ...row.returns, value: row.returns.mean }, 1);
    }),
  ]);
  const ends = scales.map(({ random, reference, referenceIs }) => {
    return `${fixed(random, 1)} and ${fixed(reference, 1)} (${referenceIs})`;
  });
  const header = ["return [95 %]", ...scales.map(({ task }) => task)];
  return table(header, [...rows, ["scores 0 and 1 are", ...ends]]);
}

/** The upper median. */
function middleOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
