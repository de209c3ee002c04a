import { expect, test } from "vitest";

import { drawActions } from "../../src/cli/actions.ts";
import { parseActions } from "../../src/cli/action-list.ts";
import { numberRows, resizeNearest } from "../../src/cli/canvas.ts";
import { recordEpisode } from "../../src/cli/play.ts";
import { createProgram } from "../../src/cli/program.ts";
import { ConfigError } from "../../src/core/errors.ts";
import { sliceFrames } from "../../src/core/frames.ts";
import type { Frames } from "../../src/core/frames.ts";
import { Rng } from "../../src/core/rng.ts";
import { GenieEnv } from "../../src/env/index.ts";
import { FakeWorldModel } from "../../src/testing/index.ts";

const names = ["stay", "right", "left"];
const parse = (list: string, steps?: number) => parseActions(list, { names, steps, rng: new Rng(1) });

test("actions are names, numbers and repeats", () => {
  expect(parse("right, 0,left*3")).toEqual([1, 0, 2, 2, 2]);
  expect(parse("1,2", 5)).toEqual([1, 2, 1, 2, 1]);
  expect(parse("1,2", 1)).toEqual([1]);
});

test("random actions come from the seed and cover all", () => {
  expect(new Set(parse("random", 100))).toEqual(new Set([0, 1, 2]));
  expect(parse("random", 100)).toEqual(parse("random", 100));
  expect(parse("random")).toHaveLength(64);
});

test.each(["up", "3", "-1", "", "right*0", "1,,2", "right*"])("%j is no list of actions", (list) => {
  expect(() => parse(list)).toThrow(ConfigError);
});

test("an episode is the prompt and a frame per action", async () => {
  const world = new FakeWorldModel({ noise: 0 });
  await using env = await GenieEnv.fromWorld(world, { renderMode: "rgb_array" });
  const frames = await recordEpisode(env, world.prompt(0), [1, 1, 3]);
  expect(frames.count).toBe(4);
  for (const [i, cell] of [0, 1, 2, 10].entries()) {
    expect(sliceFrames(frames, i).data).toEqual(world.prompt(cell).data);
  }
});

/** The part of a picture at these pixels. */
function crop({ data, width: from }: Frames, left: number, top: number, { width, height }: Frames): Uint8Array {
  const rows = Array.from({ length: height }, (_, y) => [
    ...data.subarray(((top + y) * from + left) * 3, ((top + y) * from + left + width) * 3),
  ]);
  return Uint8Array.from(rows.flat());
}

/** Where the names of the fake world's actions end, of which "1 right" is the longest. */
const MARGIN = "1 right".length * 4 + 1;

test("the sheet of actions shows each action held from the same prompt", async () => {
  const world = new FakeWorldModel({ noise: 0 });
  const sheet = await drawActions(world, world.prompt(27), { steps: 3, seed: 0 });
  expect([sheet.height, sheet.width]).toEqual([5 * 9 - 1, MARGIN + 4 * 9 - 1]);
  for (const [action, last] of [27, 30, 24, 51, 3].entries()) {
    expect(crop(sheet, MARGIN, action * 9, world.prompt(27))).toEqual(world.prompt(27).data);
    expect(crop(sheet, MARGIN + 3 * 9, action * 9, world.prompt(0))).toEqual(world.prompt(last).data);
  }
});

test("chance is the same for every action of the sheet", async () => {
  const world = new FakeWorldModel({ noise: 1 });
  const sheet = await drawActions(world, world.prompt(27), { steps: 4, seed: 3 });
  const row = (action: number) => crop(sheet, MARGIN, action * 9, { ...sheet, width: sheet.width - MARGIN, height: 8 });
  for (const action of [1, 2, 3, 4]) expect(row(action)).toEqual(row(0));
});

test("rows are numbered in legible digits", () => {
  const sheet = { data: new Uint8Array(11 * 2 * 3), count: 1, height: 11, width: 2 };
  const { data, width } = numberRows(sheet, 2);
  const picture = Array.from({ length: 11 }, (_, y) =>
    Array.from({ length: width }, (_x, x) => (data[(y * width + x) * 3] === 255 ? "#" : ".")).join(""),
  );
  expect(picture).toEqual([
    ".###...",
    ".#.#...",
    ".#.#...",
    ".#.#...",
    ".###...",
    ".......",
    "..#....",
    ".##....",
    "..#....",
    "..#....",
    ".###...",
  ]);
  expect(() => numberRows(sheet, 5)).toThrow(ConfigError);
});

test("resizing keeps pixels whole", () => {
  const pair = { data: Uint8Array.of(1, 2, 3, 4, 5, 6), count: 1, height: 1, width: 2 };
  expect(resizeNearest(pair, 2)).toEqual({
    data: Uint8Array.of(1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6, 1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6),
    count: 1,
    height: 2,
    width: 4,
  });
  expect(resizeNearest(pair, 0.5)).toEqual({ data: Uint8Array.of(1, 2, 3), count: 1, height: 1, width: 1 });
});

test.each([
  ["--steps", "abc", "must be an integer from 1 on"],
  ["--steps", "0", "must be an integer from 1 on"],
  ["--seed", "-1", "must be an integer from 0 on"],
  ["--scale", "1.5", "must be an integer from 1 to 32"],
  ["--scale", "33", "must be an integer from 1 to 32"],
])("play %s %s is refused before anything is loaded", async (option, value, rule) => {
  const given = ["play", "--world", "no such world", "--out", "play.gif", option, value];
  const refusal = createProgram("0.0.0").parseAsync(given, { from: "user" });
  await expect(refusal).rejects.toThrow(`${option}: ${rule}, got ${value}`);
});
