import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { ConfigError } from "../../../src/core/errors.ts";
import type { Frames } from "../../../src/core/frames.ts";
import { readVideo } from "../../../src/data/video.ts";
import { Box, Discrete, SyncVectorEnv } from "../../../src/env/index.ts";
import type { AutoresetMode } from "../../../src/env/index.ts";
import { RecordVideo, VectorHumanRendering, VectorRecordVideo } from "../../../src/env/wrappers/index.ts";
import { tileFrames } from "../../../src/env/wrappers/tile-frames.ts";
import { ScriptedEnv } from "./envs.ts";

const [HEIGHT, WIDTH] = [16, 16];

/** An environment whose picture is `10 * row + t` everywhere; row `row` ends after `3 + row` steps. */
const filming = (row: number, renderMode: "rgb_array" | null = "rgb_array") =>
  new ScriptedEnv({
    observationSpace: new Box({ low: 0, high: 100, shape: [1], dtype: "float32" }),
    actionSpace: new Discrete(2),
    obs: (t) => Float32Array.of(t),
    length: 3 + row,
    renderMode,
    draw: (t) => ({
      count: 1,
      height: HEIGHT,
      width: WIDTH,
      data: new Uint8Array(HEIGHT * WIDTH * 3).fill(40 * row + 8 * t),
    }),
  });
const batch = (autoresetMode: AutoresetMode = "NextStep", numEnvs = 3) =>
  new SyncVectorEnv(
    Array.from({ length: numEnvs }, (_, row) => () => filming(row)),
    { autoresetMode },
  );
const actions = [0, 0, 0];

/** The first byte of each frame of a video: of a batch, that of row 0. */
async function stepsIn(path: string): Promise<number[]> {
  const steps: number[] = [];
  for await (const { data, count, height, width } of readVideo(path, { height: HEIGHT, width: WIDTH, fps: 10 })) {
    for (let i = 0; i < count; i++) steps.push(Math.round(Number(data[i * height * width * 3]) / 8));
  }
  return steps;
}

test("WR-20 frames are tiled from left to right and from top to bottom, black where none is left", () => {
  const frame = (value: number) => new Uint8Array(2 * 3).fill(value);
  const frames = (count: number): Frames => ({
    count,
    height: 2,
    width: 1,
    data: Uint8Array.from(Array.from({ length: count }, (_, i) => [...frame(i + 1)]).flat()),
  });
  const reds = ({ data }: Frames) => [...data].filter((_, i) => i % 3 === 0);
  expect(tileFrames(frames(1))).toEqual(frames(1));
  expect(tileFrames(frames(3))).toMatchObject({ count: 1, height: 4, width: 2 });
  expect(reds(tileFrames(frames(3)))).toEqual([1, 2, 1, 2, 3, 0, 3, 0]);
  expect(tileFrames(frames(5))).toMatchObject({ count: 1, height: 4, width: 3 });
  expect(tileFrames(frames(6), 3)).toMatchObject({ height: 2, width: 6 });
  expect(tileFrames(frames(6), 1 / 12)).toMatchObject({ height: 12, width: 1 });
});

describe("videos", () => {
  let videoFolder = "";
  beforeEach(() => {
    videoFolder = mkdtempSync(join(tmpdir(), "record-video-"));
  });
  afterEach(() => {
    rmSync(videoFolder, { recursive: true });
  });

  test("WR-20 RecordVideo writes MP4 with a frame for the reset and for each step", async () => {
    const env = new RecordVideo(filming(0), { videoFolder });
    env.reset();
    while (!env.step(0)[2]);
    const [path = ""] = await env.saved();
    expect(path).toBe(`${videoFolder}/rl-video-episode-0.mp4`);
    expect(await stepsIn(path)).toHaveLength(4);
  });

  test.each([
    ["NextStep", ["0-1-2-3", "0-1-2-3"]],
    ["SameStep", ["0-1-2", "0-1-2"]],
  ] as const)("WR-20 VectorRecordVideo in mode %s records the episodes of row 0", async (mode, videos) => {
    const options = { videoFolder, format: "webp", episodeTrigger: () => true } as const;
    const inner = batch(mode);
    const pictures: number[] = [];
    const render = inner.render.bind(inner);
    vi.spyOn(inner, "render").mockImplementation(() => {
      const frames = render();
      if (frames !== null && typeof frames !== "string") pictures.push(Number(frames.data[0]) / 8);
      return frames;
    });
    const env = new VectorRecordVideo(inner, options);
    env.reset();
    const perEpisode = mode === "NextStep" ? 4 : 3;
    for (let step = 1; step < 2 * perEpisode; step++) env.step(actions);
    env.close();
    expect(await env.saved()).toEqual([0, 1].map((n) => `${videoFolder}/rl-video-episode-${n}.webp`));
    expect(pictures.join("-")).toBe(videos.join("-"));
  });

  test("WR-20 VectorRecordVideo shows every row, in a file of the grid's size", async () => {
    const env = new VectorRecordVideo(batch(), { videoFolder, videoLength: 3 });
    env.reset();
    for (let step = 0; step < 3; step++) env.step(actions);
    const [path = ""] = await env.saved();
    const sizes: number[][] = [];
    for await (const { count, data } of readVideo(path, { height: 2 * HEIGHT, width: 2 * WIDTH, fps: 10 })) {
      const at = (y: number, x: number) => Math.round(Number(data[(y * 2 * WIDTH + x) * 3]) / 40);
      sizes.push([count, at(8, 8), at(8, 24), at(24, 8), at(24, 24)]);
    }
    expect(sizes).toEqual([[3, 0, 1, 2, 0]]);
  });

  test("WR-20 VectorRecordVideo takes Gymnasium's options: one row only, or the picture's aspect ratio", async () => {
    const sizeOf = async (options: object): Promise<unknown> => {
      const inner = batch();
      const env = new VectorRecordVideo(inner, {
        videoFolder,
        namePrefix: "rows",
        videoLength: 2,
        format: "gif",
        ...options,
      });
      env.reset();
      env.step(actions);
      const [path = ""] = await env.saved();
      expect(path).toBe(`${videoFolder}/rows-episode-0.gif`);
      const { width, pageHeight } = await sharp(path, { animated: true }).metadata();
      return [width, pageHeight];
    };
    expect(await sizeOf({ recordFirstOnly: true })).toEqual([WIDTH, HEIGHT]);
    expect(await sizeOf({ videoAspectRatio: [3, 1] })).toEqual([3 * WIDTH, HEIGHT]);
    expect(await sizeOf({ videoAspectRatio: [1, 3] })).toEqual([WIDTH, 3 * HEIGHT]);
    expect(() => new VectorRecordVideo(batch(), JSON.parse('{ "name_prefix": "x" }'))).toThrow(
      /did you mean namePrefix\?/,
    );
  });

  test("WR-20 a masked reset begins a video only where it resets row 0", async () => {
    const env = new VectorRecordVideo(batch("Disabled"), { videoFolder, format: "gif", episodeTrigger: (n) => n > 0 });
    env.reset();
    env.reset({ options: { reset_mask: Uint8Array.of(0, 1, 1) } });
    env.close();
    expect(await env.saved()).toEqual([]);
    const other = new VectorRecordVideo(batch("Disabled"), {
      videoFolder,
      format: "gif",
      episodeTrigger: (n) => n > 0,
    });
    other.reset();
    other.reset({ options: { reset_mask: Uint8Array.of(1, 0, 0) } });
    other.close();
    expect(await other.saved()).toEqual([`${videoFolder}/rl-video-episode-1.gif`]);
  });

  test("WR-20 rows without pixels, and videos without a rate, are refused", () => {
    const blind = new SyncVectorEnv([() => filming(0, null)]);
    expect(() => new VectorRecordVideo(blind, { videoFolder })).toThrow(ConfigError);
    expect(() => new VectorHumanRendering(blind)).toThrow(/VectorHumanRendering: .* "rgb_array", got null/);
    expect(() => new VectorRecordVideo(batch(), { videoFolder, fps: 0 })).toThrow(ConfigError);
  });
});

test("WR-20 VectorHumanRendering draws all rows in one picture, and render returns nothing", () => {
  const drawn: string[] = [];
  const env = new VectorHumanRendering(batch(), { columns: 2, write: (text) => drawn.push(text) });
  env.reset();
  env.step(actions);
  expect([env.renderMode, env.render(), drawn.length]).toEqual(["human", null, 2]);
  expect([env.metadata.autoresetMode, env.metadata.renderModes.includes("human")]).toEqual(["NextStep", true]);
  const cell = (top: number, bottom: number) =>
    `\u001B[38;2;${top};${top};${top}m\u001B[48;2;${bottom};${bottom};${bottom}m▀`;
  expect(drawn[1]).toBe(`\u001B[H${cell(8, 88)}${cell(48, 0)}\u001B[0m\n`);
});
