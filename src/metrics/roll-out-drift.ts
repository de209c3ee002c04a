import { ConfigError, ShapeError } from "../core/errors.ts";
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
