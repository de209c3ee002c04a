import { Rng } from "../../core/rng.ts";
import type { Interval } from "../../metrics/bootstrap.ts";
import { mean } from "../../metrics/mean.ts";
import { drawChart, type ChartSeries } from "../charts/index.ts";
import { AGENTS, type AgentName, type BCResult, type LabelQuality } from "./bc-plan.ts";
import { revisionsLine, revisionsOf } from "./made-by.ts";
import { gainOver, inWords, solvedPercent } from "./solved-levels.ts";

/** Solved test levels in percent of one agent, over all seeds. */
export type BCSummary = Pick<BCResult, "difficulty" | "agent" | "labels"> & {
  readonly solved: Interval;
  /** As a share of what the oracle solves, where that is known. */
  readonly ofOracle: number | null;
  /** What it solves more than the oracle of its seed, in levels of 100, level by level; null for the oracle, or without one. */
  readonly beyondOracle?: Interval | null;
  readonly seeds: number;
  readonly episodes: number;
  readonly meanLength: number;
  /** What its results were made by, "unknown" where they do not tell; left out in summaries from before. */
  readonly revisions?: readonly string[];
};

/** A row for each difficulty, agent and number of labels, with 95 % intervals over seeds. */
export function summarise(results: readonly BCResult[]): readonly BCSummary[] {
  const nameOf = ({ difficulty, agent, labels }: BCResult) => `${difficulty}/${agent}/${labels}`;
  const names = [...new Set(results.map(nameOf))];
  return names.map((name) => {
    const group = results.filter((result) => nameOf(result) === name);
    const oracles = results.filter((other) => other.difficulty === group[0]?.difficulty && other.agent === "oracle");
    return summariseOne(group, oracles, new Rng("bc").split(name));
  });
}

function summariseOne(group: readonly BCResult[], oracles: readonly BCResult[], rng: Rng): BCSummary {
  const [{ difficulty, agent, labels }] = group as [BCResult];
  const solved = solvedPercent(group);
  const best = oracles.length === 0 ? 0 : solvedPercent(oracles).mean;
  return {
    difficulty,
    agent,
    labels,
    solved,
    seeds: group.length,
    episodes: group.reduce((sum, one) => sum + one.solved.length, 0),
    meanLength: mean(group.map(({ meanLength }) => meanLength)),
    ofOracle: best > 0 ? solved.mean / best : null,
    beyondOracle: agent === "oracle" ? null : gainOver(group, oracles, rng),
    revisions: revisionsOf(group),
  };
}

/** The table for people: percent of test levels solved, with 95 % intervals. */
export function markdownTable(results: readonly BCResult[], quality: readonly LabelQuality[]): string {
  return `${bcTable({ quality, summary: summarise(results) }).join("\n")}\n`;
}

/** Lines of the tables of a summary, one for each difficulty. */
export function bcTable({
  quality,
  summary,
}: Readonly<{ quality: readonly LabelQuality[]; summary: readonly BCSummary[] }>): string[] {
  const labels = [...new Set(summary.flatMap((row) => row.labels ?? []))].toSorted((a, b) => a - b);
  const difficulties = [...new Set(summary.map(({ difficulty }) => difficulty))];
  const tables = difficulties.flatMap((difficulty, i) => {
    const own = summary.filter((row) => row.difficulty === difficulty);
    const about = quality.find((entry) => entry.difficulty === difficulty);
    const heading = `**${difficulty}.** ${about ? describeQuality(about) : ""}`.trim();
    return [...(i > 0 ? [""] : []), heading, "", ...tableOf(own, labels), ...(own.some(isPaired) ? ["", PAIRS] : [])];
  });
  const nameOf = ({ difficulty, agent }: BCSummary) => (difficulties.length > 1 ? `${difficulty} ${agent}` : agent);
  return [...tables, ...revisionsLine(summary.map((row) => ({ name: nameOf(row), revisions: row.revisions })))];
}

const PAIRS =
  "In round brackets levels of 100 more than the oracle, or fewer: each seed's on the same levels, level by level.";

/** Results of before have no difference to the oracle. */
function isPaired({ ofOracle, beyondOracle }: BCSummary): boolean {
  return ofOracle !== null && Boolean(beyondOracle);
}

function describeQuality(quality: LabelQuality): string {
  const { steps, used, nmi } = quality;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return (
    `Latent actions of ${steps} steps of the expert: ${used} in use; what the best map calls them has the effect of the true ` +
    `action in ${percent(quality.effectAccuracy)} (one action for all: ${percent(quality.constantEffectAccuracy)}) and is ` +
    `that action in ${percent(quality.agreement)} (${percent(quality.constantAgreement)}), NMI ${nmi.toFixed(3)}.`
  );
}

function tableOf(rows: readonly BCSummary[], labels: readonly number[]): string[] {
  const agents = AGENTS.filter((name) => rows.some(({ agent }) => agent === name));
  const cell = (agent: AgentName, count: number | null) => {
    const row = rows.find((candidate) => candidate.agent === agent && candidate.labels === count);
    return row === undefined ? "" : describe(row);
  };
  return [
    `| ${["levels solved (%)", "no labels", ...labels.map((count) => `${count} labels`)].join(" | ")} |`,
    `| --- |${" --: |".repeat(labels.length + 1)}`,
    ...agents.map(
      (agent) => `| ${[agent, cell(agent, null), ...labels.map((count) => cell(agent, count))].join(" | ")} |`,
    ),
  ];
}

function describe({ solved, ofOracle, beyondOracle, agent }: BCSummary): string {
  if (ofOracle === null || agent === "oracle") return inWords(solved);
  const gain = beyondOracle ? ` (${inWords(beyondOracle)})` : "";
  return `${inWords(solved)}, ${(100 * ofOracle).toFixed(0)} % of oracle${gain}`;
}

/** Room beside the outermost numbers of labels, as a factor: one number alone stands in the middle then. */
const ROOM = 1.25;

/**
 * The plot of the paper's figure 15 for a difficulty: test levels solved against labelled steps. Who needs no labels is a
 * level line across it.
 */
export function figure(summary: readonly BCSummary[], difficulty: string, labels: readonly number[]): string {
  const rows = summary.filter((row) => row.difficulty === difficulty);
  const [min, max] = [Math.min(...labels) / ROOM, Math.max(...labels) * ROOM];
  const seriesOf = (name: AgentName): ChartSeries[] => {
    const own = rows.filter(({ agent }) => agent === name);
    const isLevel = own.some((row) => row.labels === null);
    const points = own
      .flatMap(({ labels: count, solved: { mean, low, high } }) =>
        (count === null ? [min, max] : [count]).map((x) => ({ x, y: mean, low, high })),
      )
      .toSorted((a, b) => a.x - b.x);
    return points.length === 0 ? [] : [{ name, kind: "line", dashed: isLevel, points }];
  };
  return drawChart({
    title: `Platformer, ${difficulty}`,
    x: { label: "labelled steps of the expert", scale: "log", min, max },
    y: { label: "test levels solved (%)", min: 0, max: 100 },
    series: AGENTS.flatMap(seriesOf),
  });
}
