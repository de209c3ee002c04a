import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import type { z } from "zod";
import { ConfigError, DataError } from "../core/errors.ts";
import { TRAINING_LEVELS } from "../games/platformer/platformer-env.ts";
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

/** Recordings of test levels are for measuring. @throws ConfigError when videos of some are to be trained on. */
export function expectTrainingLevels(option: string, recordings: readonly RecordingSource[]): void {
  const [, last] = TRAINING_LEVELS;
  const other = recordings.find(({ levels }) => levels[1] > last);
  if (other === undefined) return;
  throw new ConfigError(
    `--${option}: must be of training levels, 0..${last}, got ${other.levels.join("..")} in its ${RECORDING_FILE} - ` +
      "record others",
  );
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
