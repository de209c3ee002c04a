import { Rng } from "../../core/rng.ts";
import {
  improvementInterval,
  interquartileMean,
  meanScore,
  medianScore,
  optimalityGap,
  profileIntervals,
  stratifiedBootstrap,
  type Estimate,
  type TaskScores,
} from "../../metrics/aggregate.ts";
import { bootstrapInterval, type Interval } from "../../metrics/bootstrap.ts";
import { mean } from "../../metrics/mean.ts";
import type { FinishedRun, RunResult } from "./result.ts";

/** What the scores of a task are measured by: 0 for the random agent, 1 for the reference. */
export type TaskScale = {
  readonly task: string;
  /** The random agent's mean return. */
  readonly random: number;
  readonly reference: number;
  /** Where the reference comes from: a player that knows the game, the task's threshold, or the best agent here. */
  readonly referenceIs: "scripted" | "threshold" | "best";
};

/** One agent on one task. */
export type TaskRow = {
  readonly agent: string;
  readonly task: string;
  /** Of the runs' mean returns. */
  readonly returns: Interval;
  /** The normalised score of each run; null where the scale has no length. */
  readonly scores: readonly number[] | null;
};

/** One agent over all tasks. */
export type AgentRow = {
  readonly agent: string;
  readonly runs: number;
  readonly failed: number;
  /** Null for an agent that lacks a run on some task: its numbers would be of other tasks. */
  readonly overall: AgentOverall | null;
};

/** Statistics of normalised scores, and the probability to score higher than each other agent. */
export type AgentOverall = {
  readonly iqm: Estimate;
  readonly mean: Estimate;
  readonly median: Estimate;
  readonly optimalityGap: Estimate;
  readonly profile: readonly (Estimate & { readonly threshold: number })[];
  readonly improvement: Readonly<Record<string, Estimate>>;
};

/** What all runs come to. */
export type BenchmarkSummary = {
  readonly scales: readonly TaskScale[];
  readonly tasks: readonly TaskRow[];
  readonly agents: readonly AgentRow[];
  /** What a reader must know of these numbers: tasks that count in no agent's, intervals of few runs, who learnt longer. */
  readonly warnings: readonly string[];
};

/** What the summary is made from. */
export type SummaryOptions = {
  readonly agents: readonly string[];
  readonly tasks: readonly { readonly name: string; readonly rewardThreshold: number | null }[];
  readonly seed: number;
  /** Steps that agents were to learn from; whoever took many more is told of in a warning. */
  readonly steps?: number;
  /** Default 2000. */
  readonly resamples?: number;
};

const THRESHOLDS = Array.from({ length: 31 }, (_, i) => i / 20);

/**
 * Summarises runs: normalised scores (return - random) / (reference - random), IQM with stratified bootstrap intervals,
 * performance profiles, and the probability of improvement (Agarwal et al. 2021). Equal seeds give equal intervals.
 */
export function summarise(results: readonly RunResult[], options: SummaryOptions): BenchmarkSummary {
  const rng = new Rng(options.seed).split("summary");
  const done = results.filter((result) => result.status === "done");
  const scales = options.tasks.map((task) => scaleOf(task, done));
  const tasks = scales.flatMap((scale) =>
    options.agents.flatMap((agent) => rowOf(agent, scale, done, rng.split(agent, scale.task))),
  );
  const scores = new Map(options.agents.map((agent) => [agent, scoresOf(agent, scales, tasks)]));
  const agents = options.agents.map((agent): AgentRow => {
    const own = results.filter((result) => result.agent === agent);
    const failed = own.filter(({ status }) => status === "failed").length;
    const overall = overallOf(agent, scores, { rng: rng.split(agent), resamples: options.resamples });
    return { agent, runs: own.length - failed, failed, overall };
  });
  return { scales, tasks, agents, warnings: warningsOf(scales, tasks, done, options) };
}

function warningsOf(
  scales: readonly TaskScale[],
  tasks: readonly TaskRow[],
  done: readonly FinishedRun[],
  { agents, steps = Infinity }: SummaryOptions,
): string[] {
  return [
    ...agents.flatMap((agent) => warnOfSteps(agent, done, steps)),
    ...scales.flatMap((scale) => warnOfScale(scale, done)),
    ...warnOfFewRuns(tasks, done),
  ];
}

/** Share of the budget that may be taken beyond it: agents end with whole rollouts and episodes. */
const EXCESS = 0.1;

/** An agent is free to learn on and on: then its numbers are of another budget than the others'. */
function warnOfSteps(agent: string, done: readonly FinishedRun[], steps: number): string[] {
  const over = done.filter((run) => run.agent === agent && run.trainSteps > steps * (1 + EXCESS));
  const [worst] = over.toSorted((a, b) => b.trainSteps - a.trainSteps);
  if (worst === undefined) return [];
  const [took, given] = [worst.trainSteps, steps].map((count) => count.toLocaleString("en"));
  return [
    `${agent} learnt from ${took} steps on ${worst.task} where ${given} were given: its scores are not comparable ` +
      `with those of agents that kept to them.`,
  ];
}

/** Whether a task has scores: somebody, or its threshold, lies above the random agent. */
export function hasScale({ random, reference }: Pick<TaskScale, "random" | "reference">): boolean {
  return reference > random;
}

/** Without a scale a task has no scores, whoever played it. */
function warnOfScale({ task, random, reference }: TaskScale, done: readonly FinishedRun[]): string[] {
  if (hasScale({ random, reference })) return [];
  const reason = Number.isNaN(random)
    ? "the random agent has no run that finished"
    : whyNobody(done.filter((run) => run.task === task));
  return [`${task} counts in no agent's scores over all tasks: ${reason}.`];
}

/** A reward that never tells one episode from another is no task, as where a learnt world's coin is out of reach. */
function whyNobody(done: readonly FinishedRun[]): string {
  const returns = new Set(done.flatMap((run) => run.returns));
  const [only] = returns;
  if (new Set(done.map(({ agent }) => agent)).size < 2) return "no agent but random has a run that finished";
  if (returns.size > 1) return "nobody beats the random agent";
  return (
    `every episode of every agent came to ${only}, so that nothing was to be learnt - in a learnt world give it another ` +
    "--reward or --goal, or a longer --horizon"
  );
}

/** Runs from which on a bootstrap interval of one task is taken as it is. */
const ENOUGH_RUNS = 5;

/** The interval of one run is that run, and that of a few hardly leaves their range. */
function warnOfFewRuns(rows: readonly TaskRow[], done: readonly FinishedRun[]): string[] {
  const counts = rows.map((row) => done.filter((run) => run.agent === row.agent && run.task === row.task).length);
  const single = rows.filter((_, i) => counts[i] === 1);
  const few = counts.filter((count) => count > 1 && count < ENOUGH_RUNS);
  return [...warnOfSingleRuns(single, rows.length), ...(few.length === 0 ? [] : [warnOfNarrow(Math.min(...few))])];
}

function warnOfSingleRuns(single: readonly TaskRow[], count: number): string[] {
  if (single.length === 0) return [];
  const which = single.length === count ? "everything" : single.map((row) => `${row.agent} on ${row.task}`).join(", ");
  return [`There is a single run of ${which}: such intervals have no width, and do not tell how seeds differ.`];
}

/** The range of `runs` draws holds the median of what they are drawn from unless all lie on one side of it. */
function warnOfNarrow(runs: number): string {
  const held = Math.round(100 * (1 - 2 ** (1 - runs)));
  return (
    `Intervals of a single task are too narrow, for an agent has only ${runs} runs there: resampled runs hardly leave their ` +
    `range, which holds the true mean about ${held} times of 100, not 95. Those over all tasks resample more runs, and suffer ` +
    `less. Take ${ENOUGH_RUNS} seeds or more.`
  );
}

function scaleOf({ name, rewardThreshold }: SummaryOptions["tasks"][number], done: readonly FinishedRun[]): TaskScale {
  const onTask = done.filter(({ task }) => task === name);
  const meanOf = (agent: string): number | null => {
    const own = onTask.filter((run) => run.agent === agent);
    return own.length === 0 ? null : mean(own.map(({ meanReturn }) => meanReturn));
  };
  const random = meanOf("random") ?? Number.NaN;
  const scripted = meanOf("scripted");
  if (scripted !== null && scripted > random)
    return { task: name, random, reference: scripted, referenceIs: "scripted" };
  if (rewardThreshold !== null && rewardThreshold > random) {
    return { task: name, random, reference: rewardThreshold, referenceIs: "threshold" };
  }
  const agents = [...new Set(onTask.map(({ agent }) => agent))];
  const best = Math.max(...agents.map((agent) => meanOf(agent) ?? -Infinity));
  return { task: name, random, reference: best, referenceIs: "best" };
}

function rowOf(agent: string, scale: TaskScale, done: readonly FinishedRun[], rng: Rng): TaskRow[] {
  const own = done.filter((run) => run.agent === agent && run.task === scale.task);
  if (own.length === 0) return [];
  const returns = own.map(({ meanReturn }) => meanReturn);
  const length = scale.reference - scale.random;
  const scores = length > 0 ? returns.map((value) => (value - scale.random) / length) : null;
  return [{ agent, task: scale.task, returns: bootstrapInterval(returns, { rng }), scores }];
}

/** An agent's scores by task, of those tasks that have a scale; null when it lacks one. */
function scoresOf(agent: string, scales: readonly TaskScale[], rows: readonly TaskRow[]): TaskScores | null {
  const scored = scales.filter(hasScale);
  const scores = scored.map(({ task }) => rows.find((row) => row.agent === agent && row.task === task)?.scores ?? []);
  return scores.length > 0 && scores.every((runs) => runs.length > 0) ? scores : null;
}

function overallOf(
  agent: string,
  all: ReadonlyMap<string, TaskScores | null>,
  { rng, resamples = 2000 }: { readonly rng: Rng; readonly resamples?: number | undefined },
): AgentOverall | null {
  const scores = all.get(agent) ?? null;
  if (scores === null) return null;
  const estimate = (name: string, statistic: (scores: TaskScores) => number) =>
    stratifiedBootstrap(scores, statistic, { rng: rng.split(name), resamples });
  const others = [...all].filter(([other, theirs]) => other !== agent && theirs !== null);
  const profile = profileIntervals(scores, THRESHOLDS, { rng: rng.split("profile"), resamples });
  return {
    iqm: estimate("iqm", interquartileMean),
    mean: estimate("mean", meanScore),
    median: estimate("median", medianScore),
    optimalityGap: estimate("gap", (scores) => optimalityGap(scores)),
    profile: profile.map((point, i) => ({ threshold: THRESHOLDS[i] ?? 0, ...point })),
    improvement: Object.fromEntries(
      others.map(([other, theirs]) => [
        other,
        improvementInterval(scores, theirs ?? [], { rng: rng.split("improvement", other), resamples }),
      ]),
    ),
  };
}
