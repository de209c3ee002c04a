import type { Frames } from "../core/frames.ts";
import { expectPng, writePng } from "../data/image.ts";
import type { Prompt } from "../env/prompt.ts";
import { findWorld } from "../model/find-world.ts";
import { loadWorld } from "../model/load-world.ts";
import type { WorldModel } from "../model/world-model.ts";
import { choosePrompt } from "./choose-prompt.ts";
import { drawTrials, labelActions, tryActions } from "./action-effects.ts";

/** Options of `genie-env actions`. */
export type ActionsOptions = {
  readonly world: string;
  /** The image to start from; the world's first prompt when left out. */
  readonly prompt?: string;
  /** A command that turns the text of `prompt` into an image. */
  readonly promptHook?: string;
  readonly out: string;
  /** Steps for which each action is held. */
  readonly steps: number;
  /** What chance does, the same for every action. */
  readonly seed: number;
  readonly scale: number;
  readonly engine?: string;
};

/**
 * Writes a contact sheet of what each latent action does: one row per action, held from the same prompt and with the
 * same chance, so that rows differ by the action alone.
 * @throws ConfigError for an unknown world; DataError for an image that cannot be read.
 */
export async function actions(options: ActionsOptions): Promise<void> {
  const { out, steps, seed, scale, engine } = options;
  expectPng(out);
  const folder = findWorld(options.world);
  const prompt = await choosePrompt(options, folder);
  const world = await loadWorld(folder, { engine });
  try {
    await writePng(out, await drawActions(world, prompt, { steps, seed }), { scale });
    console.log(`${out}: ${world.numActions} actions, each held for ${steps} steps, seed ${seed}`);
    if (world.actionNames) console.log(labelActions(world.actionNames, world.numActions).join(", "));
  } finally {
    world.close();
  }
}

/** The sheet as one frame: a numbered row per latent action, the prompt first, then `steps` frames. */
export async function drawActions(
  world: WorldModel,
  prompt: Prompt,
  options: { readonly steps: number; readonly seed: number },
): Promise<Frames> {
  return drawTrials(await tryActions(world, prompt, options), world.actionNames);
}
