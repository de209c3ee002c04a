import { ConfigError, ShapeError } from "../core/errors.ts";
import { areWhole, type Frames } from "../core/frames.ts";
import type { ImageInput } from "../data/image.ts";
import { describe } from "./describe.ts";

/** What an episode starts from: an image of any size, or frames that already have the world's size. */
export type Prompt = ImageInput | Frames;

type FrameShape = readonly [height: number, width: number, channels: 3];

/**
 * The frames of a prompt, fitted to the world's frame.
 * @throws ShapeError for frames of another size; DataError for an image that cannot be read.
 */
export async function readPrompt(prompt: Prompt, frameShape: FrameShape): Promise<Frames> {
  const [height, width] = frameShape;
  if (!isFrames(prompt)) return readImage(prompt, { height, width });
  expectFrames(prompt, frameShape, "prompt");
  return prompt;
}

/** @throws ShapeError unless there are one or more whole frames of this size; `where` begins the message. */
export function expectFrames(frames: Frames, [height, width]: FrameShape, where: string): void {
  const { data, count } = frames;
  if (frames.height === height && frames.width === width && areWhole(frames)) return;
  const got = `${count} of ${frames.width}x${frames.height} in ${describe(data).slice(0, 40)}`;
  throw new ShapeError(
    `${where}: one or more frames of ${width}x${height} RGB are needed, got ${got} - pass an image instead`,
  );
}

/** The frames that each of `count` rows starts from: one prompt, read once, for all, or a list of that length. */
export async function readPrompts(
  prompts: Prompt | readonly Prompt[],
  count: number,
  frameShape: FrameShape,
): Promise<readonly Frames[]> {
  if (!isList(prompts)) return Array.from<Frames>({ length: count }).fill(await readPrompt(prompts, frameShape));
  if (prompts.length === count) return Promise.all(prompts.map((prompt) => readPrompt(prompt, frameShape)));
  throw new ConfigError(`reset: image must be one image or one per environment (${count}), got ${prompts.length}`);
}

/** Whether a value is a list of prompts rather than one. */
export function isList(value: unknown): value is readonly Prompt[] {
  return Array.isArray(value);
}

function isFrames(prompt: Prompt): prompt is Frames {
  return typeof prompt === "object" && "count" in prompt;
}

/** Reading images needs a native library; it is loaded with the first image, so that importing the environment is light. */
async function readImage(image: ImageInput, size: { height: number; width: number }): Promise<Frames> {
  const data = await import("../data/image.ts");
  return data.readImage(image, size);
}
