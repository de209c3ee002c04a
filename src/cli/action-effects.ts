import { ShapeError } from "../core/errors.ts";
import { concatFrames, sliceFrames } from "../core/frames.ts";
import type { Frames } from "../core/frames.ts";
import { tile } from "../data/image.ts";
import { GenieEnv } from "../env/genie-env.ts";
import type { PixelsAndTokens } from "../env/observation.ts";
import type { Prompt } from "../env/prompt.ts";
import { mean, meanDifference } from "../metrics/mean.ts";
import { estimateMotion } from "../metrics/motion.ts";
import type { Motion } from "../metrics/motion.ts";
import type { WorldModel } from "../model/world-model.ts";
import { labelRows } from "./canvas.ts";

/** What became of one prompt while one latent action was held: the prompt's frame, then one per step. */
export type ActionTrial = {
  readonly frames: Frames;
  /** The tokens of each of `frames`, int32 [N]. */
  readonly tokens: readonly Int32Array[];
};

/** What a latent action does, as means over the steps for which it was held. */
export type ActionEffect = {
  /** Mean absolute difference to what all actions do on average, in grey levels 0 to 255: its control. */
  readonly difference: number;
  /** Share of the tokens that change in a step, in [0, 1]. */
  readonly tokensChanged: number;
  /** How far the picture's content moves in a step, in pixels. */
  readonly motion: Motion;
};

/** Holds every latent action for `steps` steps, from the same prompt and with the same chance. One trial per action. */
export async function tryActions(
  world: WorldModel,
  prompt: Prompt,
  { steps, seed }: { readonly steps: number; readonly seed: number },
): Promise<ActionTrial[]> {
  const everyAction = Array.from({ length: world.numActions }, (_, action) => action);
  await using env = await GenieEnv.fromWorld(world, { numEnvs: world.numActions, observation: "both" });
  const [first] = await env.reset({ seed: everyAction.map(() => seed), options: { image: prompt } });
  const seen = [first];
  for (let step = 0; step < steps; step++) seen.push((await env.step(everyAction))[0]);
  return everyAction.map((row) => trialOf(world, seen, row));
}

/** The trials as a contact sheet: a row per latent action, with its number and its name, where it has one. */
export function drawTrials(trials: readonly ActionTrial[], names: readonly string[] = []): Frames {
  const frames = trials.map((trial) => trial.frames);
  return labelRows(tile(frames, frames[0]?.count ?? 1), labelActions(names, trials.length));
}

/** The number of each action, and its name, where it has one. */
export function labelActions(names: readonly string[], count: number): string[] {
  return Array.from({ length: count }, (_, action) => {
    const name = names[action] ?? `${action}`;
    return name === `${action}` ? name : `${action} ${name}`;
  });
}

/** What each action of `trials` does. @throws ShapeError when there is no trial. */
export function measureEffects(trials: readonly ActionTrial[]): ActionEffect[] {
  const average = averageFrames(trials.map(({ frames }) => frames));
  return trials.map(({ frames, tokens }) => {
    const steps = Array.from({ length: frames.count - 1 }, (_, step) => step);
    const pixels = steps.map((step) => [sliceFrames(frames, step).data, sliceFrames(frames, step + 1).data] as const);
    const motions = pixels.map(([before, after]) => estimateMotion(before, after, frames));
    return {
      difference: meanDifference(frames.data, average),
      tokensChanged: mean(steps.map((step) => shareChanged(tokens[step] ?? [], tokens[step + 1] ?? []))),
      motion: { x: mean(motions.map(({ x }) => x)), y: mean(motions.map(({ y }) => y)) },
    };
  });
}

function trialOf(world: WorldModel, seen: readonly PixelsAndTokens[], row: number): ActionTrial {
  const [height, width] = world.frameShape;
  const frames = seen.map(({ pixels }) => {
    return sliceFrames({ data: pixels, count: world.numActions, height, width }, row);
  });
  const n = world.tokensPerFrame;
  return { frames: concatFrames(frames), tokens: seen.map(({ tokens }) => tokens.subarray(row * n, (row + 1) * n)) };
}

/** Pixel by pixel, float64. */
function averageFrames(parts: readonly Frames[]): Float64Array {
  const [first] = parts;
  if (first === undefined) throw new ShapeError("measureEffects: there must be a trial, got none");
  return Float64Array.from(first.data, (_, i) => mean(parts.map(({ data }) => data[i] ?? 0)));
}

function shareChanged(before: ArrayLike<number>, after: ArrayLike<number>): number {
  return mean(Array.from(before, (token, i) => Number(token !== after[i])));
}
