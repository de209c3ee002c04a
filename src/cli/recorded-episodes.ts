import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { DataError } from "../core/errors.ts";
import { readEpisode, type LabelledEpisode } from "../data/episodes.ts";
import { keysPath, readKeyLines } from "../data/keys.ts";
import type { VideoFormat } from "../data/video.ts";
import { ACTIONS } from "../games/platformer/game.ts";
import { DIFFICULTIES, type Difficulty } from "../games/platformer/level.ts";
import type { RecordingSource } from "../model/provenance.ts";
import { readRecording, recordedLevel } from "./recordings.ts";

const GAME = "Platformer-v0";

/** A recorded episode of the Platformer: what was seen, and the truth of its T steps. */
export type RecordedEpisode = LabelledEpisode & {
  readonly level: number;
  readonly difficulty: Difficulty;
  /** In [0, 7), [T]. */
  readonly actions: Int32Array;
};

/** The videos that `genie-env record` made of the Platformer: those with a truth to measure against. */
export async function findRecorded(videos: readonly string[]): Promise<RecordedVideo[]> {
  const folders = new Map<string, Difficulty | null>();
  const found: RecordedVideo[] = [];
  for (const path of videos) {
    const folder = dirname(path);
    const difficulty = folders.has(folder) ? folders.get(folder) : await readDifficulty(folder);
    folders.set(folder, difficulty ?? null);
    const level = recordedLevel(path);
    if (difficulty && level !== undefined && existsSync(keysPath(path))) found.push({ path, difficulty, level });
  }
  return found;
}

/** A video with a truth, not read yet. */
export type RecordedVideo = { readonly path: string; readonly level: number; readonly difficulty: Difficulty };

/** Those of the videos whose levels a world may have been trained on, by the recordings that it was: other plays of them. */
export function ofKnownLevels(
  videos: readonly RecordedVideo[],
  recordings: readonly Pick<RecordingSource, "env" | "difficulty" | "levels">[],
): readonly RecordedVideo[] {
  return videos.filter(({ level, difficulty }) =>
    recordings.some(
      ({ env, difficulty: known, levels: [from, to] }) =>
        env === GAME && known === difficulty && from <= level && level <= to,
    ),
  );
}

/** Of the recording in a folder; null where there is none, or it is of another game. */
async function readDifficulty(folder: string): Promise<Difficulty | null> {
  const recording = await readRecording(folder);
  if (recording?.env !== GAME) return null;
  return DIFFICULTIES.find((known) => known === recording.difficulty) ?? null;
}

/**
 * Reads a recorded video and the truth beside it.
 * @throws DataError when the truth is not one action, reward and end per step of the video at this rate.
 */
export async function readRecorded(video: RecordedVideo, format: VideoFormat): Promise<RecordedEpisode> {
  const { path, level, difficulty } = video;
  const episode = await readEpisode(path, format);
  const lines = (await readKeyLines(keysPath(path))).slice(0, -1);
  const actions = Int32Array.from(lines, ({ action = -1 }) => action);
  const other = actions.findIndex((action) => action < 0 || action >= ACTIONS.length);
  if (other < 0) return { ...episode, level, difficulty, actions };
  throw new DataError(
    `recordings: ${keysPath(path)}:${other + 1} must say an action in [0, ${ACTIONS.length}), got ${lines[other]?.action ?? "none"}`,
  );
}
