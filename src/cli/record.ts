import { join } from "node:path";
import { writeFileAtomically } from "../core/atomic-file.ts";
import { createProgress } from "../core/progress.ts";
import { writeAnimation } from "../data/animation.ts";
import { keysPath, type KeyLine } from "../data/keys.ts";
import type { Episode } from "../games/platformer/episodes.ts";
import { ACTIONS } from "../games/platformer/game.ts";
import type { Difficulty } from "../games/platformer/level.ts";
import { FPS } from "../games/platformer/platformer-env.ts";
import type { PlayerName } from "../games/platformer/players.ts";
import { playRecording } from "../games/platformer/recording.ts";
import { makeEmptyFolder } from "./empty-folder.ts";
import { RECORDING_FILE } from "./recordings.ts";
import { INTERRUPTED, untilSignal } from "./until-signal.ts";

/** Options of `genie-env record`. */
export type RecordOptions = {
  readonly env: string;
  readonly player: PlayerName;
  /** Frames of all clips together. */
  readonly frames: number;
  /** The first and the last level. */
  readonly levels: readonly [from: number, to: number];
  readonly difficulty: Difficulty;
  readonly seed: number;
  readonly out: string;
};

/**
 * Plays a game and writes what was seen as videos, an episode each, with the truth beside it: a `.jsonl` of actions,
 * rewards and ends. The videos keep every pixel. The same options write the same files. A signal stops it after a video, with
 * exit status 130.
 * @throws ConfigError when `out` holds anything.
 */
export async function record(options: RecordOptions): Promise<void> {
  const { out, env, frames, ...choices } = options;
  await makeEmptyFolder(out);
  const about = { env, ...choices, frames, fps: FPS, actions: ACTIONS.map(({ name }) => name) };
  await writeAbout(out, about);
  const { clips, written } = await untilSignal((signal) => writeClips(options, signal));
  const isStopped = written < frames;
  if (isStopped) {
    // The options that make again what is there.
    if (written > 0) await writeAbout(out, { ...about, frames: written });
    process.exitCode = INTERRUPTED;
  }
  console.log(`${out}: ${clips} clips, ${written} frames${isStopped ? ` of ${frames}, stopped` : ""}, ${FPS} a second`);
}

function writeAbout(out: string, about: object): Promise<void> {
  return writeFileAtomically(join(out, RECORDING_FILE), `${JSON.stringify(about, null, 2)}\n`);
}

type Written = { readonly clips: number; readonly written: number };

async function writeClips(options: RecordOptions, signal: AbortSignal): Promise<Written> {
  const { out, frames, player, levels, difficulty, seed } = options;
  using progress = createProgress({ total: frames, label: `recording ${player}` });
  let [clips, written, coins] = [0, 0, 0];
  for (const { name, ...episode } of playRecording({ player, levels: [...levels], difficulty, seed, frames })) {
    await writeClip(join(out, `${name}.mp4`), episode);
    clips += 1;
    written += episode.frames.count;
    if ((episode.rewards.at(-1) ?? 0) > 0) coins += 1;
    progress.update(written, { clips, coins });
    if (signal.aborted) break;
  }
  return { clips, written };
}

async function writeClip(path: string, episode: Episode): Promise<void> {
  await writeAnimation(path, episode.frames, { fps: FPS, exact: true });
  await writeFileAtomically(
    keysPath(path),
    linesOf(episode)
      .map((line) => `${JSON.stringify(line)}\n`)
      .join(""),
  );
}

/** A line per frame, about the step that follows it; none follows the last. */
function linesOf({ frames, actions, rewards, terminated, truncated }: Episode): KeyLine[] {
  return Array.from({ length: frames.count }, (_, frame) => {
    const action = actions[frame];
    if (action === undefined) return { frame, keys: [] };
    const isLast = frame === actions.length - 1;
    return {
      frame,
      keys: [...(ACTIONS[action]?.keys ?? [])],
      action,
      reward: rewards[frame] ?? 0,
      terminated: isLast && terminated,
      truncated: isLast && truncated,
    };
  });
}
