import { ConfigError, ShapeError } from "../core/errors.ts";
import type { Rng } from "../core/rng.ts";
import { quantile } from "./bootstrap.ts";
import { frechetDistance } from "./frechet.ts";
import type { FeatureRow } from "./frechet.ts";

/** Which predicted frames of a roll-out, counted from 1, the last one included. */
export type FrameRange = readonly [from: number, to: number];

/** How far roll-outs leave the real frames as they go on. */
export type RollOutDrift = {
  /** Fréchet distance of the early frames to real ones. */
  readonly early: number;
  /** Fréchet distance of the late frames to real ones. */
  readonly late: number;
  /** `late / early`: 1 where roll-outs stay as good as they began. */
  readonly ratio: number;
};

/**
 * Whether long roll-outs fall apart: the Fréchet distance of their late frames to real frames, over that of their early
 * ones. Frames of all roll-outs count together; over few of them both distances are biased, by about the same where both
 * ranges are as long.
 * rollOuts: per roll-out the features of each predicted frame in order; real: the features of real frames.
 * early, late: frames 1 to 20 and 81 to 100 by default.
 * @throws ConfigError when a range is empty or does not begin from 1 on; ShapeError when a roll-out ends before a range
 * does, or features differ in length; DataError as `frechetDistance`.
 */
export function rollOutDrift(
  rollOuts: readonly (readonly FeatureRow[])[],
  real: readonly FeatureRow[],
  {
    early = [1, 20],
    late = [81, 100],
  }: { readonly early?: FrameRange | undefined; readonly late?: FrameRange | undefined } = {},
): RollOutDrift {
  const distances = {
    early: frechetDistance(framesWithin(rollOuts, early), real),
    late: frechetDistance(framesWithin(rollOuts, late), real),
  };
  return { ...distances, ratio: distances.late / distances.early };
}

/**
 * The 95 % interval of a drift's ratio by the percentile bootstrap over roll-outs (Efron 1979), beside the same real frames.
 * As `rollOutDrift`, with all randomness `rng`'s; `resamples` is how often the roll-outs are drawn anew, 100 by default.
 */
export function driftInterval(
  rollOuts: readonly (readonly FeatureRow[])[],
  real: readonly FeatureRow[],
  {
    rng,
    resamples = 100,
    ...ranges
  }: { readonly rng: Rng; readonly resamples?: number } & NonNullable<Parameters<typeof rollOutDrift>[2]>,
): readonly [low: number, high: number] {
  const draw = () => rollOuts.map((rollOut) => rollOuts[rng.integer(rollOuts.length)] ?? rollOut);
  const ratios = Float64Array.from({ length: resamples }, () => rollOutDrift(draw(), real, ranges).ratio).toSorted();
  return [quantile(ratios, 0.025), quantile(ratios, 0.975)];
}

function framesWithin(rollOuts: readonly (readonly FeatureRow[])[], [from, to]: FrameRange): FeatureRow[] {
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 1 || to < from) {
    throw new ConfigError(
      `rollOutDrift: a range must go from a frame, 1 the first, to a later one, got [${from}, ${to}]`,
    );
  }
  const short = rollOuts.find((frames) => frames.length < to);
  if (short !== undefined) {
    throw new ShapeError(`rollOutDrift: each roll-out must have ${to} frames, got one of ${short.length}`);
  }
  return rollOuts.flatMap((frames) => frames.slice(from - 1, to));
}
