import { DataError } from "../core/errors.ts";
import type { Rng } from "../core/rng.ts";
import { bootstrapInterval, type Interval } from "./bootstrap.ts";
import { mean as average } from "./mean.ts";
import { wilsonInterval } from "./proportion.ts";

/*
 * Intervals of what an experiment of few seeds measured. Resampling three seeds gives the range of their means, which
 * holds 75 % of the time. Student's interval is made for few values; but seeds may agree by luck, and then it is empty:
 * it is widened to what the measurements of all seeds, taken together, leave open.
 */

/** Student's quantiles that 97.5 % lie below, for 1 to 10 degrees of freedom. */
const STUDENT = [12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157, 2.228139];
/** The normal one. */
const Z = 1.959963984540054;

/**
 * The 95 % interval of a share, in [0, 1]: for each seed, which of its trials succeeded (1 or 0). Of one seed it is
 * Wilson's interval of the trials, which does not tell how seeds differ. Of several it is Student's interval of their
 * shares, at least as wide as Wilson's of all trials, and never empty.
 * @throws DataError when a seed has no trial.
 */
export function shareOverSeeds(seeds: readonly (readonly (0 | 1)[])[]): Interval {
  const trials = seeds.flat();
  const { mean, low, high } = widened(seeds, wilsonInterval(trials.filter((won) => won === 1).length, trials.length));
  return { mean, low: Math.max(0, low), high: Math.min(1, high) };
}

/**
 * The 95 % interval of a mean: for each seed, what it measured. Of one seed it is the bootstrap interval of the values,
 * which does not tell how seeds differ. Of several it is Student's interval of their means, at least as wide as the bootstrap
 * interval of all values. Values that are all equal leave it empty.
 * @throws DataError when a seed has no value, or one is not finite.
 */
export function meanOverSeeds(seeds: readonly (readonly number[])[], options: { readonly rng: Rng }): Interval {
  return widened(seeds, bootstrapInterval(seeds.flat(), options));
}

/** Student's interval of the seeds' means, widened to `pooled`; `pooled` for one seed. */
function widened(seeds: readonly (readonly number[])[], pooled: Interval): Interval {
  if (seeds.some((values) => values.length === 0)) {
    throw new DataError("interval over seeds: each seed must have a value, got one with none");
  }
  const means = seeds.map(average);
  const mean = average(means);
  if (means.length === 1) return { ...pooled, mean };
  const variance = means.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (means.length - 1);
  const half = studentQuantile(means.length - 1) * Math.sqrt(variance / means.length);
  return { mean, low: Math.min(mean - half, pooled.low), high: Math.max(mean + half, pooled.high) };
}

/** Student's quantile that 97.5 % lie below; beyond the table by Fisher and Cornish's expansion, to 2e-4. */
export function studentQuantile(freedom: number): number {
  const [z, n] = [Z, freedom];
  const expanded =
    z +
    (z ** 3 + z) / (4 * n) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * n ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * n ** 3);
  return STUDENT[freedom - 1] ?? expanded;
}
