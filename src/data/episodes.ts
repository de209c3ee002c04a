import { existsSync } from "node:fs";
import { DataError } from "../core/errors.ts";
import { concatFrames, type Frames } from "../core/frames.ts";
import { keysPath, readKeyLines } from "./keys.ts";
import { readVideo, type VideoFormat } from "./video.ts";

/** A video of T + 1 frames with the truth about its T steps, as `genie-env record` writes them. */
export type LabelledEpisode = {
  readonly video: string;
  /** uint8 [T + 1, H, W, 3]. */
  readonly frames: Frames;
  /** What the step from frame i to frame i + 1 paid, [T]. */
  readonly rewards: Float32Array;
  /** Whether that step ended the task, 0 or 1, [T]. */
  readonly ends: Uint8Array;
};

/**
 * Reads a video and the rewards and ends beside it.
 * @throws DataError when there are none, or they are not one per step of the video at this rate.
 */
export async function readEpisode(video: string, format: VideoFormat): Promise<LabelledEpisode> {
  const path = keysPath(video);
  if (!existsSync(path)) {
    throw new DataError(
      `episodes: ${video} must have its rewards in ${path}, got no such file - genie-env record writes it`,
    );
  }
  const parts: Frames[] = [];
  for await (const part of readVideo(video, format)) parts.push(part);
  const frames = concatFrames(parts);
  const lines = await readKeyLines(path);
  if (lines.length !== frames.count) {
    throw new DataError(
      `episodes: ${path} must have a line for each of ${frames.count} frames at ${format.fps} a second, got ${lines.length} - ` +
        "record at the world's rate",
    );
  }
  const steps = lines.slice(0, -1);
  const unknown = steps.find(({ reward, terminated }) => reward === undefined || terminated === undefined);
  if (unknown !== undefined) {
    throw new DataError(
      `episodes: ${path}:${unknown.frame + 1} must say \`reward\` and \`terminated\`, got neither or one`,
    );
  }
  return {
    video,
    frames,
    rewards: Float32Array.from(steps, ({ reward = 0 }) => reward),
    ends: Uint8Array.from(steps, ({ terminated = false }) => Number(terminated)),
  };
}
