import { sliceFrames, type Frames } from "../core/frames.ts";
import { Rng } from "../core/rng.ts";
import type { FeatureRow } from "../metrics/frechet.ts";
import { driftInterval, rollOutDrift } from "../metrics/roll-out-drift.ts";
import { CONTEXT, drop, rollOut } from "./evaluation.ts";
import type { GenieWorld } from "./genie-world.ts";
import { inferVideoActions } from "./video-actions.ts";

/** Frames that a long roll-out predicts. */
export const LONG_HORIZON = 100;
/** Which of them are compared, counted from 1. */
export const EARLY = [1, 20] as const;
export const LATE = [81, 100] as const;

/** A long roll-out beside what really happened, LONG_HORIZON frames each. */
export type LongRollOut = { readonly truth: Frames; readonly predicted: Frames };

/** How long roll-outs are made. */
export type LongRollOutOptions = {
  readonly seed: number;
  /** Told after every frame of all rows; may throw to stop. */
  readonly onFrame?: (() => void) | undefined;
};

/**
 * Roll-outs of 100 frames from four frames of context with inferred actions.
 * clips: CONTEXT + LONG_HORIZON frames of the world's size each, all played side by side.
 */
export async function longRollOuts(
  world: GenieWorld,
  clips: readonly Frames[],
  { seed, onFrame = () => {} }: LongRollOutOptions,
): Promise<LongRollOut[]> {
  const actions: Int32Array[] = [];
  for (const clip of clips) actions.push((await inferVideoActions(world, clip)).slice(CONTEXT - 1));
  const session = await world.open(clips.length);
  try {
    const prompts = clips.map((clip) => sliceFrames(clip, 0, CONTEXT));
    const rng = new Rng(seed).split("long roll-outs");
    const rolled = await rollOut(session, world, prompts, actions, rng, onFrame);
    return rolled.map((predicted, i) => ({
      truth: sliceFrames(clips[i] ?? predicted, CONTEXT, LONG_HORIZON),
      predicted: drop(predicted) ?? predicted,
    }));
  } finally {
    session.close();
  }
}

/** Whether long roll-outs fall apart, by the tokenizer Fréchet distance. */
export type Drift = {
  /** Distance of the late frames to real ones, over that of the early ones. */
  readonly ratio: number;
  /** The 95 % interval of the ratio over roll-outs; null of a single one. */
  readonly ci95: readonly [low: number, high: number] | null;
  readonly early: number;
  readonly late: number;
  /** The same distances of the real frames that stand beside them: what perfect roll-outs would have. */
  readonly realEarly: number;
  readonly realLate: number;
  readonly rollOuts: number;
  /** What frames are described by. */
  readonly features: string;
};

/**
 * The drift of roll-outs: their frames 1 to 20 and 81 to 100 against all real frames that stand beside the roll-outs,
 * by the Fréchet distance of `GenieWorld.describe`'s features.
 */
export async function measureDrift(world: GenieWorld, rollOuts: readonly LongRollOut[]): Promise<Drift> {
  const real: FeatureRow[][] = [];
  const predicted: FeatureRow[][] = [];
  for (const rollOut of rollOuts) {
    real.push(await describeAll(world, rollOut.truth));
    predicted.push(await describeAll(world, rollOut.predicted));
  }
  const ranges = { early: EARLY, late: LATE };
  const drift = rollOutDrift(predicted, real.flat(), ranges);
  const truth = rollOutDrift(real, real.flat(), ranges);
  const width = real[0]?.[0]?.length ?? 0;
  const rng = new Rng(rollOuts.length).split("drift");
  return {
    ...drift,
    ci95: rollOuts.length > 1 ? driftInterval(predicted, real.flat(), { ...ranges, rng }) : null,
    realEarly: truth.early,
    realLate: truth.late,
    rollOuts: rollOuts.length,
    features: `tokenizer encoder, mean over the patches of a frame, ${width} numbers`,
  };
}

/** In parts, so that one graph serves videos of any length that it divides. */
const PART = 20;

async function describeAll(world: GenieWorld, frames: Frames): Promise<FeatureRow[]> {
  const rows: FeatureRow[] = [];
  for (let start = 0; start < frames.count; start += PART) {
    rows.push(...(await world.describe(sliceFrames(frames, start, Math.min(PART, frames.count - start)))));
  }
  return rows;
}
