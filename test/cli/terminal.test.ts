import { expect, test } from "vitest";

import { drawScreen, keyToCommand } from "../../src/cli/terminal.ts";
import type { Frames } from "../../src/core/frames.ts";
import { ShapeError } from "../../src/core/errors.ts";
import { drawAnsi } from "../../src/env/index.ts";

const frame = (height: number, width: number): Frames => ({
  data: Uint8Array.from({ length: height * width * 3 }, (_, i) => i),
  count: 1,
  height,
  width,
});

test("two pixels share a half block: the upper one is its ink, the lower one its paper", () => {
  expect(drawAnsi(frame(2, 2))).toBe(
    "\u001B[38;2;0;1;2m\u001B[48;2;6;7;8m▀\u001B[38;2;3;4;5m\u001B[48;2;9;10;11m▀\u001B[0m",
  );
});

test("the last row of an odd height has no paper", () => {
  expect(drawAnsi(frame(3, 1)).split("\n")).toEqual([
    "\u001B[38;2;0;1;2m\u001B[48;2;3;4;5m▀\u001B[0m",
    "\u001B[38;2;6;7;8m▀\u001B[0m",
  ]);
});

test("another frame than those there are is refused", () => {
  for (const index of [1, -1, Number.NaN]) expect(() => drawAnsi(frame(2, 2), index)).toThrow(ShapeError);
});

const blocks = (screen: string): number[] => screen.split("\n").map((line) => line.split("▀").length - 1);

test("a screen holds the frame as large as fits, and the status below it", () => {
  expect(blocks(drawScreen(frame(4, 4), "hello", { columns: 80, rows: 11 }))).toEqual([...Array(10).fill(20), 0]);
  expect(blocks(drawScreen(frame(90, 160), "hello", { columns: 80, rows: 50 }))).toEqual([...Array(23).fill(80), 0]);
  expect(drawScreen(frame(2, 2), "a long status", { columns: 6, rows: 24 })).toContain(
    "\na long\u001B[K\nstatus\u001B[K",
  );
  expect(drawScreen(frame(2, 2), "incomprehensible", { columns: 6, rows: 24 })).toContain("\nincomp\u001B[K");
});

test("a long status takes rows from the frame, but never more than four", () => {
  const keys =
    "0 left+jump, 1 right-2, 2 right+jump, 3 right, 4 left, 5 noop, 6 jump, 7 down, arrows, r resets, q quits";
  const screen = drawScreen(frame(64, 64), keys, { columns: 80, rows: 24 });
  expect(screen.split("\n")).toHaveLength(24);
  expect(screen).toContain("q quits\u001B[K");
  const narrow = drawScreen(frame(64, 64), keys, { columns: 12, rows: 10 }).split("\n");
  expect(narrow.filter((line) => !line.includes("▀"))).toHaveLength(4);
});

test("a terminal that does not tell its size is taken for a usual one", () => {
  const unknown = drawScreen(frame(64, 64), "q quits", { columns: 0, rows: 0 });
  expect(unknown).toBe(drawScreen(frame(64, 64), "q quits", { columns: 80, rows: 24 }));
});

test("a screen is drawn over the one before it", () => {
  const screen = drawScreen(frame(2, 2), "", { columns: 10, rows: 10 });
  expect(screen.startsWith("\u001B[H")).toBe(true);
  expect(screen.endsWith("\u001B[J")).toBe(true);
});

test("digits, arrows, space and letters are commands", () => {
  const names = ["stay", "right", "left"];
  const command = (key: string) => keyToCommand(key, names);
  expect(["0", "2", "3", "right", "left", "up", "space"].map(command)).toEqual([0, 2, null, 1, 2, null, 0]);
  expect(keyToCommand("up", [...names, "jump"])).toBe(3);
  expect(keyToCommand("space", ["right", "noop"])).toBe(1);
  expect(["q", "ctrl-c", "r", "x", ""].map(command)).toEqual(["quit", "quit", "reset", null, null]);
});

test("arrows without names are the first four actions", () => {
  const names = ["0", "1", "2", "3", "4"];
  expect(["left", "right", "up", "down"].map((key) => keyToCommand(key, names))).toEqual([0, 1, 2, 3]);
});
