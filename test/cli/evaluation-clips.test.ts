import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { drawWindows, HeldOutVideos } from "../../src/cli/evaluation-clips.ts";
import { Rng } from "../../src/core/rng.ts";
import { readVideo } from "../../src/data/video.ts";
import type { EvaluationClip } from "../../src/model/evaluation.ts";
import { videoFolder } from "./genie-env.ts";

describe("windows", () => {
  const clips = [{ count: 9 }, { count: 35 }, { count: 20 }, { count: 14 }];
  const draw = (seed: number, count: number) => drawWindows(clips, { length: 10, count }, new Rng(seed));

  test.each([0, 1, 2, 3])("never overlap, and lie within their clip (seed %i)", (seed) => {
    const windows = draw(seed, 100);
    expect(windows.map(({ clip }) => clip).toSorted()).toEqual([1, 1, 1, 2, 2, 3]);
    const frames = windows.flatMap(({ clip, start }) => Array.from({ length: 10 }, (_, t) => `${clip}:${start + t}`));
    expect(new Set(frames).size).toBe(frames.length);
    for (const { clip, start } of windows) expect(start + 10).toBeLessThanOrEqual(clips[clip]?.count ?? 0);
  });

  test("are as many as asked for, at places that the seed chooses", () => {
    expect(draw(0, 4)).toHaveLength(4);
    expect(draw(0, 4)).toEqual(draw(0, 4));
    const starts = [...Array(50).keys()].flatMap((seed) => draw(seed, 6).filter(({ clip }) => clip === 3));
    expect(new Set(starts.map(({ start }) => start))).toEqual(new Set([0, 1, 2, 3, 4]));
  });
});

describe("keys", () => {
  const size = { height: 16, width: 16, fps: 10 };
  let folder = "";
  let videos: string[] = [];
  beforeEach(() => {
    folder = videoFolder(mkdtempSync(join(tmpdir(), "genie-env-clips-")), "a", "b");
    videos = ["a", "b"].map((name) => join(folder, `${name}.mp4`));
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true, force: true });
  });

  async function chooseClips(from: readonly string[], count: number): Promise<EvaluationClip[]> {
    await using source = await HeldOutVideos.open(from, size);
    return await source.clips(count, new Rng(0));
  }
  function writeKeys(video: string, count: number): void {
    const lines = Array.from({ length: count }, (_, frame) => JSON.stringify({ frame, keys: ["up", `at${frame}`] }));
    writeFileSync(join(folder, `${video}.jsonl`), `${lines.join("\n")}\n`);
  }
  async function framesOf(video: string): Promise<number> {
    let frames = 0;
    for await (const { count } of readVideo(video, size)) frames += count;
    return frames;
  }

  test("go with the frames that they were recorded at; those of another rate are left out, with a note", async () => {
    const notes = vi.spyOn(console, "error").mockImplementation(() => {});
    const frames = await framesOf(videos[0] ?? "");
    writeKeys("a", frames);
    writeKeys("b", 2 * frames);
    const clips = await chooseClips(videos, 2 * Math.floor(frames / 14));
    expect(new Set(clips.map(({ video }) => video))).toEqual(new Set(["a", "b"]));
    for (const { video, keys } of clips.filter((clip) => clip.video === "b"))
      expect([video, keys]).toEqual(["b", undefined]);
    for (const { keys = [] } of clips.filter(({ video }) => video === "a")) {
      const first = Number(/^at(\d+)\+up$/.exec(keys[0] ?? "")?.[1]);
      expect(keys).toEqual(Array.from({ length: 14 }, (_, t) => `at${first + t}+up`));
    }
    expect(notes.mock.calls.flat()).toEqual([
      expect.stringMatching(new RegExp(`b\\.jsonl has keys of ${2 * frames} frames, but the video has ${frames}`)),
    ]);
  });

  test("may lack the last frame's, and a note says that there is room for fewer clips", async () => {
    const notes = vi.spyOn(console, "error").mockImplementation(() => {});
    const frames = await framesOf(videos[0] ?? "");
    writeKeys("a", frames - 1);
    const clips = await chooseClips(videos.slice(0, 1), 50);
    for (const { keys } of clips) expect(keys?.length).toBeGreaterThanOrEqual(13);
    expect(notes.mock.calls.flat()).toEqual([
      `eval: the videos have room for ${clips.length} clips of 14 frames that do not overlap, not 50`,
    ]);
  });

  test("are of what can be read: a note names a video that cannot", async () => {
    const notes = vi.spyOn(console, "error").mockImplementation(() => {});
    const broken = join(folder, "broken.mp4");
    writeFileSync(broken, "no video");
    expect(await chooseClips([...videos, broken], 1)).toHaveLength(1);
    expect(notes.mock.calls.flat()).toEqual([expect.stringMatching(/^eval: .*broken\.mp4 is left out: ./)]);
    await expect(chooseClips([broken], 1)).rejects.toThrow(/must hold a clip of 14 frames .* - give longer ones/);
  });
});
