import { ConfigError } from "../core/errors.ts";
import { concatFrames } from "../core/frames.ts";
import type { Frames } from "../core/frames.ts";
import { Rng } from "../core/rng.ts";
import { animationWriter, writeAnimation } from "../data/animation.ts";
import { GenieEnv } from "../env/genie-env.ts";
import type { Prompt } from "../env/prompt.ts";
import type { Difficulty } from "../games/platformer/level.ts";
import { findWorld, hasHeads } from "../model/find-world.ts";
import { parseActions } from "./action-list.ts";
import { currentFrame, playLive } from "./live.ts";
import { choosePrompt } from "./choose-prompt.ts";
import { playGame } from "./play-game.ts";

/** Options of `genie-env play`. */
export type PlayOptions = {
  /** A world, or the game `env`: one of them. */
  readonly world?: string;
  readonly env?: string;
  readonly difficulty?: Difficulty;
  /** The image to start from; the world's first prompt when left out. */
  readonly prompt?: string;
  /** A command that turns the text of `prompt` into an image. */
  readonly promptHook?: string;
  readonly actions: string;
  /** The animation to write; without it, play live. */
  readonly out?: string;
  /** Steps to play; the actions are repeated or cut to fit. */
  readonly steps?: number;
  readonly seed: number;
  readonly scale: number;
  readonly engine?: string;
};

/**
 * Plays a world from an image, or a game: into an animation, or live in a terminal.
 * @throws ConfigError for options that break a rule, or without `out` where there is no terminal.
 */
export async function play(options: PlayOptions): Promise<void> {
  const { engine, seed, out } = options;
  if ((options.world === undefined) === (options.env === undefined)) {
    throw new ConfigError("play: one of --world and --env is needed, got both or none - see genie-env play --help");
  }
  expectTogether(options);
  if (out === undefined && !(process.stdin.isTTY && process.stdout.isTTY)) {
    throw new ConfigError("play: --out is needed where there is no terminal, got none - pass --out play.gif");
  }
  if (out !== undefined) animationWriter(out);
  if (options.world === undefined) return playGame(options);
  const world = findWorld(options.world);
  const prompt = await choosePrompt(options, world);
  // A film shows all that was asked for; who plays is told of rewards and ends where the world has heads for them.
  const rewardModel = out === undefined && hasHeads(world) ? "heads" : undefined;
  await using env = await GenieEnv.load(world, { engine, seed, rewardModel, renderMode: "rgb_array" });
  if (out === undefined) await playLive(env, prompt);
  else await playToFile(env, prompt, { ...options, out });
}

/** Refuses what would be left unheard. */
function expectTogether({ world, env, difficulty, prompt, promptHook, engine }: PlayOptions): void {
  const [where, others] =
    world === undefined ? [`--env ${env}`, { prompt, "prompt-hook": promptHook, engine }] : ["--world", { difficulty }];
  const given = Object.entries(others).find(([, value]) => value !== undefined);
  if (given === undefined) return;
  const [option, value] = given;
  throw new ConfigError(`--${option}: must not stand beside ${where}, which has none, got ${value} - leave it out`);
}

/** The prompt's frame and one frame per action. */
export async function recordEpisode(env: GenieEnv, prompt: Prompt, actions: readonly number[]): Promise<Frames> {
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
  prompt: Prompt,
  options: PlayOptions & { readonly out: string },
): Promise<void> {
  const { out, steps, seed, scale } = options;
  const rng = new Rng(seed).split("actions");
  const actions = parseActions(options.actions, { names: env.actionNames, steps, rng });
  const frames = await recordEpisode(env, prompt, actions);
  await writeAnimation(out, frames, { fps: env.metadata.renderFps ?? 10, scale });
  console.log(`${out}: ${frames.count} frames of ${frames.width}x${frames.height}, seed ${seed}`);
  console.log(`actions: ${actions.map((action) => env.actionNames[action]).join(",")}`);
}
