import { ConfigError, DataError } from "../core/errors.ts";
import type { Rng } from "../core/rng.ts";
import { quantile } from "./bootstrap.ts";
import { mean } from "./mean.ts";

/*
 * Statistics of a few runs on several tasks (Agarwal et al. 2021, "Deep reinforcement learning at the edge of the
 * statistical precipice"), as their library rliable computes them.
 */

/** Normalised scores: for each task, that of every run. Tasks may have different numbers of runs. */
export type TaskScores = readonly (readonly number[])[];

/** A statistic of scores, and the interval that it plausibly lies in. */
export type Estimate = { readonly value: number; readonly low: number; readonly high: number };

/** How the interval is estimated. */
export type StratifiedOptions = {
  readonly rng: Rng;
  /** The share of resampled statistics inside the interval, in (0, 1). Default 0.95. */
  readonly level?: number;
  /** How often the runs are drawn anew. Default 2000; the paper takes 50,000. */
  readonly resamples?: number;
};

/** The interquartile mean: what is left without the lowest and the highest quarter of all scores. @throws DataError */
export function interquartileMean(scores: TaskScores): number {
  const all = flat("interquartileMean", scores).toSorted();
  const cut = Math.floor(0.25 * all.length);
  return mean(all.subarray(cut, all.length - cut));
}

/** The mean over tasks of their runs' mean scores. @throws DataError */
export function meanScore(scores: TaskScores): number {
  flat("meanScore", scores);
  return mean(scores.map(mean));
}

/** The median over tasks of their runs' mean scores. @throws DataError */
export function medianScore(scores: TaskScores): number {
  flat("medianScore", scores);
  return quantile(Float64Array.from(scores, mean).toSorted(), 0.5);
}

/** How far scores stay below `target` on average; what goes beyond it does not count. @throws DataError */
export function optimalityGap(scores: TaskScores, target = 1): number {
  return target - mean(flat("optimalityGap", scores).map((score) => Math.min(score, target)));
}

/**
 * A performance profile: for each of `thresholds`, the share of all runs whose score is higher (Dolan and Moré 2002; the
 * paper's score distribution). @throws DataError
 */
export function performanceProfile(scores: TaskScores, thresholds: readonly number[]): number[] {
  const all = flat("performanceProfile", scores);
  return thresholds.map((threshold) => all.reduce((count, score) => count + Number(score > threshold), 0) / all.length);
}

/**
 * The probability that a run of `x` scores higher than one of `y` on the same task, averaged over tasks: the statistic of
 * Mann and Whitney over the number of pairs, where equal scores count half.
 * @throws DataError unless both have the same number of tasks, with runs of finite scores.
 */
export function probabilityOfImprovement(x: TaskScores, y: TaskScores): number {
  expectSameTasks(x, y);
  return mean(x.map((runs, task) => probabilityOnTask(runs, y[task] ?? [])));
}

function probabilityOnTask(x: readonly number[], y: readonly number[]): number {
  let wins = 0;
  for (const a of x) for (const b of y) wins += a > b ? 1 : a === b ? 0.5 : 0;
  return wins / (x.length * y.length);
}

/**
 * A statistic of scores and its percentile interval by the stratified bootstrap: each task's runs are drawn anew with
 * replacement. `statistic` is one of this module, or your own.
 * @throws DataError when a task has no run or a score is not finite; ConfigError when an option is out of range.
 */
export function stratifiedBootstrap(
  scores: TaskScores,
  statistic: (scores: TaskScores) => number,
  options: StratifiedOptions,
): Estimate {
  const [estimate] = stratifiedBootstraps([scores], ([one = []]) => [statistic(one)], options);
  return estimate ?? { value: Number.NaN, low: Number.NaN, high: Number.NaN };
}

/** `performanceProfile` with an interval at each threshold. @throws as `stratifiedBootstrap`. */
export function profileIntervals(
  scores: TaskScores,
  thresholds: readonly number[],
  options: StratifiedOptions,
): Estimate[] {
  return stratifiedBootstraps([scores], ([one = []]) => performanceProfile(one, thresholds), options);
}

/** `probabilityOfImprovement` with its interval: runs of both are drawn anew. @throws as `stratifiedBootstrap`. */
export function improvementInterval(x: TaskScores, y: TaskScores, options: StratifiedOptions): Estimate {
  const [estimate] = stratifiedBootstraps([x, y], ([a = [], b = []]) => [probabilityOfImprovement(a, b)], options);
  return estimate ?? { value: Number.NaN, low: Number.NaN, high: Number.NaN };
}

/** Several numbers at once of one or more tables, whose runs are drawn anew independently. */
function stratifiedBootstraps(
  tables: readonly TaskScores[],
  statistics: (tables: readonly TaskScores[]) => readonly number[],
  { rng, level = 0.95, resamples = 2000 }: StratifiedOptions,
): Estimate[] {
  for (const scores of tables) flat("stratifiedBootstrap", scores);
  if (!(level > 0 && level < 1 && Number.isSafeInteger(resamples) && resamples > 0)) {
    throw new ConfigError(
      `stratifiedBootstrap: level in (0, 1) and resamples from 1 on, got ${level} and ${resamples}`,
    );
  }
  const values = statistics(tables);
  const drawn = values.map(() => new Float64Array(resamples));
  for (let i = 0; i < resamples; i++) {
    const again = statistics(tables.map((scores) => scores.map((runs) => resampled(runs, rng))));
    for (const [k, value] of again.entries()) drawn[k]?.fill(value, i, i + 1);
  }
  const tail = (1 - level) / 2;
  return values.map((value, k) => {
    const sorted = drawn[k]?.toSorted() ?? new Float64Array();
    return { value, low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) };
  });
}

function resampled(runs: readonly number[], rng: Rng): number[] {
  return runs.map(() => runs[rng.integer(runs.length)] ?? Number.NaN);
}

/** All scores in one row. @throws DataError when there is none, or one is not finite. */
function flat(where: string, scores: TaskScores): Float64Array {
  const all = Float64Array.from(scores.flat());
  if (scores.length > 0 && scores.every((runs) => runs.length > 0) && all.every(Number.isFinite)) return all;
  const got = scores.map((runs) => `[${runs.join(", ")}]`).join(", ");
  throw new DataError(`${where}: each task must have runs of finite scores, got [${got}]`);
}

function expectSameTasks(x: TaskScores, y: TaskScores): void {
  for (const scores of [x, y]) flat("probabilityOfImprovement", scores);
  if (x.length === y.length) return;
  throw new DataError(`probabilityOfImprovement: both must have the same tasks, got ${x.length} and ${y.length}`);
}
