import { setTimeout } from "node:timers/promises";
import { concatFrames, type Frames } from "../core/frames.ts";
import { Rng } from "../core/rng.ts";
import { writeAnimation } from "../data/animation.ts";
import type { Difficulty } from "../games/platformer/level.ts";
import { FPS, PlatformerEnv, type PlatformerInfo } from "../games/platformer/platformer-env.ts";
import { parseActions } from "./action-list.ts";
import { GameKeys } from "./game-keys.ts";
import { listenToKeys } from "./live.ts";
import { drawScreen, ENTER_SCREEN, LEAVE_SCREEN } from "./terminal.ts";

/** Options of `genie-env play --env`. */
export type PlayGameOptions = {
  readonly difficulty?: Difficulty;
  /** Draws the levels. */
  readonly seed: number;
  readonly actions: string;
  readonly out?: string;
  readonly steps?: number;
  readonly scale: number;
};

/** How long the end of an episode is shown, in milliseconds. */
const PAUSE = 1200;

/** Plays the platformer: by a list of actions into an animation, or live in the terminal. */
export async function playGame(options: PlayGameOptions): Promise<void> {
  using env = new PlatformerEnv({ difficulty: options.difficulty });
  if (options.out === undefined) await playLive(env, options.seed);
  else await playToFile(env, { ...options, out: options.out });
}

async function playToFile(
  env: PlatformerEnv,
  { out, seed, steps, scale, ...given }: PlayGameOptions & { readonly out: string },
): Promise<void> {
  const rng = new Rng(seed).split("actions");
  const actions = parseActions(given.actions, { names: env.actionNames, steps, rng });
  const [start, { level }] = env.reset({ seed });
  const frames = [frameOf(start)];
  let end = "";
  for (const action of actions) {
    const [obs, , terminated, truncated, { coin }] = env.step(action);
    frames.push(frameOf(obs));
    if (!terminated && !truncated) continue;
    end = `; ${coin ? "the coin!" : terminated ? "the hero died" : "the time was up"} after ${frames.length - 1} of ${actions.length} steps`;
    break;
  }
  await writeAnimation(out, concatFrames(frames), { fps: FPS, scale });
  console.log(`${out}: ${frames.length} frames of level ${level}, seed ${seed}${end}`);
}

/** Level after level in real time, until q is pressed. */
async function playLive(env: PlatformerEnv, seed: number): Promise<void> {
  const keys = new GameKeys();
  let command: "quit" | "restart" | null = null;
  process.stdout.write(ENTER_SCREEN);
  const stop = listenToKeys(process.stdin, (key) => {
    if (keys.press(key)) return;
    if (key === "q" || key === "ctrl-c") command = "quit";
    if (key === "r") command = "restart";
  });
  const takeCommand = () => {
    const taken = command;
    command = null;
    return taken;
  };
  try {
    env.reset({ seed });
    while ((await playEpisode(env, keys, takeCommand)) !== "quit") keys.release();
  } finally {
    stop();
    process.stdout.write(LEAVE_SCREEN);
  }
}

/** One level, from its start to its end; the level after it, or after a restart the same, is there on return. */
async function playEpisode(
  env: PlatformerEnv,
  keys: GameKeys,
  takeCommand: () => "quit" | "restart" | null,
): Promise<"quit" | "next"> {
  const { number } = env.game.level;
  show(env.reset({ options: { level: number } }));
  while (true) {
    await setTimeout(1000 / FPS);
    const command = takeCommand();
    if (command === "quit") return "quit";
    if (command === "restart") return "next";
    const [obs, , terminated, truncated, info] = env.step(keys.next());
    show([obs, info]);
    if (!terminated && !truncated) continue;
    await setTimeout(PAUSE);
    // The same level again until its coin is taken.
    if (info.coin) env.reset();
    return takeCommand() === "quit" ? "quit" : "next";
  }
}

function show([obs, { level, coin, died }]: readonly [Uint8Array, PlatformerInfo]): void {
  const { columns, rows } = process.stdout;
  const outcome = coin ? "the coin!" : died ? "ouch" : `level ${level}`;
  const status = `${outcome} | arrows run and jump, down stops and ducks, r starts again, q quits`;
  process.stdout.write(drawScreen(frameOf(obs), status, { columns, rows }));
}

function frameOf(data: Uint8Array): Frames {
  return { data, count: 1, height: 64, width: 64 };
}
