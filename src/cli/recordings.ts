import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join, posix } from "node:path";
import type { z } from "zod";
import { ConfigError, DataError } from "../core/errors.ts";
import { TEST_LEVELS, TRAINING_LEVELS } from "../games/platformer/platformer-env.ts";
import { RecordingSource } from "../model/provenance.ts";

/** The file that says what a folder of recorded videos is; `genie-env record` writes it. */
export const RECORDING_FILE = "recording.json";

const Recording = RecordingSource.omit({ folder: true, videos: true }).loose();

/**
 * The recordings among the folders of some videos, by these videos' names.
 * @throws DataError when a folder's `recording.json` is damaged.
 */
export async function findRecordings(
  videos: readonly string[],
  names: readonly string[],
): Promise<readonly RecordingSource[]> {
  const found = new Map<string, RecordingSource>();
  for (const [i, video] of videos.entries()) {
    const home = dirname(video);
    if (found.has(home)) continue;
    const about = await readRecording(home);
    if (about === null) continue;
    const parent = posix.dirname(names[i] ?? "");
    const { env, player, difficulty, levels, seed, frames } = about;
    const folder = parent === "." ? "" : parent;
    found.set(home, { folder, env, player, difficulty, levels, seed, frames, videos: 0 });
  }
  return [...found.values()];
}

/**
 * Recordings of test levels are for measuring. One that lies without its `recording.json` is known by the names that
 * `genie-env record` gives.
 * @throws ConfigError when a video of some is to be learnt from; DataError when a folder's `recording.json` is damaged.
 */
export async function expectTrainingLevels(option: string, videos: readonly string[]): Promise<void> {
  const [, last] = TRAINING_LEVELS;
  const other = (await findRecordings(videos, videos)).find(({ levels }) => levels[1] > last);
  const test = videos.find((path) => (recordedLevel(path) ?? 0) >= TEST_LEVELS[0]);
  if (other === undefined && test === undefined) return;
  const got = other === undefined ? test : `${other.levels.join("..")} in its ${RECORDING_FILE}`;
  throw new ConfigError(`--${option}: must be of training levels, 0..${last}, got ${got} - record others`);
}

/** The level that a video of `genie-env record` shows, by its name; undefined for other names. */
export function recordedLevel(path: string): number | undefined {
  const [, level] = /-level-(\d+)\.[^.]+$/.exec(basename(path)) ?? [];
  return level === undefined ? undefined : Number(level);
}

/** What the recording in a folder says of itself; null where there is none. @throws DataError when it is damaged. */
export async function readRecording(folder: string): Promise<z.infer<typeof Recording> | null> {
  const path = join(folder, RECORDING_FILE);
  if (!existsSync(path)) return null;
  try {
    return Recording.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    throw new DataError(`${path}: must say what was recorded, got ${String(error)} - record again`, { cause: error });
  }
}
