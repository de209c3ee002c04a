import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { record } from "../../src/cli/record.ts";
import { findRecorded, ofKnownLevels, readRecorded, type RecordedVideo } from "../../src/cli/recorded-episodes.ts";
import { measureTruth, type StepJudge } from "../../src/cli/true-actions.ts";
import { sliceFrames, type Frames } from "../../src/core/frames.ts";
import { Rng } from "../../src/core/rng.ts";
import { keysPath } from "../../src/data/keys.ts";
import { findVideos } from "../../src/data/video.ts";
import { parseGenieConfig } from "../../src/model/genie.ts";
import { temporaryFolder } from "../data/pictures.ts";

const format = { height: 64, width: 64, fps: 15 };
const config = parseGenieConfig({ ...format, numFrames: 8 });

let folder = "";
let videos: RecordedVideo[] = [];
/** What a pair of frames was made by: where two actions would make the same, either. */
const known = new Map<string, number>();
const pair = (clip: Frames, t: number) =>
  createHash("sha256")
    .update(sliceFrames(clip, t, 2).data)
    .digest("hex");

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "genie-env-truth-"));
  vi.spyOn(console, "log").mockReturnValue();
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const levels = [1_000_000, 1_000_009] as const;
  await record({
    env: "Platformer-v0",
    player: "mixed",
    frames: 1200,
    levels,
    difficulty: "hard",
    seed: 5,
    out: folder,
  });
  vi.restoreAllMocks();
  videos = await findRecorded(await findVideos(folder));
  for (const video of videos) {
    const { frames, actions } = await readRecorded(video, format);
    for (const [t, action] of actions.entries()) known.set(pair(frames, t), action);
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A world whose latent actions are a function of the true ones. */
const worldOf = (latentOf: (action: number, draw: number) => number, numActions = 7) => {
  const rng = new Rng("world");
  return {
    config,
    numActions,
    inferActions: (clip: Frames) =>
      Promise.resolve(
        Int32Array.from({ length: clip.count - 1 }, (_, t) => latentOf(known.get(pair(clip, t)) ?? 0, rng.integer(7))),
      ),
  };
};
const measure = (world: ReturnType<typeof worldOf>, judge?: StepJudge) =>
  measureTruth(world, videos, { rng: new Rng(0), judge });

test("renamed true actions are all told apart, and found again by name", async () => {
  expect(videos.length).toBeGreaterThan(1);
  const { actions, heads } = await measure(worldOf((action) => (3 * action + 1) % 7));
  expect(actions.effectAccuracy).toBeGreaterThan(0.97);
  expect(actions.effectCi95?.[0]).toBeGreaterThan(0.9);
  expect(actions.effectConstant).toBeLessThan(0.7);
  expect(actions.effectNmi).toBeGreaterThan(0.8);
  expect(actions.effectSteps).toBeGreaterThan(300);
  expect(actions.effectMap?.[1]).toBe("noop");
  expect(actions.effectMap?.[(3 * 2 + 1) % 7]).toBe("right");
  expect(heads).toBeNull();
});

test("recordings of levels that a world was trained on are told from those of others", () => {
  const recording = { env: "Platformer-v0", difficulty: "hard", levels: [1_000_000, 1_000_009] as [number, number] };
  expect(ofKnownLevels(videos, [recording])).toEqual(videos);
  expect(ofKnownLevels(videos, [])).toEqual([]);
  for (const other of [{ levels: [0, 9999] as [number, number] }, { difficulty: "easy" }, { env: "Other-v0" }]) {
    expect(ofKnownLevels(videos, [{ ...recording, ...other }])).toEqual([]);
  }
});

test("noise tells no more than one action does", async () => {
  const { actions } = await measure(worldOf((_, draw) => draw));
  expect(actions.effectAccuracy).toBeLessThanOrEqual((actions.effectConstant ?? 0) + 0.05);
  expect(actions.effectNmi).toBeLessThan(0.1);
});

test("heads that know how episodes end score high, and those that know nothing by chance", async () => {
  const told: StepJudge = async ({ frames: { count } }) => {
    const ends = new Float32Array(count - 1);
    ends[count - 2] = 1;
    return { pays: ends, ends };
  };
  const { heads } = await measure(
    worldOf((action) => action),
    told,
  );
  expect(heads?.end).toMatchObject({ averagePrecision: expect.any(Number), steps: expect.any(Number) });
  expect(heads?.end?.averagePrecision).toBeGreaterThan(0.5);
  const flat: StepJudge = async ({ frames: { count } }) => ({
    pays: new Float32Array(count - 1),
    ends: new Float32Array(count - 1),
  });
  const { heads: chance } = await measure(
    worldOf((action) => action),
    flat,
  );
  const end = chance?.end;
  expect(end?.averagePrecision).toBeCloseTo((end?.positives ?? 0) / (end?.steps ?? 1), 12);
});

test("a video whose truth is another's, or of another rate, is named and left out", async () => {
  const other = temporaryFolder();
  copyFileSync(join(folder, "recording.json"), join(other, "recording.json"));
  const [first] = videos;
  const path = first?.path ?? "";
  copyFileSync(path, join(other, "0-level-1000500.mp4"));
  copyFileSync(keysPath(path), join(other, "0-level-1000500.jsonl"));
  copyFileSync(path, join(other, `1-level-${first?.level}.mp4`));
  const lines = readFileSync(keysPath(path), "utf8").split("\n");
  writeFileSync(join(other, `1-level-${first?.level}.jsonl`), `${lines.slice(0, 3).join("\n")}\n`);
  copyFileSync(path, join(other, "2-without-a-level.mp4"));
  const found = await findRecorded(await findVideos(other));
  expect(found).toHaveLength(2);
  const notes = vi.spyOn(console, "error").mockImplementation(() => {});
  const { actions } = await measureTruth(
    worldOf((action) => action),
    found,
    { rng: new Rng(0) },
  );
  expect(actions).toMatchObject({ effectAccuracy: null, effectSteps: 0, effectVideos: 0 });
  expect(notes.mock.calls.flat()).toEqual([
    expect.stringMatching(/must show hard level 1000500 .*: left out$/),
    expect.stringMatching(/must have a line for each of \d+ frames .*got 3.*: left out$/),
  ]);
  vi.restoreAllMocks();
});
