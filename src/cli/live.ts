import { emitKeypressEvents } from "node:readline";
import type { Key } from "node:readline";

import { ConfigError } from "../core/errors.ts";
import type { Frames } from "../core/frames.ts";
import type { GenieEnv } from "../env/genie-env.ts";
import type { Prompt } from "../env/prompt.ts";
import { labelActions } from "./action-effects.ts";
import { drawScreen, ENTER_SCREEN, keyToCommand, LEAVE_SCREEN } from "./terminal.ts";

/** The pixels of an environment's current frame. @throws ConfigError unless its renderMode is "rgb_array". */
export async function currentFrame(env: GenieEnv): Promise<Frames> {
  const frame = await env.render();
  if (frame !== null && typeof frame !== "string") return frame;
  throw new ConfigError(`currentFrame: renderMode must be "rgb_array", got ${env.renderMode}`);
}

/**
 * Plays in the terminal until q is pressed. Turn by turn: a key is a step, so that a slow world is played as well as a
 * fast one.
 * @throws ConfigError for an environment that does not render pixels.
 */
export async function playLive(env: GenieEnv, prompt: Prompt): Promise<void> {
  await env.reset(prompt);
  const legend = `${legendOf(env.actionNames)}, r resets, q quits`;
  process.stdout.write(ENTER_SCREEN);
  try {
    await show(env, legend);
    let wasOver = false;
    for await (const key of latestKeys(process.stdin)) {
      const command = keyToCommand(key, env.actionNames);
      if (command === "quit") return;
      if (command === null) continue;
      const { status, isOver } = await obey(env, wasOver ? "reset" : command, prompt);
      wasOver = isOver;
      await show(env, `${status} | ${legend}`);
    }
  } finally {
    process.stdout.write(LEAVE_SCREEN);
  }
}

/** What to press: each number with the action's name, where it has one. */
function legendOf(names: readonly string[]): string {
  const labels = labelActions(names, names.length);
  const areNamed = labels.some((label, action) => label !== `${action}`);
  return areNamed ? `${labels.join(", ")}, arrows` : `0-${names.length - 1} and arrows act`;
}

type Played = { readonly status: string; readonly isOver: boolean };

async function obey(env: GenieEnv, command: number | "reset", prompt: Prompt): Promise<Played> {
  if (command === "reset") {
    await env.reset(prompt);
    return { status: "start", isOver: false };
  }
  const [, reward, terminated, , info] = await env.step(command);
  const told = [
    `frame ${info.frame_index} ${env.actionNames[command]} confidence ${info.confidence?.toFixed(2)}`,
    ...(reward === 0 ? [] : [`reward ${reward}`]),
    ...(terminated ? ["the end, any key starts anew"] : []),
  ];
  return { status: told.join(", "), isOver: terminated };
}

async function show(env: GenieEnv, status: string): Promise<void> {
  const { columns, rows } = process.stdout;
  process.stdout.write(drawScreen(await currentFrame(env), status, { columns, rows }));
}

/** Names of pressed keys; those pressed while a frame is computed are dropped, all but the last. */
async function* latestKeys(input: NodeJS.ReadStream): AsyncGenerator<string> {
  let latest: string | null = null;
  let wake: (() => void) | null = null;
  const stop = listenToKeys(input, (key) => {
    latest = key;
    wake?.();
  });
  try {
    while (true) {
      if (latest === null) await new Promise<void>((resolve) => (wake = resolve));
      const key: string = latest ?? "";
      latest = null;
      yield key;
    }
  } finally {
    stop();
  }
}

/** Hands every key that is pressed to `onPress`, by Node's name for it, until the function that is returned is called. */
export function listenToKeys(input: NodeJS.ReadStream, onPress: (key: string) => void): () => void {
  const onKey = (_: string | undefined, { name, sequence, ctrl }: Key): void => {
    onPress((ctrl === true ? "ctrl-" : "") + (name ?? sequence ?? ""));
  };
  emitKeypressEvents(input);
  input.setRawMode(true).resume().on("keypress", onKey);
  return () => {
    input.off("keypress", onKey).setRawMode(false).pause();
  };
}
