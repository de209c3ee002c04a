import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DataError } from "../../src/core/errors.ts";
import { keysPath, readKeys } from "../../src/data/keys.ts";
import { temporaryFolder } from "./pictures.ts";

function keysFile(...lines: string[]): string {
  const path = join(temporaryFolder(), "a.jsonl");
  writeFileSync(path, lines.join("\n") + "\n");
  return path;
}

test("keys are sets, one per frame", async () => {
  const path = keysFile('{"frame": 0, "keys": []}', '{"frame": 1, "keys": ["jump", "right"]}');
  expect(await readKeys(path)).toEqual([new Set(), new Set(["right", "jump"])]);
});

test("a line may say more of its step", async () => {
  const step = '{"frame":0,"keys":["down"],"action":6,"reward":0,"terminated":true,"truncated":false}';
  expect(await readKeys(keysFile(step, '{"frame": 1, "keys": []}'))).toEqual([new Set(["down"]), new Set()]);
});

test.each([
  ["not JSON", "{frame: 1}"],
  ["a wrong type", '{"frame": 1, "keys": "jump"}'],
  ["an unknown field", '{"frame": 1, "keys": [], "mouse": 2}'],
  ["a gap", '{"frame": 2, "keys": []}'],
  ["an empty line", ""],
])("%s is a DataError that names the line", async (_, line) => {
  const path = keysFile('{"frame": 0, "keys": []}', line, '{"frame": 2, "keys": []}');
  await expect(readKeys(path)).rejects.toThrow(`${path}:2`);
  await expect(readKeys(path)).rejects.toThrow(DataError);
});

test("a missing file is a DataError", async () => {
  await expect(readKeys("/nowhere/a.jsonl")).rejects.toThrow(DataError);
});

test("keys lie beside their video", () => {
  expect(keysPath("/videos.d/level1.mp4")).toBe("/videos.d/level1.jsonl");
});
