import { expect, test } from "vitest";
import { concatFrames, type Frames } from "../../src/core/frames.ts";
import { CurationConfig, splitVideo, type CurationOptions, type VideoSplit } from "../../src/data/curation.ts";
import { formatReport, totalsOf } from "../../src/data/curation-report.ts";
import { FrameMeter } from "../../src/data/frame-stats.ts";
import { movingSquare, paint } from "./pictures.ts";

function split(frames: Frames, options: CurationOptions = {}): VideoSplit {
  return splitVideo(new FrameMeter().measure(frames), 10, CurationConfig.parse(options));
}

const isStatic = ({ reason }: { reason: string }): boolean => reason === "static";
const black = (count: number): Frames => paint(count, 36, 64, () => [0, 0, 0]);
const gray = (count: number): Frames => paint(count, 36, 64, () => [120, 120, 120]);

function dimmed(frames: Frames, factor: (t: number) => number): Frames {
  const bytes = frames.data.length / frames.count;
  return { ...frames, data: frames.data.map((value, i) => value * factor(Math.floor(i / bytes))) };
}

test("measures brightness, contrast and change of known pictures", () => {
  const halves = paint(1, 36, 64, (_, y) => (y < 18 ? [0, 0, 0] : [200, 200, 200]));
  const [first, second] = new FrameMeter().measure(concatFrames([halves, gray(1)]));
  expect(first?.brightness).toBeCloseTo(100, 3);
  expect(first?.contrast).toBeCloseTo(100, 3);
  expect([first?.change, first?.paletteChange]).toEqual([0, 0]);
  expect(second?.brightness).toBeCloseTo(120, 3);
  expect(second?.contrast).toBeCloseTo(0, 2);
  expect(second?.change).toBe(100);
});

test("does not depend on how the frames are grouped", () => {
  const meter = new FrameMeter();
  const parts = [movingSquare(3), movingSquare(4, 1)];
  expect(parts.flatMap((part) => meter.measure(part))).toEqual(new FrameMeter().measure(concatFrames(parts)));
});

test("motion, even fast scrolling, is one clip", () => {
  const scrolling = paint(40, 36, 64, (t, y, x) => [((x + t * 9) % 64) * 3, y * 5, (x + t * 9) % 16 < 8 ? 200 : 40]);
  expect(split(scrolling)).toEqual({ clips: [{ start: 0, count: 40 }], dropped: [], cuts: [] });
});

test("a cut starts a new clip and drops nothing", () => {
  const { clips, dropped, cuts } = split(concatFrames([movingSquare(20), movingSquare(30, 1)]));
  expect({ clips, dropped, cuts }).toEqual({
    clips: [
      { start: 0, count: 20 },
      { start: 20, count: 30 },
    ],
    dropped: [],
    cuts: [20],
  });
});

test("black goes with the fades around it", () => {
  const fade = dimmed(movingSquare(10), (t) => 1 - (t + 1) / 11);
  const rise = dimmed(movingSquare(10), (t) => (t + 1) / 11);
  const { clips, dropped } = split(concatFrames([movingSquare(20), fade, black(3), rise, movingSquare(20)]));
  expect(dropped.every(({ reason }) => reason === "dark" || reason === "flat")).toBe(true);
  expect(clips.length).toBe(2);
  expect(clips[0]?.count).toBeGreaterThanOrEqual(18);
  expect(clips[0]?.count).toBeLessThanOrEqual(20);
  expect(clips[1]?.start).toBeGreaterThanOrEqual(42);
  expect(clips[1]?.start).toBeLessThanOrEqual(45);
});

test("flat frames are dropped, and what is too short between drops", () => {
  const { dropped } = split(concatFrames([movingSquare(20), gray(5), movingSquare(8), gray(2)]));
  expect(dropped).toEqual([
    { start: 20, count: 5, reason: "flat" },
    { start: 25, count: 8, reason: "short" },
    { start: 33, count: 2, reason: "flat" },
  ]);
});

test("long still stretches are dropped only when asked to", () => {
  const still = paint(40, 36, 64, (_, y, x) => [x, y, 200]);
  const video = concatFrames([movingSquare(20), still, movingSquare(20)]);
  expect(split(video).dropped.filter(isStatic)).toEqual([{ start: 21, count: 39, reason: "static" }]);
  expect(split(video, { maxStaticSeconds: 4 }).dropped.filter(isStatic)).toEqual([]);
  expect(split(video, { maxStaticSeconds: null }).dropped.filter(isStatic)).toEqual([]);
});

test("every frame is in exactly one span", () => {
  const { clips, dropped } = split(
    concatFrames([gray(3), movingSquare(20), movingSquare(5, 1), black(4), movingSquare(17, 2), black(1)]),
  );
  const spans = [...clips, ...dropped].toSorted((a, b) => a.start - b.start);
  let next = 0;
  for (const { start, count } of spans) {
    expect(start).toBe(next);
    next += count;
  }
  expect(next).toBe(50);
});

test("an empty video has no clips", () => {
  expect(splitVideo([], 10, CurationConfig.parse({}))).toEqual({ clips: [], dropped: [], cuts: [] });
});

test("a mistyped option is refused", () => {
  expect(CurationConfig.safeParse({ minFrame: 3 }).success).toBe(false);
  expect(CurationConfig.safeParse({ cutThreshold: 2 }).success).toBe(false);
});

test("a report adds up and names what was skipped", () => {
  const nothing = { clips: [], dropped: [], cuts: [] };
  const report = {
    videos: [
      { path: "a.mp4", frames: 25, problem: null, ...split(concatFrames([movingSquare(20), gray(5)])) },
      { path: "b.mp4", frames: 0, problem: "it is damaged", ...nothing },
    ],
  };
  expect(totalsOf(report)).toEqual({
    videos: 2,
    unreadableVideos: 1,
    clips: 1,
    cuts: 0,
    frames: 25,
    kept: 20,
    dropped: { dark: 0, flat: 5, static: 0, short: 0 },
  });
  expect(formatReport(report)).toMatch(/a\.mp4: kept 20 of 25 frames.*5 flat[^]*b\.mp4: skipped - it is damaged/);
});
