import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { playedFootage, videoFootage } from "../../src/cli/footage.ts";
import { readPlayList } from "../../src/cli/play-list.ts";
import { record } from "../../src/cli/record.ts";
import { train, type TrainCommand } from "../../src/cli/train.ts";
import { ConfigError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { CurationConfig } from "../../src/data/curation.ts";
import type { VideoReport } from "../../src/data/curation-report.ts";
import { readWorld } from "../../src/model/checkpoint.ts";
import { PRESETS } from "../../src/model/training/presets.ts";
import { readRunState } from "../../src/model/training/run-state.ts";
import { temporaryFolder } from "../data/pictures.ts";

const easy = { folder: "easy", env: "Platformer-v0", player: "mixed", difficulty: "easy", levels: [0, 9], seed: 5 };
const hard = { ...easy, folder: "hard/random", player: "random", difficulty: "hard", levels: [7, 9_999], seed: 6 };
const list = [
  { ...hard, frames: 500 },
  { ...easy, frames: 300 },
];
/** Episodes of 30 frames and fewer are dropped. */
const curation = CurationConfig.parse({ ...PRESETS.platformer.curation, minFrames: 31 });
const format = { height: 64, width: 64, fps: 15 };

function listFile(recordings: unknown): string {
  const path = join(temporaryFolder(), "play.json");
  writeFileSync(path, JSON.stringify(recordings));
  return path;
}

/** What `work` returns, without a word on the streams. */
async function silently<T>(work: () => Promise<T>): Promise<T> {
  vi.spyOn(console, "log").mockReturnValue();
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  try {
    return await work();
  } finally {
    vi.restoreAllMocks();
  }
}

async function recorded(): Promise<string> {
  const out = temporaryFolder();
  for (const { folder, player, levels, difficulty, ...rest } of list) {
    const choices = { player: player as "mixed", difficulty: difficulty as "easy", levels: levels as [number, number] };
    await record({ ...rest, ...choices, out: join(out, folder) });
  }
  return out;
}

test.each([
  ["the platformer's curation", curation],
  ["every measure of curation", CurationConfig.parse({ staticThreshold: 3, maxStaticSeconds: 0.5, minFrames: 8 })],
])("what is played is what its videos hold, bit for bit, under %s", async (_, curation) => {
  const config = { ...format, ...curation };
  const [seen, played] = await silently(async () => {
    const videos = await recorded();
    return Promise.all([videoFootage(videos, join(videos, "clips"), config), playedFootage(listFile(list), config)]);
  });
  const names = await silently(() => played.list());
  expect(names).toEqual(await seen.list());
  expect(names.some((name) => /^hard\/random\/000001-level-\d+$/.test(name))).toBe(true);
  expect(played.recordings.toReversed()).toEqual(seen.recordings);
  const [fromVideos, fromPlay] = await silently(() => Promise.all([seen.read(), played.read()]));
  expect(fromPlay.clips.clips).toEqual(fromVideos.clips.clips);
  const reported = (videos: readonly VideoReport[]) =>
    videos.map(({ frames, clips, dropped, cuts, problem }) => ({ frames, clips, dropped, cuts, problem }));
  expect(reported(fromPlay.videos)).toEqual(reported(fromVideos.videos));
  expect(fromPlay.videos.some(({ dropped }) => dropped.length > 0)).toBe(true);
  const some = names.slice(1, -1);
  for (const seed of [1, 2]) {
    const [want, got] = await Promise.all(
      [fromVideos, fromPlay].map(({ clips }) => clips.only(some).sampleClips(new Rng(seed), 40, 8, 3)),
    );
    expect(Buffer.compare(want ?? Buffer.of(), got ?? Buffer.of())).toBe(0);
  }
});

describe("a run on what is played", () => {
  const command = (out: string, more: Partial<TrainCommand> = {}): TrainCommand => ({
    play: listFile([{ ...easy, frames: 300 }]),
    out,
    preset: "tiny",
    size: "64x64",
    fps: "15",
    steps: "3,2",
    holdOut: "1",
    set: ["genie.tokenizer.patchSize=16", "genie.actions.patchSize=16"],
    ...more,
  });

  test("remembers the recordings, and that goes on as if it had not been stopped", async () => {
    const [whole, parted] = [temporaryFolder(), temporaryFolder()];
    await silently(() => train(command(whole)));
    const { config, params } = await readWorld(whole);
    const videos = (await readRunState(join(whole, "state")))?.position.training.length;
    expect(config.training).toMatchObject({ videos: [], recordings: [{ ...easy, frames: 300, videos }] });
    expect(config.training).not.toHaveProperty("fingerprints");

    const stop = () => Promise.resolve(void process.emit("SIGINT"));
    await silently(() => train(command(parted), stop));
    await silently(() => train(command(parted, { resume: true })));
    expect((await readWorld(parted)).params).toEqual(params);

    const other = listFile([{ ...easy, seed: 9, frames: 300 }]);
    const refusal = silently(() => train(command(parted, { resume: true, play: other })));
    await expect(refusal).rejects.toThrow(/--play: must list the recordings that the run began with/);
    const lines: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((line) => void lines.push(String(line)));
    await expect(train(command(parted, { resume: true, seed: "3" }))).rejects.toThrow(/--seed: must be what the run/);
    // Refused before anything is played, of which a line would tell.
    expect(lines.filter((line) => line.includes("videos"))).toEqual([]);
    log.mockRestore();
  });

  test.each([
    [{ videos: "." }, /one of --videos and --play must be given, got both/],
    [{ play: undefined }, /one of --videos and --play must be given, got neither/],
    [{ size: "32x32" }, /--play: frames must be the game's, 64x64 at 15 a second, got 32x32 at 15/],
    [{ play: "no/such.json" }, /--play: must be a JSON file of recordings, got no\/such\.json/],
    [{ set: ["curation.minFrames=2000"] }, /--play: some clip must have 4 frames to train on/],
  ])("refuses %o", async (more, message) => {
    const { play, ...rest } = { ...command(temporaryFolder()), ...more };
    await expect(silently(() => train({ ...rest, ...(play !== undefined && { play }) }))).rejects.toThrow(message);
  });
});

test("more frames than memory has room for are refused before one is played", async () => {
  const footage = playedFootage(listFile([{ ...easy, frames: 1e12 }]), { ...format, ...curation });
  await expect(footage).rejects.toThrow(
    /1000000000000 frames must fit into .* of memory, got a need of .* - list fewer/,
  );
});

describe("a list of recordings", () => {
  test("may be what record and worlds say of them", async () => {
    const { folder: _, ...about } = { ...easy, frames: 9, fps: 15, actions: ["noop"] };
    expect(await readPlayList(listFile([about, { ...hard, frames: 9, videos: 3 }]))).toMatchObject([
      { ...easy, folder: "", frames: 9 },
      { ...hard, frames: 9 },
    ]);
  });

  test.each([
    [{}, /must list recordings: .*expected array/],
    [[], /must hold a recording/],
    [[{ ...easy, frames: 0 }], /→ at \[0\]\.frames/],
    [[{ ...easy, frames: 9, levels: [0, 1_000_000] }], /must be training levels, 0\.\.9999, got \[0,1000000\]/],
    [[{ ...easy, frames: 9, fps: 30 }], /expected 15[^]*→ at \[0\]\.fps/],
    [[{ ...easy, frames: 9, levels: [9, 3] }], /the first level must not exceed the last/],
    [[{ ...easy, frames: 9, player: "human" }], /"random"\|"mixed"\|"expert"/],
    [[{ ...easy, frames: 9, folder: "../x/" }], /must be names with slashes between, or nothing/],
    [[{ ...easy, frames: 9, frame: 9 }], /Unrecognized key: "frame"/],
    [Array(2).fill({ ...easy, frames: 9 }), /each recording must have a folder of its own/],
  ])("refuses %j", async (recordings, message) => {
    const refusal = readPlayList(listFile(recordings));
    await expect(refusal).rejects.toThrow(message);
    await expect(refusal).rejects.toThrow(ConfigError);
  });
});
