import { concatFrames, sliceFrames, type Frames } from "../core/frames.ts";
import type { GenieWorld } from "./genie-world.ts";

/** Where a stretch of `length` frames begins, and the first of its transitions that counts. */
type Stretch = { readonly start: number; readonly from: number };

/**
 * Latent actions int32 [frames - 1] of a video of any length: in stretches as long as the clips of training, of which the
 * later halves count, so that each action is told from half a stretch of past at least, wherever there is one.
 */
export async function inferVideoActions(
  world: Pick<GenieWorld, "config" | "inferActions">,
  video: Frames,
  onStretch: () => void = () => {},
): Promise<Int32Array> {
  const length = world.config.numFrames;
  const actions = new Int32Array(Math.max(0, video.count - 1));
  for (const { start, from } of stretches(video.count, length)) {
    const inferred = await world.inferActions(padded(video, start, length));
    const end = Math.min(actions.length, start + length - 1);
    actions.set(inferred.subarray(from - start, end - start), from);
    onStretch();
  }
  return actions;
}

function stretches(count: number, length: number): Stretch[] {
  const stride = Math.max(1, Math.floor(length / 2));
  const starts = [0];
  while ((starts.at(-1) ?? 0) + length < count) starts.push((starts.at(-1) ?? 0) + stride);
  return starts.map((start, i) => ({ start, from: i === 0 ? 0 : (starts[i - 1] ?? 0) + length - 1 }));
}

/** `length` frames from `start` on, the last one repeated where the video ends: no action knows what comes after it. */
function padded(video: Frames, start: number, length: number): Frames {
  const have = Math.min(length, video.count - start);
  const last = sliceFrames(video, video.count - 1);
  return concatFrames([sliceFrames(video, start, have), ...new Array<Frames>(length - have).fill(last)]);
}
