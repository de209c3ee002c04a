import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";

import { createProgram } from "../../src/cli/program.ts";
import { record, type RecordOptions } from "../../src/cli/record.ts";
import { concatFrames, sliceFrames, type Frames } from "../../src/core/frames.ts";
import { keysPath, readKeys } from "../../src/data/keys.ts";
import { findVideos, readVideo } from "../../src/data/video.ts";
import { playEpisodes } from "../../src/games/index.ts";
import { ACTIONS } from "../../src/games/platformer/game.ts";
import { temporaryFolder } from "../data/pictures.ts";

const choices = { player: "mixed", levels: [1_000_000, 1_000_009], difficulty: "hard", seed: 5 } as const;

/** Records into a new folder, without a word. */
async function recorded(frames: number, options: Partial<RecordOptions> = {}): Promise<string> {
  const out = temporaryFolder();
  vi.spyOn(console, "log").mockReturnValue();
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  await record({ env: "Platformer-v0", ...choices, frames, out, ...options });
  vi.restoreAllMocks();
  return out;
}

async function readFrames(path: string): Promise<Frames> {
  const parts: Frames[] = [];
  for await (const part of readVideo(path, { height: 64, width: 64, fps: 15 })) parts.push(part);
  return concatFrames(parts);
}

function files(folder: string): Map<string, string> {
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "latin1")]));
}

test("a recording is the episodes, pixel for pixel, with the truth beside each", async () => {
  const folder = await recorded(400);
  const videos = await findVideos(folder);
  const episodes = playEpisodes({ ...choices, levels: [...choices.levels] });
  let written = 0;
  for (const video of videos) {
    const { level, frames, actions, rewards, terminated } = episodes.next().value;
    const seen = await readFrames(video);
    expect(Buffer.compare(seen.data, sliceFrames(frames, 0, seen.count).data)).toBe(0);
    expect(video).toContain(`level-${level}.mp4`);
    const keys = await readKeys(keysPath(video));
    expect(keys).toHaveLength(seen.count);
    expect(keys.slice(0, -1)).toEqual(
      Array.from(actions.slice(0, seen.count - 1), (action) => new Set(ACTIONS[action]?.keys)),
    );
    const lines = readFileSync(keysPath(video), "utf8").trim().split("\n");
    const last: unknown = JSON.parse(lines.at(-2) ?? "");
    const isWhole = seen.count === frames.count;
    const i = seen.count - 2;
    expect(last).toMatchObject({ action: actions[i], reward: rewards[i], terminated: isWhole && terminated });
    expect(JSON.parse(lines.at(-1) ?? "")).toEqual({ frame: seen.count - 1, keys: [] });
    written += seen.count;
  }
  expect(videos.length).toBeGreaterThan(1);
  expect(written).toBe(400);
});

test("the same options write the same files, another seed others", async () => {
  const first = files(await recorded(120));
  expect(files(await recorded(120))).toEqual(first);
  expect(files(await recorded(120, { seed: 6 }))).not.toEqual(first);
});

test("says how it was made", async () => {
  const folder = await recorded(20, { player: "random" });
  const about: unknown = JSON.parse(readFileSync(join(folder, "recording.json"), "utf8"));
  expect(about).toMatchObject({ env: "Platformer-v0", ...choices, player: "random", frames: 20, fps: 15 });
});

test("a signal ends it after the clip that is being written", async () => {
  const out = temporaryFolder();
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const log = vi.spyOn(console, "log").mockReturnValue();
  const running = record({ env: "Platformer-v0", ...choices, frames: 1e9, out });
  while (!readdirSync(out).some((name) => name.endsWith(".jsonl"))) await new Promise(setImmediate);
  process.emit("SIGINT");
  await running;
  expect(log.mock.lastCall?.[0]).toContain("of 1000000000, stopped");
  vi.restoreAllMocks();
  const names = readdirSync(out).filter((name) => name !== "recording.json");
  expect(names.every((name) => /^\d{6}-level-\d+\.(mp4|jsonl)$/.test(name))).toBe(true);
  expect(names.length % 2).toBe(0);
  // What is there is a recording, of as many frames, and no whole one.
  const frames = Number(/(\d+) frames of/.exec(`${log.mock.lastCall?.[0]}`)?.[1]);
  expect(JSON.parse(readFileSync(join(out, "recording.json"), "utf8"))).toMatchObject({ ...choices, frames });
  expect(process.exitCode).toBe(130);
  process.exitCode = undefined;
});

describe("refuses", () => {
  test("a folder that holds anything, and leaves it alone", async () => {
    const out = temporaryFolder();
    writeFileSync(join(out, "mine.txt"), "x");
    const refusal = record({ env: "Platformer-v0", ...choices, frames: 5, out });
    await expect(refusal).rejects.toThrow(/--out: must be a new or empty folder, got .* with mine\.txt/);
    expect(readdirSync(out)).toEqual(["mine.txt"]);
  });

  test.each([
    ["--levels", "9..3", /--levels: must be FIRST\.\.LAST.*got 9\.\.3/],
    ["--levels", "a..b", /--levels: must be FIRST\.\.LAST/],
    ["--frames", "0", /--frames: must be an integer from 1 on/],
    ["--player", "human", /--player.*random, mixed, expert/],
    ["--difficulty", "normal", /--difficulty.*easy, hard/],
    ["--env", "CartPole-v1", /--env.*Platformer-v0/],
  ])("%s %s before anything is written", async (option, value, message) => {
    const given = ["record", "--frames", "9", "--out", "/nowhere/at/all", option, value];
    const program = createProgram("0.0.0");
    for (const command of program.commands) command.exitOverride().configureOutput({ writeErr: () => {} });
    await expect(program.parseAsync(given, { from: "user" })).rejects.toThrow(message);
  });
});
