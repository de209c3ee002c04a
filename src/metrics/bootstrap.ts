import { ConfigError, DataError } from "../core/errors.ts";
import type { Rng } from "../core/rng.ts";

/** A mean and the interval that it plausibly lies in. */
export type Interval = { readonly mean: number; readonly low: number; readonly high: number };

/** How an interval is estimated. */
export type BootstrapOptions = {
  readonly rng: Rng;
  /** The share of resampled means inside the interval, in (0, 1). Default 0.95. */
  readonly level?: number;
  /** How often the values are drawn anew. Default 2000. */
  readonly resamples?: number;
  /** A label per value: values of one label depend on each other, and are drawn together. One label each by default. */
  readonly groups?: readonly (string | number)[];
};

/** The values of one group. */
type Group = { readonly sum: number; readonly count: number };

/**
 * The percentile bootstrap interval of the mean (Efron 1979): the groups are drawn with replacement `resamples` times.
 * Groups must be independent of each other: one per seed, episode or video, not one per frame.
 * @throws DataError when there is no value, one is not finite, or groups do not label each; ConfigError when an option is
 * out of range.
 */
export function bootstrapInterval(
  values: ArrayLike<number>,
  { rng, level = 0.95, resamples = 2000, groups: labels }: BootstrapOptions,
): Interval {
  const sample = Float64Array.from(values);
  if (sample.length === 0 || !sample.every(Number.isFinite)) {
    throw new DataError(`bootstrapInterval: values must be finite and at least one, got [${sample.join(", ")}]`);
  }
  if (!(level > 0 && level < 1 && Number.isSafeInteger(resamples) && resamples > 0)) {
    throw new ConfigError(`bootstrapInterval: level in (0, 1) and resamples from 1 on, got ${level} and ${resamples}`);
  }
  const groups = groupBy(sample, labels ?? [...sample.keys()]);
  const draw = () => groups.map((group) => groups[rng.integer(groups.length)] ?? group);
  const means = Float64Array.from({ length: resamples }, () => meanOf(draw())).toSorted();
  const tail = (1 - level) / 2;
  return { mean: meanOf(groups), low: quantile(means, tail), high: quantile(means, 1 - tail) };
}

function groupBy(sample: Float64Array, labels: readonly (string | number)[]): Group[] {
  if (labels.length !== sample.length) {
    throw new DataError(`bootstrapInterval: groups must label each of ${sample.length} values, got ${labels.length}`);
  }
  const groups = new Map<string | number, Group>();
  for (const [i, label] of labels.entries()) {
    const { sum, count } = groups.get(label) ?? { sum: 0, count: 0 };
    groups.set(label, { sum: sum + (sample[i] ?? NaN), count: count + 1 });
  }
  return [...groups.values()];
}

/** The mean of all values in the groups: a group weighs as much as it has values. */
function meanOf(groups: readonly Group[]): number {
  const total = (key: keyof Group) => groups.reduce((sum, group) => sum + group[key], 0);
  return total("sum") / total("count");
}

/** Interpolates linearly between the two nearest of the sorted values, as NumPy does by default. */
export function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? NaN;
  const above = sorted[Math.ceil(position)] ?? NaN;
  return below + (above - below) * (position - Math.floor(position));
}
