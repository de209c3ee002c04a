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
};

/**
 * The percentile bootstrap interval of the mean (Efron 1979): the values are drawn with replacement `resamples` times.
 * `values` must be independent of each other: one per seed or per episode, not one per frame.
 * @throws DataError when there is no value, or one is not finite; ConfigError when an option is out of range.
 */
export function bootstrapInterval(
  values: ArrayLike<number>,
  { rng, level = 0.95, resamples = 2000 }: BootstrapOptions,
): Interval {
  const sample = Float64Array.from(values);
  if (sample.length === 0 || !sample.every(Number.isFinite)) {
    throw new DataError(`bootstrapInterval: values must be finite and at least one, got [${sample.join(", ")}]`);
  }
  if (!(level > 0 && level < 1 && Number.isSafeInteger(resamples) && resamples > 0)) {
    throw new ConfigError(`bootstrapInterval: level in (0, 1) and resamples from 1 on, got ${level} and ${resamples}`);
  }
  const means = Float64Array.from({ length: resamples }, () => meanOf(sample.map(() => draw(sample, rng)))).toSorted();
  const tail = (1 - level) / 2;
  return { mean: meanOf(sample), low: quantile(means, tail), high: quantile(means, 1 - tail) };
}

function draw(sample: Float64Array, rng: Rng): number {
  return sample[rng.integer(sample.length)] ?? NaN;
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Interpolates linearly between the two nearest of the sorted values, as NumPy does by default. */
function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? NaN;
  const above = sorted[Math.ceil(position)] ?? NaN;
  return below + (above - below) * (position - Math.floor(position));
}
