import { z } from "zod";

import { ConfigError } from "../core/errors.ts";
import { concatFrames } from "../core/frames.ts";
import type { Frames } from "../core/frames.ts";
import { Rng } from "../core/rng.ts";
import { animationWriter, writeAnimation } from "../data/animation.ts";
import { GenieEnv } from "../env/genie-env.ts";
import { findWorld, firstPrompt } from "../model/find-world.ts";
import { parseActions } from "./action-list.ts";
import { currentFrame, playLive } from "./live.ts";

/** The options of `genie-env play`, after parsing. */
export const PlayConfig = z.strictObject({
  world: z.string().describe("a bundled world's name, or a world's folder"),
  prompt: z.string().optional().describe("the image to start from; the world's first prompt by default"),
  actions: z.string().default("random").describe("latent actions: numbers or names, as right*8,jump; or random"),
  out: z
    .string()
    .optional()
    .describe("the animation to write: .gif, .webp or .mp4; without it, play live in the terminal"),
  steps: z.coerce
    .number()
    .int()
    .positive()
    .optional()
    .describe("steps to play; the actions are repeated or cut to fit"),
  seed: z.coerce.number().int().nonnegative().default(0).describe("what chance does"),
  scale: z.coerce.number().int().positive().default(4).describe("width and height of a pixel in the animation"),
  engine: z.string().optional().describe("what computes: see genie-env --help"),
});
export type PlayOptions = z.input<typeof PlayConfig>;

/**
 * Plays a world from an image: into an animation, or live in a terminal.
 * @throws ConfigError for options that break a rule, or without `out` where there is no terminal.
 */
export async function play(options: PlayOptions): Promise<void> {
  const parsed = PlayConfig.safeParse(options);
  if (!parsed.success) throw new ConfigError(`play: ${z.prettifyError(parsed.error)}`);
  const { engine, seed, out } = parsed.data;
  if (out === undefined && !(process.stdin.isTTY && process.stdout.isTTY)) {
    throw new ConfigError("play: --out is needed where there is no terminal, got none - pass --out play.gif");
  }
  if (out !== undefined) animationWriter(out);
  const world = findWorld(parsed.data.world);
  const prompt = parsed.data.prompt ?? firstPrompt(world);
  await using env = await GenieEnv.load(world, { engine, seed, renderMode: "rgb_array" });
  if (out === undefined) await playLive(env, prompt);
  else await playToFile(env, { ...parsed.data, prompt, out });
}

/** The prompt's frame and one frame per action. */
export async function recordEpisode(
  env: GenieEnv,
  prompt: string | Frames,
  actions: readonly number[],
): Promise<Frames> {
  await env.reset(prompt);
  const frames = [await currentFrame(env)];
  for (const action of actions) {
    await env.step(action);
    frames.push(await currentFrame(env));
  }
  return concatFrames(frames);
}

async function playToFile(
  env: GenieEnv,
  options: z.infer<typeof PlayConfig> & { readonly prompt: string; readonly out: string },
): Promise<void> {
  const { out, prompt, steps, seed, scale } = options;
  const rng = new Rng(seed).split("actions");
  const actions = parseActions(options.actions, { names: env.actionNames, steps, rng });
  const frames = await recordEpisode(env, prompt, actions);
  await writeAnimation(out, frames, { fps: env.metadata.renderFps ?? 10, scale });
  console.log(`${out}: ${frames.count} frames of ${frames.width}x${frames.height}, seed ${seed}`);
  console.log(`actions: ${actions.map((action) => env.actionNames[action]).join(",")}`);
}
