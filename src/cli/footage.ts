import { basename } from "node:path";
import { ConfigError } from "../core/errors.ts";
import { bytesPerFrame } from "../core/frames.ts";
import { createProgress } from "../core/progress.ts";
import { buildClipStore, videoNames, type BuildProgress } from "../data/build-clip-store.ts";
import type { ClipStoreConfig } from "../data/clip-index.ts";
import { ClipStore } from "../data/clip-store.ts";
import { formatReport, formatTotals, type VideoReport } from "../data/curation-report.ts";
import { hashVideos } from "../data/video-hash.ts";
import { findVideos, videoDecoder } from "../data/video.ts";
import { FPS } from "../games/platformer/platformer-env.ts";
import { VIEW } from "../games/platformer/scene.ts";
import { bytesText, freeMemory } from "../model/memory.ts";
import type { RecordingSource } from "../model/provenance.ts";
import { readPlayList, type PlayedRecording } from "./play-list.ts";
import { playRecordings } from "./play-recordings.ts";
import { expectTrainingLevels, findRecordings } from "./recordings.ts";

/** What a run learns from. */
export type Footage = {
  /** The option that named it. */
  readonly option: "videos" | "play";
  /** The recordings among the folders of the videos. */
  readonly recordings: readonly RecordingSource[];
  /** The names of the videos, or of the episodes, which are played for that, in order. */
  readonly list: () => Promise<readonly string[]>;
  /** Content hashes of the videos of these names; of what is played there are none. */
  readonly hash: (names: readonly string[]) => Promise<readonly string[] | undefined>;
  /** The clips of all, and what curation did with each, in the order of the names. Prints what was kept. */
  readonly read: () => Promise<{ readonly clips: ClipStore; readonly videos: readonly VideoReport[] }>;
};

/**
 * Videos, which are cut into clips below `folder` when they are read.
 * @throws DataError without videos, ConfigError for those of test levels.
 */
export async function videoFootage(videos: string, folder: string, config: ClipStoreConfig): Promise<Footage> {
  const paths = await findVideos(videos);
  const names = videoNames(paths);
  await expectTrainingLevels("videos", paths);
  return {
    option: "videos",
    recordings: await findRecordings(paths, names),
    list: () => Promise.resolve(names),
    hash: (some) => hashVideos(paths.filter((_, i) => some.includes(names[i] ?? ""))),
    read: async () => {
      using progress = createProgress({ total: paths.length, label: `reading videos (${await videoDecoder()})` });
      const onProgress = ({ done, video }: BuildProgress) => progress.update(done, { video: basename(video.path) });
      const report = await buildClipStore(folder, paths, config, onProgress);
      progress.finish();
      console.log(formatReport(report));
      return { clips: await ClipStore.open(folder), videos: report.videos };
    },
  };
}

/**
 * The recordings that a file lists. They are played again once they are listed or read: their episodes, names and clips are those
 * that their videos would have.
 * @throws ConfigError for a file that breaks a rule, frames other than the game's, and more of them than memory has room for.
 */
export async function playedFootage(file: string, config: ClipStoreConfig): Promise<Footage> {
  const recordings = await readPlayList(file);
  expectFormat(config);
  expectRoom(recordings, config);
  let played: ReturnType<typeof play> | undefined;
  const videos = () => (played ??= play(recordings, config));
  return {
    option: "play",
    recordings: recordings.map(({ folder, env, player, difficulty, levels, seed, frames }) => {
      return { folder, env, player, difficulty, levels, seed, frames, videos: 0 };
    }),
    list: async () => (await videos()).map(({ name }) => name),
    hash: () => Promise.resolve(undefined),
    read: async () => ({ clips: ClipStore.hold(await videos(), config), videos: await videos() }),
  };
}

async function play(recordings: readonly PlayedRecording[], config: ClipStoreConfig) {
  const total = recordings.reduce((sum, { frames }) => sum + frames, 0);
  let [frames, episodes] = [0, 0];
  using progress = createProgress({ total, label: "playing" });
  const videos = await playRecordings(recordings, config, (episode) => {
    frames += episode.frames;
    episodes += 1;
    progress.update(frames, { episodes });
  });
  progress.finish();
  console.log(formatTotals({ videos }));
  return videos;
}

/** What is played is not scaled: there is nothing to gain from a game in other pixels. */
function expectFormat({ width, height, fps }: ClipStoreConfig): void {
  if (width === VIEW && height === VIEW && fps === FPS) return;
  throw new ConfigError(
    `--play: frames must be the game's, ${VIEW}x${VIEW} at ${FPS} a second, got ${width}x${height} at ${fps} - ` +
      `add --size ${VIEW}x${VIEW} --fps ${FPS}, or choose the preset platformer`,
  );
}

/** Who runs out of memory is killed without a word, minutes later. */
function expectRoom(recordings: readonly PlayedRecording[], config: ClipStoreConfig): void {
  const frames = recordings.reduce((sum, one) => sum + one.frames, 0);
  const [need, free] = [frames * bytesPerFrame(config), freeMemory()];
  if (need <= free) return;
  throw new ConfigError(
    `--play: ${frames} frames must fit into ${bytesText(free)} of memory, got a need of ${bytesText(need)} - list fewer`,
  );
}
