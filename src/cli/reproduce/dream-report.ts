import { Rng } from "../../core/rng.ts";
import { bootstrapInterval, type Interval } from "../../metrics/bootstrap.ts";
import { drawChart } from "../charts/index.ts";
import { DREAMERS, type DreamerName, type DreamPlan, type DreamResult } from "./dream-plan.ts";

/** One agent over all seeds. */
export type DreamSummary = {
  readonly agent: DreamerName;
  readonly seeds: number;
  /** Real test levels solved, in percent. */
  readonly solved: Interval;
  /** Mean return of dreams, and of the real game from the same starts; null for agents that do not dream. */
  readonly dreamt: Interval | null;
  readonly real: Interval;
};

/** A row for each agent. Intervals are drawn over seeds, or over levels and starts of a single seed. */
export function summarise(results: readonly DreamResult[]): readonly DreamSummary[] {
  return DREAMERS.flatMap((agent) => {
    const own = results.filter((result) => result.agent === agent);
    if (own.length === 0) return [];
    const rng = new Rng("dream").split(agent);
    const interval = (of: (result: DreamResult) => readonly number[]): Interval => {
      const groups = own.flatMap((result) => of(result).map(() => result.seed));
      return bootstrapInterval(own.flatMap(of), own.length > 1 ? { rng, groups } : { rng });
    };
    const isDreamer = own.some(({ dreamt }) => dreamt.length > 0);
    return [
      {
        agent,
        seeds: own.length,
        solved: interval(({ solved }) => solved.map((level) => 100 * level)),
        dreamt: isDreamer ? interval(({ dreamt }) => dreamt) : null,
        real: interval(({ real }) => real),
      },
    ];
  });
}

/** The table for people. */
export function markdownTable(plan: DreamPlan, results: readonly DreamResult[]): string {
  return [...dreamTable({ plan, summary: summarise(results) }), ""].join("\n");
}

/** Lines of the table of a summary. */
export function dreamTable({
  plan,
  summary,
}: Readonly<{ plan: DreamPlan; summary: readonly DreamSummary[] }>): string[] {
  const rows = summary.map(({ agent, solved, dreamt, real }) =>
    [
      `| ${agent}`,
      inWords(solved, 1),
      dreamt === null ? "" : inWords(dreamt, 2),
      inWords(real, 2),
      dreamt === null ? "" : (dreamt.mean - real.mean).toFixed(2),
    ].join(" | "),
  );
  const { episodes, seeds, horizon, difficulty } = plan;
  return [
    `Platformer, ${difficulty}, ${episodes} real test levels for each of ${seeds} seeds; returns are of ${horizon} steps from ` +
      "frames of the video.",
    "",
    "| agent | levels solved (%) | return in the dream | in the game from the same starts | gap |",
    "| --- | --: | --: | --: | --: |",
    ...rows.map((row) => `${row} |`),
  ];
}

function inWords({ mean, low, high }: Interval, digits: number): string {
  return `${mean.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}

/** Learning curves: the mean return of the dreams that ended, seed by seed. */
export function learningCurves(results: readonly DreamResult[]): string | null {
  const agents = DREAMERS.filter((name) => name.endsWith("in the dream"));
  const series = agents.flatMap((agent) =>
    results
      .filter((result) => result.agent === agent && result.curve.length > 0)
      .map(({ seed, curve }) => ({
        name: `${agent}, seed ${seed}`,
        kind: "line" as const,
        dashed: agent.startsWith("clone"),
        points: curve.filter(({ episodes }) => episodes > 0).map((point) => ({ x: point.step, y: point.return })),
      })),
  );
  if (series.length === 0) return null;
  return drawChart({
    title: "PPO in the dream",
    x: { label: "steps in the dream" },
    y: { label: "mean return of a dream" },
    series,
  });
}
