import { join } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";
import { choosePrompt, imageFromText } from "../../src/cli/choose-prompt.ts";
import { labelRows } from "../../src/cli/canvas.ts";
import { runLengths } from "../../src/cli/demo.ts";
import { testClips } from "../../src/cli/dream-along.ts";
import { ConfigError, DataError } from "../../src/core/errors.ts";
import { describeSystemError } from "../../src/core/system-error.ts";
import { expectPng, readImage } from "../../src/data/image.ts";
import { CONTEXT, HORIZON } from "../../src/model/evaluation.ts";
import { bundledPrompts, findPrompt } from "../../src/model/find-world.ts";
import { temporaryFolder } from "../data/pictures.ts";

test("three prompts that no world has seen come with the package, by name, and fit any frame", async () => {
  expect(bundledPrompts()).toEqual(["crayon", "other-game", "photo"]);
  for (const name of bundledPrompts()) {
    const { data, count } = await readImage(findPrompt(name), { height: 48, width: 80 });
    expect([count, data.length]).toEqual([1, 48 * 80 * 3]);
    expect(new Set(data).size).toBeGreaterThan(20);
  }
  expect(findPrompt("no-such-prompt")).toBe("no-such-prompt");
});

test("a hook turns text into the image that an episode starts from", async () => {
  const folder = temporaryFolder();
  const picture = join(folder, "red.png");
  await sharp({ create: { width: 4, height: 4, channels: 3, background: "red" } }).toFile(picture);
  const copies = `${JSON.stringify(process.execPath)} -e "process.stdin.on('data', (text) => process.stdout.write(require('fs').readFileSync(String(text))))"`;
  const image = await choosePrompt({ prompt: picture, promptHook: copies }, "no world is asked");
  expect((await readImage(image, { height: 1, width: 1 })).data).toEqual(Uint8Array.of(255, 0, 0));
});

test("a hook without text, that fails, or that says nothing is refused", async () => {
  await expect(choosePrompt({ promptHook: "true" }, "world")).rejects.toThrow(ConfigError);
  await expect(imageFromText("a castle", "exit 3")).rejects.toThrow(/must end with status 0, got 3/);
  await expect(imageFromText("a castle", "exit 0")).rejects.toThrow(DataError);
});

test("rows of a sheet have names", () => {
  const sheet = { data: new Uint8Array(11 * 2 * 3), count: 1, height: 11, width: 2 };
  const { data, width } = labelRows(sheet, ["a-", "1+"]);
  const picture = Array.from({ length: 11 }, (_, y) =>
    Array.from({ length: width }, (_x, x) => (data[(y * width + x) * 3] === 255 ? "#" : ".")).join(""),
  );
  expect(picture).toEqual([
    "..#........",
    ".#.#.......",
    ".###.###...",
    ".#.#.......",
    ".#.#.......",
    "...........",
    "..#........",
    ".##...#....",
    "..#..###...",
    "..#...#....",
    ".###.......",
  ]);
});

test("equal neighbours are written once", () => {
  expect(runLengths(["right", "right", "jump", "right"])).toBe("right*2,jump,right");
  expect(runLengths([])).toBe("");
});

test("clips of the real game are of test levels, in the world's size, and the same for one seed", async () => {
  const wanted = { count: 5, height: 16, width: 16 };
  const clips = await testClips(3, wanted);
  expect(clips.map(({ frames }) => frames.count)).toEqual([1, 2, 3, 4, 5].map(() => CONTEXT + HORIZON));
  for (const { video } of clips) expect(Number(video?.replace("level-", ""))).toBeGreaterThanOrEqual(1_000_000);
  expect(clips[0]?.frames).toMatchObject({ height: 16, width: 16 });
  expect(await testClips(3, wanted)).toEqual(clips);
});

test("pictures go to .png only, and the system's errors are told in words", () => {
  expect(() => expectPng("sheet.PNG")).not.toThrow();
  expect(() => expectPng("sheet.txt")).toThrow(/must be \.png, got sheet\.txt/);
  const refused = Object.assign(new Error("EISDIR: illegal operation"), {
    code: "EISDIR",
    syscall: "open",
    path: "runs",
  });
  expect(describeSystemError(refused)).toBe("runs: open failed, it is a folder (EISDIR)");
  const unknown = Object.assign(new Error("EWEIRD: strange"), { code: "EWEIRD", syscall: "open" });
  expect(describeSystemError(unknown)).toBe("EWEIRD: strange");
});
