import { Rng } from "../../core/rng.ts";
import type { Interval } from "../../metrics/bootstrap.ts";
import { meanOverSeeds } from "../../metrics/over-seeds.ts";
import { drawChart } from "../charts/index.ts";
import { DREAMERS, type DreamerName, type DreamPlan, type DreamResult } from "./dream-plan.ts";
import { revisionsLine, revisionsOf } from "./made-by.ts";
import { gainOver, inWords, solvedPercent } from "./solved-levels.ts";

/** One agent over all seeds. */
export type DreamSummary = {
  readonly agent: DreamerName;
  readonly seeds: number;
  /** Real test levels solved, in percent. */
  readonly solved: Interval;
  /** Mean return of dreams, and of the real game from the same starts; null for agents that do not dream. */
  readonly dreamt: Interval | null;
  readonly real: Interval;
  /** What the dream promises more than the game gives, start by start; null for agents that do not dream. */
  readonly gap: Interval | null;
  /** What it solves more than the clone of its seed, in percent of all levels, level by level; null but for who was one. */
  readonly beyondClone?: Interval | null;
  /** What its results were made by, "unknown" where they do not tell; left out in summaries from before. */
  readonly revisions?: readonly string[];
};

const GROWN_CLONE = "clone, then PPO in the dream" satisfies DreamerName;

/** A row for each agent, with 95 % intervals over seeds. */
export function summarise(results: readonly DreamResult[]): readonly DreamSummary[] {
  const clones = results.filter(({ agent }) => agent === "clone");
  return DREAMERS.flatMap((agent) => {
    const own = results.filter((result) => result.agent === agent);
    if (own.length === 0) return [];
    const meanOf = (what: string, of: (result: DreamResult) => readonly number[]) =>
      meanOverSeeds(own.map(of), { rng: new Rng("dream").split(agent, what) });
    const isDreamer = own.every(({ dreamt }) => dreamt.length > 0);
    return [
      {
        agent,
        seeds: own.length,
        solved: solvedPercent(own),
        dreamt: isDreamer ? meanOf("dreamt", ({ dreamt }) => dreamt) : null,
        real: meanOf("real", ({ real }) => real),
        gap: isDreamer ? meanOf("gap", differences) : null,
        beyondClone: agent === GROWN_CLONE ? gainOver(own, clones, new Rng("dream").split("beyond the clone")) : null,
        revisions: revisionsOf(own),
      },
    ];
  });
}

/** Dream and game begin at the same starts: each pair is one measurement of the gap. */
function differences({ dreamt, real }: DreamResult): number[] {
  return dreamt.map((value, start) => value - (real[start] ?? NaN));
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
  const rows = summary.map(({ agent, solved, dreamt, real, gap }) =>
    [
      `| ${agent}`,
      inWords(solved),
      dreamt === null ? "" : inWords(dreamt, 2),
      inWords(real, 2),
      gap === null ? "" : inWords(gap, 2),
    ].join(" | "),
  );
  const { episodes, seeds, horizon, difficulty, judgedOn } = plan;
  return [
    `Platformer, ${difficulty}, ${episodes} real ${judgedOn} levels for each of ${seeds} seeds; returns are of ${horizon} steps from ` +
      "frames of the video. In brackets 95 % intervals.",
    "",
    "| agent | levels solved (%) | return in the dream | in the game from the same starts | gap |",
    "| --- | --: | --: | --: | --: |",
    ...rows.map((row) => `${row} |`),
    ...summary.flatMap((row) => (row.beyondClone ? ["", gainInWords(row.beyondClone)] : [])),
    ...revisionsLine(summary.map(({ agent, revisions }) => ({ name: agent, revisions }))),
  ];
}

function gainInWords(gain: Interval): string {
  return `Going on in the dream changed what the clone solves by ${inWords(gain)} levels of 100, level by level.`;
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
