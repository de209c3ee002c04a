import { DataError } from "../core/errors.ts";
import type { Interval } from "./bootstrap.ts";

/** The standard normal quantile that 97.5 % lie below. */
const Z = 1.959963984540054;

/**
 * The 95 % interval of Wilson (1927) of a share: of `trials` independent trials, `successes` succeeded. Unlike the usual one
 * it stays within [0, 1], and holds near its ends.
 * @throws DataError unless both are integers with 0 <= successes <= trials and a trial at least.
 */
export function wilsonInterval(successes: number, trials: number): Interval {
  const areCounts = [successes, trials].every((count) => Number.isSafeInteger(count) && count >= 0);
  if (!areCounts || trials < 1 || successes > trials) {
    throw new DataError(
      `wilsonInterval: successes must lie in [0, trials], trials from 1 on, got ${successes}, ${trials}`,
    );
  }
  const share = successes / trials;
  const scale = 1 + Z ** 2 / trials;
  const centre = (share + Z ** 2 / (2 * trials)) / scale;
  const half = (Z / scale) * Math.sqrt((share * (1 - share)) / trials + Z ** 2 / (4 * trials ** 2));
  // At the ends the sums are exact but for rounding.
  return {
    mean: share,
    low: successes === 0 ? 0 : centre - half,
    high: successes === trials ? 1 : centre + half,
  };
}
