import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConfigError, DataError, ShapeError } from "../../src/core/errors.ts";
import { concatFrames, sliceFrames, type Frames } from "../../src/core/frames.ts";
import { Rng } from "../../src/core/rng.ts";
import { videoNames } from "../../src/data/build-clip-store.ts";
import { buildClipStore, ClipStore } from "../../src/data/clip-store.ts";
import { writePng } from "../../src/data/image.ts";
import { movingSquare, paint, temporaryFolder } from "./pictures.ts";

const options = { height: 36, width: 64, fps: 10, minFrames: 8 };
const frameBytes = 36 * 64 * 3;

function stop(): never {
  throw new Error("stop");
}

async function writeSequence(folder: string, frames: Frames): Promise<string> {
  mkdirSync(folder, { recursive: true });
  for (let i = 0; i < frames.count; i++) await writePng(join(folder, `${i}.png`), sliceFrames(frames, i));
  return folder;
}

/** Two videos: "one" has a cut after 12 of its 30 frames, "two" holds 20 frames. */
async function makeVideos(): Promise<{ dir: string; videos: string[]; one: Frames }> {
  const folder = temporaryFolder();
  const one = concatFrames([movingSquare(12), movingSquare(18, 1)]);
  const videos = [
    await writeSequence(join(folder, "one"), one),
    await writeSequence(join(folder, "two"), movingSquare(20, 2)),
  ];
  return { dir: join(folder, "store"), videos, one };
}

test("clips come back exactly, with where they come from", async () => {
  const { dir, videos, one } = await makeVideos();
  const report = await buildClipStore(dir, videos, options);
  expect(report.videos.map(({ clips }) => clips.length)).toEqual([2, 1]);
  const store = await ClipStore.open(dir);
  expect(store.clips).toMatchObject([
    { video: "one", start: 0, count: 12 },
    { video: "one", start: 12, count: 18 },
    { video: "two", start: 0, count: 20 },
  ]);
  expect(await store.readClip(1, 3, 5)).toEqual(sliceFrames(one, 15, 5));
  expect((await store.readClip(1, 18, 0)).count).toBe(0);
  await expect(store.readClip(1, 15, 4)).rejects.toThrow(ShapeError);
  await expect(store.readClip(3, 0, 1)).rejects.toThrow(ShapeError);
});

test("is reused until a video or an option changes", async () => {
  const { dir, videos } = await makeVideos();
  const seen: number[] = [];
  const build = (more = {}): Promise<unknown> =>
    buildClipStore(dir, videos, { ...options, ...more }, ({ done }) => seen.push(done));
  await build();
  await build();
  expect(seen).toEqual([1, 2]);
  await build({ minFrames: 15 });
  expect(seen).toEqual([1, 2, 1, 2]);
  utimesSync(join(videos[0] ?? "", "0.png"), 1e9, 2e9);
  await build({ minFrames: 15 });
  expect(seen).toEqual([1, 2, 1, 2, 1, 2]);
});

test("an unreadable video is named and skipped", async () => {
  const { dir, videos } = await makeVideos();
  const broken = join(dir, "..", "broken.mp4");
  writeFileSync(broken, "no video");
  const report = await buildClipStore(dir, [...videos, broken, join(dir, "missing.mp4")], options);
  expect(report.videos.map(({ problem }) => problem === null)).toEqual([true, true, false, false]);
  expect(report.videos[2]?.problem).toContain("broken.mp4");
  expect((await ClipStore.open(dir)).clips.length).toBe(3);
});

test("a video without clips leaves no chunks behind", async () => {
  const { dir, videos } = await makeVideos();
  await buildClipStore(dir, videos, { ...options, minFrames: 19 });
  expect(readdirSync(join(dir, "chunks"))).toEqual(["1-0.frames"]);
});

test("an interrupted build is no store", async () => {
  const { dir, videos } = await makeVideos();
  await buildClipStore(dir, videos, options);
  await expect(buildClipStore(dir, videos, { ...options, fps: 5 }, stop)).rejects.toThrow("stop");
  expect(existsSync(join(dir, "index.json"))).toBe(false);
  await expect(ClipStore.open(dir)).rejects.toThrow(/build the store first/);
});

test("names are paths below the shared folder; a name may not come twice", () => {
  expect(videoNames(["/v/a/1.mp4", "/v/b/1.mp4"])).toEqual(["a/1", "b/1"]);
  expect(videoNames(["/v/a/1.mp4"])).toEqual(["1"]);
  expect(() => videoNames(["/v/1.mp4", "/v/1.gif"])).toThrow(ConfigError);
});

test("options are checked", async () => {
  await expect(buildClipStore("x", [], { ...options, height: 0 })).rejects.toThrow(/height/);
});

test("a batch depends on the stream only, and windows stay inside clips", async () => {
  const { dir, videos } = await makeVideos();
  await buildClipStore(dir, videos, options);
  const store = await ClipStore.open(dir);
  const rng = new Rng(7);
  const first = await store.sampleClips(rng, 3, 4);
  const state = rng.getState();
  const second = await store.sampleClips(rng, 3, 4);
  const again = await (await ClipStore.open(dir)).sampleClips(new Rng(7), 3, 4);
  expect(Buffer.compare(again, first)).toBe(0);
  expect(Buffer.compare(await store.sampleClips(Rng.fromState(state), 3, 4), second)).toBe(0);
  expect(Buffer.compare(first, second)).not.toBe(0);
  expect(first.length).toBe(3 * 4 * frameBytes);
  await expect(store.sampleClips(rng, 1, 21)).rejects.toThrow(/at most 20/);
});

test("all frames are equally likely to be what a window is drawn around, so that a clip's ends are seen as well", async () => {
  const { dir, videos } = await makeVideos();
  await buildClipStore(dir, videos, options);
  const store = await ClipStore.open(dir);
  // Windows of 17 frames: none in the clip of 12, two in that of 18, four in that of 20, of which two are at its ends.
  const draws = 760;
  const batch = await store.sampleClips(new Rng("uniform"), draws, 17);
  const counts = new Map<string, number>();
  for (let i = 0; i < draws; i++) {
    const window = Buffer.from(batch.buffer, i * 17 * frameBytes, frameBytes).toString("base64");
    counts.set(window, (counts.get(window) ?? 0) + 1);
  }
  const shares = [...counts.values()].toSorted((a, b) => a - b);
  expect(shares).toHaveLength(6);
  for (const [i, of] of [1, 1, 9, 9, 9, 9].entries()) {
    expect(Math.abs((shares[i] ?? 0) - (draws * of) / 38)).toBeLessThan(14 * Math.sqrt(of));
  }
});

test("frames of a clip's last second are drawn as many times as often as asked", async () => {
  const { dir, videos } = await makeVideos();
  await buildClipStore(dir, videos, { ...options, fps: 5 });
  const store = await ClipStore.open(dir);
  const draws = 2000;
  const frames = await store.sampleClips(new Rng("endings"), draws, 1, 4);
  const lasts = new Set<string>();
  for (const [i, { count }] of store.clips.entries()) {
    for (let t = Math.max(0, count - 5); t < count; t++) {
      lasts.add(Buffer.from((await store.readClip(i, t, 1)).data).toString("base64"));
    }
  }
  let late = 0;
  for (let i = 0; i < draws; i++) {
    late += Number(lasts.has(Buffer.from(frames.buffer, i * frameBytes, frameBytes).toString("base64")));
  }
  const all = store.clips.reduce((sum, { count }) => sum + count, 0);
  const ends = store.clips.reduce((sum, { count }) => sum + Math.min(5, count), 0);
  const expected = (4 * ends) / (all + 3 * ends);
  expect(Math.abs(late / draws - expected)).toBeLessThan(0.05);
  expect(expected).toBeGreaterThan(1.5 * (ends / all));
});

test("only the named videos are read", async () => {
  const { dir, videos } = await makeVideos();
  await buildClipStore(dir, videos, options);
  const all = await ClipStore.open(dir);
  const store = all.only(["two"]);
  expect(store.clips.map(({ video }) => video)).toEqual(["two"]);
  writeFileSync(join(dir, "chunks", "0-0.frames"), "damaged");
  expect((await store.sampleClips(new Rng(0), 20, 4)).length).toBe(20 * 4 * frameBytes);
  expect(() => all.only(["three"])).toThrow(/three.*one, two/);
});

test("streams more than it may hold", async () => {
  const folder = temporaryFolder();
  const large = { height: 300, width: 400, fps: 10, minFrames: 4, maxStaticSeconds: null };
  const noise = new Rng(1);
  const shades = noise.uniforms(4096);
  const frames = paint(20, 300, 400, (t, y, x) => {
    const shade = (shades[(y * 400 + x + t) % 4096] ?? 0) * 255;
    return [shade, shade, 128];
  });
  const video = await writeSequence(join(folder, "noise"), frames);
  await buildClipStore(join(folder, "store"), [video], large);
  const chunks = readdirSync(join(folder, "store", "chunks"));
  expect(chunks.length).toBe(10);
  const maxBytes = 3 * 2 ** 20;
  const store = await ClipStore.open(join(folder, "store"), { maxBytes });
  expect(Buffer.compare((await store.readClip(0, 0, 20)).data, frames.data)).toBe(0);
  await Promise.all([0, 1, 2].map((seed) => store.sampleClips(new Rng(seed), 4, 6)));
  expect(store.peakBytes).toBeLessThanOrEqual(maxBytes);
  expect(store.peakBytes).toBeGreaterThan(0);
  const tight = await ClipStore.open(join(folder, "store"), { maxBytes: 1000 });
  await expect(tight.readClip(0, 0, 1)).rejects.toThrow(ConfigError);
});

test("damage is a DataError that names the file", async () => {
  const { dir, videos } = await makeVideos();
  await buildClipStore(dir, videos, options);
  const store = await ClipStore.open(dir);
  const chunk = join(dir, "chunks", "0-0.frames");
  const good = readFileSync(chunk);
  writeFileSync(chunk, good.subarray(0, statSync(chunk).size / 2));
  await expect(store.readClip(0, 0, 1)).rejects.toThrow(/0-0\.frames/);
  writeFileSync(chunk, good);
  expect((await store.readClip(0, 0, 1)).count).toBe(1);
  for (const text of [
    "{",
    '{"version": 2}',
    readFileSync(join(dir, "index.json"), "utf8").replace("0-0.frames", "../x"),
  ]) {
    writeFileSync(join(dir, "index.json"), text);
    await expect(ClipStore.open(dir)).rejects.toThrow(DataError);
  }
});
