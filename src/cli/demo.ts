import { join } from "node:path";
import { ConfigError } from "../core/errors.ts";
import { concatFrames } from "../core/frames.ts";
import type { Frames } from "../core/frames.ts";
import { createProgress } from "../core/progress.ts";
import { Rng } from "../core/rng.ts";
import { writeAnimation } from "../data/animation.ts";
import { writePng } from "../data/image.ts";
import { GenieEnv } from "../env/genie-env.ts";
import { readWorldConfig } from "../model/checkpoint.ts";
import { evaluateWorld } from "../model/evaluation.ts";
import { bundledWorlds, findPrompt, findWorld, firstPrompt } from "../model/find-world.ts";
import type { GenieWorld } from "../model/genie-world.ts";
import { loadWorld } from "../model/load-world.ts";
import { drawTrials, labelActions, measureEffects, tryActions } from "./action-effects.ts";
import type { ActionEffect } from "./action-effects.ts";
import { dreamAlong, testClips } from "./dream-along.ts";
import { GAME, isOfGame } from "./game-of-world.ts";
import { currentFrame } from "./live.ts";

/** Options of `genie-env demo`. */
export type DemoOptions = {
  /** The platformer where it is bundled, else the first bundled one, when left out. */
  readonly world?: string;
  /** The image to start from; the world's first prompt when left out. */
  readonly prompt?: string;
  /** The folder of what the demo writes. */
  readonly out: string;
  /** Steps that are played. */
  readonly steps: number;
  readonly seed: number;
  readonly engine?: string;
};

const STEPS_PER_ACTION = 8;
const SCALE = 4;
/** Clips of the real game that the figures are of: as many as a minute allows. */
const CLIPS = 16;
const FAVOURITE = "platformer";

/**
 * Plays a bundled world: tries every latent action; then, where the world is of a game that is here, dreams an episode of
 * it beside the real one, else lets a random agent play. Writes what is seen.
 * @throws ConfigError for options that break a rule, or when no world is bundled.
 */
export async function demo(options: DemoOptions): Promise<void> {
  const { out, steps, seed, engine } = options;
  const folder = findWorld(options.world ?? favouriteWorld());
  const prompt = options.prompt === undefined ? firstPrompt(folder) : findPrompt(options.prompt);
  const config = await readWorldConfig(folder);
  const world = await loadWorld(folder, { engine });
  try {
    console.log(describe(world));
    await showActions(world, prompt, { out, seed });
    await (isOfGame(config) ? showDream : showEpisode)(world, prompt, { out, seed, steps });
  } finally {
    world.close();
  }
  console.log(next(folder, options.prompt));
}

function favouriteWorld(): string {
  const names = bundledWorlds();
  const name = names.includes(FAVOURITE) ? FAVOURITE : names[0];
  if (name !== undefined) return name;
  throw new ConfigError(
    "demo: a world must be bundled, got none - train one (genie-env train --help) and name it with --world",
  );
}

function describe(world: GenieWorld): string {
  const [height, width] = world.frameShape;
  return (
    `${world.name}: frames of ${width}x${height} at ${world.fps} a second, ${world.tokensPerFrame} tokens each, ` +
    `${world.numActions} latent actions, learnt from video alone`
  );
}

type Show = { readonly out: string; readonly seed: number };

/** Prints what each latent action does, and draws it. */
async function showActions(world: GenieWorld, prompt: string, { out, seed }: Show): Promise<void> {
  const trials = await tryActions(world, prompt, { steps: STEPS_PER_ACTION, seed });
  const names = labelActions(world.actionNames ?? [], trials.length);
  console.log(`\nEach latent action held for ${STEPS_PER_ACTION} steps, from one prompt and with the same chance:`);
  console.log(formatEffects(names, measureEffects(trials)));
  console.log("(means per frame: grey levels 0 to 255 from the average of all actions; tokens; motion of the picture)");
  const path = join(out, "actions.png");
  await writePng(path, drawTrials(trials, world.actionNames), { scale: 2 });
  console.log(`${path}: one row per latent action`);
}

/** A table: a row per action, a column per effect. */
export function formatEffects(names: readonly string[], effects: readonly ActionEffect[]): string {
  const header = ["action", "unlike the others", "tokens changed", "scroll x", "scroll y"];
  const rows = effects.map(({ difference, tokensChanged, motion }, action) => [
    names[action] ?? `${action}`,
    difference.toFixed(1),
    `${(tokensChanged * 100).toFixed(0)} %`,
    `${motion.x.toFixed(1)} px`,
    `${motion.y.toFixed(1)} px`,
  ]);
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  return [header, ...rows].map((row) => row.map((cell, i) => cell.padStart(widths[i] ?? 0)).join("  ")).join("\n");
}

/** Dreams an episode of the real game under the same actions, side by side, and measures both on test levels. */
async function showDream(world: GenieWorld, _prompt: string, { out, seed, steps }: Show & { readonly steps: number }) {
  const rng = new Rng(seed).split("demo");
  const dream = await dreamAlong(world, { seed, steps, rng });
  const path = join(out, "demo.gif");
  await writeAnimation(path, dream.sideBySide, { fps: world.fps, scale: SCALE });
  console.log(
    `\n${GAME}, level ${dream.level}, which nothing was trained on, under the player's actions for ${steps} steps.`,
  );
  console.log("The world saw 4 frames, and then dreamt on with the latent actions that were read off the real frames.");
  console.log(`true:   ${runLengths(dream.trueActions)}`);
  console.log(`latent: ${runLengths(dream.latentActions.map((action) => world.actionNames?.[action] ?? `${action}`))}`);
  console.log(`${path}: left the game, right the dream`);
  const clips = await testClips(seed, { ...world.config, count: CLIPS });
  using progress = createProgress({ total: clips.length, label: "measuring" });
  const { control, rollout, tokenizer } = await evaluateWorld(world, clips, {
    seed,
    onProgress: (done) => progress.update(Math.floor(done)),
  });
  progress.finish();
  const interval = control.ci95.map((bound) => bound.toFixed(2)).join(", ");
  console.log(
    `\n${(steps / dream.seconds).toFixed(1)} frames a second (${world.engine}); on ${clips.length} clips of test levels ` +
      `ΔPSNR at t = 4 ${control.deltaPsnr4.toFixed(2)} dB [${interval}], 10-frame roll-out ${rollout.psnr.toFixed(1)} dB, ` +
      `tokenizer ${tokenizer.psnr.toFixed(1)} dB (few clips: genie-env eval tells more)`,
  );
}

/** `right*3,jump`: equal neighbours once, with their number. */
export function runLengths(names: readonly string[]): string {
  const runs: { readonly name: string; count: number }[] = [];
  for (const name of names) {
    const last = runs.at(-1);
    if (last?.name === name) last.count += 1;
    else runs.push({ name, count: 1 });
  }
  return runs.map(({ name, count }) => (count === 1 ? name : `${name}*${count}`)).join(",");
}

/** Lets a random agent play, and prints how fast and how sure the world was. */
async function showEpisode(world: GenieWorld, prompt: string, options: Show & { readonly steps: number }) {
  const { out, seed, steps } = options;
  const { frames, seconds, confidence, entropy } = await playRandomly(world, prompt, { seed, steps });
  const path = join(out, "demo.gif");
  await writeAnimation(path, frames, { fps: world.fps, scale: SCALE });
  console.log(
    `\nA random agent played ${steps} steps, ${(steps / seconds).toFixed(1)} frames a second (${world.engine}):`,
  );
  console.log(`confidence ${confidence.toFixed(3)} of a token, entropy ${entropy.toFixed(2)} nats, on average`);
  console.log(`${path}: the episode, ${(frames.count / world.fps).toFixed(0)} s of play`);
}

async function playRandomly(
  world: GenieWorld,
  prompt: string,
  { seed, steps }: { readonly seed: number; readonly steps: number },
) {
  await using env = await GenieEnv.fromWorld(world, { seed, horizon: steps, renderMode: "rgb_array" });
  using progress = createProgress({ total: steps, label: "playing" });
  const rng = new Rng(seed).split("agent");
  await env.reset(prompt);
  const frames: Frames[] = [await currentFrame(env)];
  const sum = { confidence: 0, entropy: 0 };
  const began = performance.now();
  for (let step = 1; step <= steps; step++) {
    const [, , , , { confidence = 0, entropy = 0 }] = await env.step(rng.integer(world.numActions));
    frames.push(await currentFrame(env));
    sum.confidence += confidence;
    sum.entropy += entropy;
    progress.update(step, { confidence, entropy });
  }
  const seconds = (performance.now() - began) / 1000;
  return { frames: concatFrames(frames), seconds, confidence: sum.confidence / steps, entropy: sum.entropy / steps };
}

/** What to try after this: the same world and prompt, by names that can be typed. */
function next(folder: string, prompt: string | undefined): string {
  const bundled = bundledWorlds().find((name) => findWorld(name) === folder);
  const play = [`--world ${bundled ?? folder}`, ...(prompt === undefined ? [] : [`--prompt ${prompt}`])].join(" ");
  return [
    "\nNext (README.md tells more):",
    `  npx genie-env play ${play}    play it yourself, here in the terminal`,
    `  npx genie-env info --world ${bundled ?? folder}    what the world is, and what it was learnt from`,
    "  npx genie-env train --videos clips/ --out runs/mine    learn a world from videos of your own",
  ].join("\n");
}
