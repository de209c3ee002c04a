import type { Rng } from "../../core/rng.ts";
import type { Interval } from "../../metrics/bootstrap.ts";
import { meanOverSeeds, shareOverSeeds } from "../../metrics/over-seeds.ts";

/** What an agent of a seed made of its test levels: 1 for each that it solved. */
export type Played = { readonly seed: number; readonly solved: readonly (0 | 1)[] };

/** Levels solved, in percent, with the 95 % interval of `shareOverSeeds`. */
export function solvedPercent(agents: readonly Played[]): Interval {
  const { mean, low, high } = shareOverSeeds(agents.map(({ solved }) => solved));
  return { mean: 100 * mean, low: 100 * low, high: 100 * high };
}

/**
 * How many levels of 100 agents solve more than others do, with the 95 % interval of `meanOverSeeds`. The two of a seed played
 * the same levels and are compared level by level: what one finds easy since the levels are is no gain. Null where no seed has both.
 */
export function gainOver(agents: readonly Played[], others: readonly Played[], rng: Rng): Interval | null {
  const pairs = agents.flatMap(({ seed, solved }) => {
    const other = others.find((candidate) => candidate.seed === seed);
    return other ? [solved.map((one, level) => 100 * (one - (other.solved[level] ?? NaN)))] : [];
  });
  return pairs.length === 0 ? null : meanOverSeeds(pairs, { rng });
}

/** As 12.3 [10.0, 14.6]. */
export function inWords({ mean, low, high }: Interval, digits = 1): string {
  return `${mean.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}
