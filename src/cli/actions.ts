import { z } from "zod";

import { ConfigError } from "../core/errors.ts";
import type { Frames } from "../core/frames.ts";
import { writePng } from "../data/image.ts";
import type { Prompt } from "../env/prompt.ts";
import { findWorld, firstPrompt } from "../model/find-world.ts";
import { loadWorld } from "../model/load-world.ts";
import type { WorldModel } from "../model/world-model.ts";
import { drawTrials, tryActions } from "./action-effects.ts";

/** The options of `genie-env actions`, after parsing. */
export const ActionsConfig = z.strictObject({
  world: z.string().describe("a bundled world's name, or a world's folder"),
  prompt: z.string().optional().describe("the image to start from; the world's first prompt by default"),
  out: z.string().default("actions.png").describe("the sheet to write, a PNG"),
  steps: z.coerce.number().int().positive().default(8).describe("steps for which each action is held"),
  seed: z.coerce.number().int().nonnegative().default(0).describe("what chance does, the same for every action"),
  scale: z.coerce.number().int().positive().default(2).describe("width and height of a pixel in the sheet"),
  engine: z.string().optional().describe("what computes: see genie-env --help"),
});
export type ActionsOptions = z.input<typeof ActionsConfig>;

/**
 * Writes a contact sheet of what each latent action does: one row per action, held from the same prompt and with the
 * same chance, so that rows differ by the action alone.
 * @throws ConfigError for options that break a rule.
 */
export async function actions(options: ActionsOptions): Promise<void> {
  const parsed = ActionsConfig.safeParse(options);
  if (!parsed.success) throw new ConfigError(`actions: ${z.prettifyError(parsed.error)}`);
  const { out, steps, seed, scale, engine } = parsed.data;
  const folder = findWorld(parsed.data.world);
  const prompt = parsed.data.prompt ?? firstPrompt(folder);
  const world = await loadWorld(folder, { engine });
  try {
    await writePng(out, await drawActions(world, prompt, { steps, seed }), { scale });
    console.log(`${out}: ${world.numActions} actions, each held for ${steps} steps, seed ${seed}`);
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
  return drawTrials(await tryActions(world, prompt, options));
}
