import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findRecorded, readRecorded, type RecordedEpisode } from "../src/cli/recorded-episodes.ts";
import { findVideos } from "../src/data/find-videos.ts";
import type { Difficulty } from "../src/games/platformer/level.ts";

const bin = join(import.meta.dirname, "..", "bin", "genie-env.mjs");
const RECORDING = ["--env", "Platformer-v0", "--levels", "1000000..1000999", "--frames", "6000"];

/** Episodes of a player on test levels of the Platformer, recorded anew each time by the command; the videos are gone afterwards. */
export async function recordEpisodes(player: string, difficulty: Difficulty, seed: number): Promise<RecordedEpisode[]> {
  const folder = mkdtempSync(join(tmpdir(), "genie-env-episodes-"));
  try {
    const how = ["--player", player, "--difficulty", difficulty, "--seed", `${seed}`, "--out", folder];
    execFileSync(process.execPath, [bin, "record", ...RECORDING, ...how], { stdio: ["ignore", 2, 2] });
    const episodes: RecordedEpisode[] = [];
    for (const video of await findRecorded(await findVideos(folder))) {
      episodes.push(await readRecorded(video, { width: 64, height: 64, fps: 15 }));
    }
    return episodes;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
