import { ConfigError, ShapeError } from "../core/errors.ts";
import { sliceFrames, type Frames } from "../core/frames.ts";

/** Whatever finds the actions in unlabelled video; `GenieWorld` is one. */
export interface LatentActionLabeler {
  /** |A|: latent actions are the integers [0, numActions). */
  readonly numActions: number;
  /** Latent actions int32 [frames - 1] of a clip: what led from each frame to the next. */
  inferActions(clip: Frames): Promise<Int32Array>;
}

/** How a video is cut. */
export type LabelOptions = {
  /** Frames of a clip, 2 or more: all are equally long, as a model is compiled for one length. Default 16. */
  readonly clipLength?: number;
};

/**
 * The latent actions int32 [frames - 1] of a video of any length. It is cut into clips that overlap by half, and of
 * each clip but the first only the second half is asked, so that what a label depends on reaches back at least that far.
 * A video that is shorter than a clip is filled up by its last frame.
 * @throws ConfigError for a clip of less than 2 frames; ShapeError when the labeler returns another number of actions.
 */
export async function labelVideo(
  labeler: LatentActionLabeler,
  video: Frames,
  { clipLength = 16 }: LabelOptions = {},
): Promise<Int32Array> {
  if (!Number.isSafeInteger(clipLength) || clipLength < 2) {
    throw new ConfigError(`labelVideo: clipLength must be an integer from 2 on, got ${clipLength}`);
  }
  const latents = new Int32Array(Math.max(0, video.count - 1));
  const stride = Math.max(1, Math.floor(clipLength / 2));
  for (let known = 0; known < latents.length;) {
    const start = Math.max(0, Math.min(known - (clipLength - 1 - stride), video.count - clipLength));
    const found = await labeler.inferActions(clipAt(video, start, clipLength));
    if (found.length !== clipLength - 1) {
      throw new ShapeError(`labelVideo: ${clipLength} frames must have ${clipLength - 1} actions, got ${found.length}`);
    }
    const end = Math.min(start + clipLength - 1, latents.length);
    latents.set(found.subarray(known - start, end - start), known);
    known = end;
  }
  return latents;
}

function clipAt(video: Frames, start: number, length: number): Frames {
  const count = Math.min(length, video.count - start);
  const clip = sliceFrames(video, start, count);
  if (count === length) return clip;
  const size = clip.data.length / count;
  const data = new Uint8Array(length * size);
  data.set(clip.data);
  for (let i = count; i < length; i++) data.set(clip.data.subarray((count - 1) * size), i * size);
  return { ...clip, count: length, data };
}
