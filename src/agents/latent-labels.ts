import { ConfigError, ShapeError } from "../core/errors.ts";
import { sliceFrames, type Frames } from "../core/frames.ts";

/** Whatever finds the actions in unlabelled video; `GenieWorld` is one. */
export interface LatentActionLabeler {
  /** |A|: latent actions are the integers [0, numActions). */
  readonly numActions: number;
  /** Latent actions int32 [frames - 1] of a clip: what led from each frame to the next. */
  inferActions(clip: Frames): Promise<Int32Array>;
}

/** A step of a video: its latent action, and features, float32 [D], of what led to it. */
export type DescribedStep = { readonly action: number; readonly features: Float32Array };

/** Whatever also tells what its latent actions leave out; `GenieWorld` does. */
export interface StepDescriber extends LatentActionLabeler {
  /** The steps of a clip, [frames - 1]: what led from each frame to the next. */
  describeActions(clip: Frames): Promise<readonly DescribedStep[]>;
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
  options: LabelOptions = {},
): Promise<Int32Array> {
  return Int32Array.from(await askOfClips(video, options, async (clip) => [...(await labeler.inferActions(clip))]));
}

/** As `labelVideo`, with the features of each step: [frames - 1]. */
export function describeVideo(
  describer: StepDescriber,
  video: Frames,
  options: LabelOptions = {},
): Promise<readonly DescribedStep[]> {
  return askOfClips(video, options, (clip) => describer.describeActions(clip));
}

async function askOfClips<Answer>(
  video: Frames,
  { clipLength = 16 }: LabelOptions,
  ask: (clip: Frames) => Promise<readonly Answer[]>,
): Promise<readonly Answer[]> {
  if (!Number.isSafeInteger(clipLength) || clipLength < 2) {
    throw new ConfigError(`labelVideo: clipLength must be an integer from 2 on, got ${clipLength}`);
  }
  const answers: Answer[] = [];
  const count = Math.max(0, video.count - 1);
  const stride = Math.max(1, Math.floor(clipLength / 2));
  while (answers.length < count) {
    const known = answers.length;
    const start = Math.max(0, Math.min(known - (clipLength - 1 - stride), video.count - clipLength));
    const found = await ask(clipAt(video, start, clipLength));
    if (found.length !== clipLength - 1) {
      throw new ShapeError(`labelVideo: ${clipLength} frames must have ${clipLength - 1} actions, got ${found.length}`);
    }
    answers.push(...found.slice(known - start, Math.min(start + clipLength - 1, count) - start));
  }
  return answers;
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
