import { join } from "node:path";
import { expect, test, vi } from "vitest";

import { GameKeys } from "../../src/cli/game-keys.ts";
import { createProgram } from "../../src/cli/program.ts";
import { ConfigError } from "../../src/core/errors.ts";
import { readVideo } from "../../src/data/video.ts";
import { ACTIONS } from "../../src/games/platformer/game.ts";
import { temporaryFolder } from "../data/pictures.ts";

/** The actions of the next steps, by name. */
function next(keys: GameKeys, steps: number): string[] {
  return Array.from({ length: steps }, () => ACTIONS[keys.next()]?.name ?? "none");
}

test("a press of left or right runs on until down stops it, with a duck", () => {
  const keys = new GameKeys();
  expect(next(keys, 2)).toEqual(["noop", "noop"]);
  expect(keys.press("right")).toBe(true);
  expect(next(keys, 3)).toEqual(["right", "right", "right"]);
  keys.press("left");
  expect(next(keys, 1)).toEqual(["left"]);
  keys.press("down");
  expect(next(keys, 5)).toEqual(["down", "down", "down", "down", "noop"]);
});

test("up and space jump for a while, in the direction of the run", () => {
  const keys = new GameKeys();
  keys.press("space");
  expect(next(keys, 8)).toEqual([...Array<string>(7).fill("jump"), "noop"]);
  keys.press("right");
  keys.press("up");
  expect(next(keys, 8)).toEqual([...Array<string>(7).fill("right+jump"), "right"]);
  keys.press("left");
  keys.press("up");
  expect(next(keys, 1)).toEqual(["left+jump"]);
});

test("other keys mean nothing, and release lets go of all", () => {
  const keys = new GameKeys();
  expect([keys.press("x"), keys.press("q")]).toEqual([false, false]);
  keys.press("right");
  keys.press("up");
  keys.release();
  expect(next(keys, 1)).toEqual(["noop"]);
});

test("play --env writes an animation of a list of actions, up to the episode's end", async () => {
  const out = join(temporaryFolder(), "game.webp");
  const log = vi.spyOn(console, "log").mockReturnValue();
  const given = ["play", "--env", "Platformer-v0", "--actions", "right*6,right+jump*3", "--scale", "1", "--out", out];
  await createProgram("0.0.0").parseAsync(given, { from: "user" });
  const said = String(log.mock.lastCall?.[0]);
  vi.restoreAllMocks();
  expect(said).toMatch(/game\.webp: 10 frames of level \d+, seed 0/);
  const parts = [];
  for await (const { count } of readVideo(out, { height: 64, width: 64, fps: 15 })) parts.push(count);
  expect(parts[0]).toBeGreaterThanOrEqual(9);
});

async function played(...given: readonly string[]): Promise<string> {
  const out = join(temporaryFolder(), "game.gif");
  const log = vi.spyOn(console, "log").mockReturnValue();
  await createProgram("0.0.0").parseAsync(["play", "--env", "Platformer-v0", ...given, "--out", out], { from: "user" });
  const said = String(log.mock.lastCall?.[0]);
  vi.restoreAllMocks();
  return said;
}

test("play --env tells how an episode ended before its actions did", async () => {
  expect(await played("--actions", "right*300", "--scale", "1")).toMatch(
    /seed 0; the hero died after \d+ of 300 steps$/,
  );
  expect(await played("--actions", "right*2", "--scale", "1")).toMatch(/seed 0$/);
});

test.each([
  [["--env", "Platformer-v0", "--prompt", "crayon"], /--prompt: must not stand beside --env Platformer-v0/],
  [["--env", "Platformer-v0", "--engine", "onnx"], /--engine: must not stand beside --env/],
  [["--world", "platformer", "--difficulty", "hard"], /--difficulty: must not stand beside --world.* got hard/],
  [["--env", "Platformer-v0", "--scale", "2000"], /--scale: must be an integer from 1 to 32, got 2000/],
])("play %j is refused, for it would not be heard, or cannot be drawn", async (given, message) => {
  const command = createProgram("0.0.0").parseAsync(["play", ...given, "--out", "a.gif"], { from: "user" });
  await expect(command).rejects.toThrow(message);
  await expect(command).rejects.toThrow(ConfigError);
});

test.each([[["play", "--out", "a.gif"]], [["play", "--env", "Platformer-v0", "--world", "x", "--out", "a.gif"]]])(
  "%j is refused: one of world and game is played",
  async (given) => {
    const refusal = createProgram("0.0.0").parseAsync(given, { from: "user" });
    await expect(refusal).rejects.toThrow(/one of --world and --env is needed/);
  },
);
