import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConfigError, DataError } from "../../src/core/errors.ts";
import { concatFrames, sliceFrames, type Frames } from "../../src/core/frames.ts";
import { writeAnimation } from "../../src/data/animation.ts";
import { writePng } from "../../src/data/image.ts";
import { findVideos, framesPerRead, readVideo, videoDecoder, type VideoOptions } from "../../src/data/video.ts";
import { meanDifference, movingSquare, temporaryFolder } from "./pictures.ts";

const format = { height: 36, width: 64, fps: 10 };
const excerpt = new URL("../fixtures/supertux-excerpt.mp4", import.meta.url).pathname;

async function readAll(path: string, options: VideoOptions = format): Promise<Frames[]> {
  const parts = [];
  for await (const frames of readVideo(path, options)) parts.push(frames);
  return parts;
}

test.each([".mp4", ".gif"])("%s: what is written comes back, in bounded pieces", async (extension) => {
  const path = join(temporaryFolder(), `a${extension}`);
  const frames = movingSquare(70);
  await writeAnimation(path, frames, { fps: 10, scale: 2 });
  const parts = await readAll(path);
  expect(parts.map(({ count }) => count)).toEqual([framesPerRead, 70 - framesPerRead]);
  expect(meanDifference(concatFrames(parts).data, frames.data)).toBeLessThan(6);
});

test("odd sizes survive MP4, and rows of a width that FFmpeg pads", async () => {
  const path = join(temporaryFolder(), "odd.mp4");
  const frames = concatFrames([movingSquare(4)]);
  await writeAnimation(path, frames, { fps: 10, scale: 3 });
  const [narrow] = await readAll(path, { height: 19, width: 33, fps: 10 });
  expect(narrow?.data.length).toBe(4 * 19 * 33 * 3);
  const [back] = await readAll(path);
  expect(meanDifference(back?.data ?? new Uint8Array(), frames.data)).toBeLessThan(6);
});

test("the rate is reached by dropping and repeating frames", async () => {
  const path = join(temporaryFolder(), "a.mp4");
  const frames = movingSquare(40);
  await writeAnimation(path, frames, { fps: 20 });
  const half = concatFrames(await readAll(path));
  expect(half.count).toBe(20);
  expect(meanDifference(sliceFrames(half, 10).data, sliceFrames(frames, 20).data)).toBeLessThan(9);
  expect(concatFrames(await readAll(path, { ...format, fps: 40 })).count).toBe(80);
});

test("a folder of numbered PNGs is read in the order of the numbers", async () => {
  const folder = temporaryFolder();
  const frames = movingSquare(11);
  for (let i = 0; i < 11; i++) await writePng(join(folder, `frame${i}.png`), sliceFrames(frames, i));
  writeFileSync(join(folder, "notes.txt"), "not a frame");
  expect(concatFrames(await readAll(folder)).data).toEqual(frames.data);
});

test("broken, empty and missing files are DataErrors that name the file", async () => {
  const folder = temporaryFolder();
  const broken = join(folder, "broken.mp4");
  const empty = join(folder, "empty.webm");
  writeFileSync(broken, Buffer.alloc(5000, "no video"));
  writeFileSync(empty, "");
  for (const path of [broken, empty, join(folder, "missing.mkv"), folder]) {
    await expect(readAll(path)).rejects.toThrow(DataError);
    await expect(readAll(path)).rejects.toThrow(path);
  }
});

test("a format out of range is a ConfigError", async () => {
  await expect(readAll(excerpt, { ...format, width: 0 })).rejects.toThrow(ConfigError);
  await expect(readAll(excerpt, { ...format, fps: Number.NaN })).rejects.toThrow(ConfigError);
});

test("a real game's video decodes to bright, moving pictures", async () => {
  const frames = concatFrames(await readAll(excerpt, { height: 90, width: 160, fps: 10 }));
  expect(frames.count).toBe(30);
  const pairs = Array.from({ length: 29 }, (_, i) =>
    meanDifference(sliceFrames(frames, i).data, sliceFrames(frames, i + 1).data),
  );
  expect(Math.max(...pairs)).toBeGreaterThan(1);
  expect(frames.data.reduce((sum, value) => sum + value, 0) / frames.data.length).toBeGreaterThan(60);
});

test("reading may stop early", async () => {
  for await (const frames of readVideo(excerpt, format)) {
    expect(frames.count).toBe(30);
    break;
  }
  expect(["node-av", "ffmpeg"]).toContain(await videoDecoder());
});

test("finds files, folders, sequences and patterns, sorted", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "deep", "run"), { recursive: true });
  for (const name of ["b.mp4", "a.GIF", "a.jsonl", "deep/c.webm", "deep/run/1.png"])
    writeFileSync(join(folder, name), "x");
  const at = (...names: string[]): string[] => names.map((name) => join(folder, name));
  expect(await findVideos(folder)).toEqual(at("a.GIF", "b.mp4", "deep/c.webm", "deep/run"));
  expect(await findVideos(join(folder, "b.mp4"))).toEqual(at("b.mp4"));
  expect(await findVideos(join(folder, "deep/run"))).toEqual(at("deep/run"));
  expect(await findVideos(join(folder, "*.mp4"))).toEqual(at("b.mp4"));
  expect(await findVideos(join(folder, "**/*.webm"))).toEqual(at("deep/c.webm"));
  expect(await findVideos(join(folder, "d?ep/r*"))).toEqual(at("deep/run"));
});

test("a numbered picture beside videos hides none of them", async () => {
  const root = temporaryFolder();
  const folder = join(root, "clips");
  mkdirSync(folder);
  for (const name of ["a.mp4", "b.gif", "thumbnail-1.png"]) writeFileSync(join(folder, name), "x");
  const videos = ["a.mp4", "b.gif"].map((name) => join(folder, name));
  expect(await findVideos(folder)).toEqual(videos);
  expect(await findVideos(join(root, "**/*"))).toEqual(videos);
});

test("finding nothing is a DataError", async () => {
  const folder = temporaryFolder();
  for (const path of [folder, join(folder, "x.mp4"), join(folder, "*.mp4"), join(folder, "no/*.mp4")]) {
    await expect(findVideos(path)).rejects.toThrow(DataError);
  }
});

test("exact videos keep every pixel, and a GIF refuses to", async () => {
  const path = join(temporaryFolder(), "a.mp4");
  const frames = movingSquare(20);
  await writeAnimation(path, frames, { fps: 10, exact: true });
  expect(Buffer.compare(concatFrames(await readAll(path)).data, frames.data)).toBe(0);
  await expect(writeAnimation(`${path}.gif`, frames, { fps: 10, exact: true })).rejects.toThrow(ConfigError);
});
