import { openOnnxNetwork, type NetworkInput, type OnnxNetwork } from "../compute/onnx-file.ts";
import { DataError, ShapeError } from "../core/errors.ts";
import { sliceFrames, type Frames } from "../core/frames.ts";
import { resizeFrames } from "../data/image.ts";
import { frechetDistance, type FeatureRow } from "../metrics/frechet.ts";

/** A Fréchet video distance, and what it was measured on. It is biased upwards: compare equal counts of clips only. */
export type VideoDistance = {
  readonly value: number;
  /** Clips on either side, and the frames of each. */
  readonly clips: number;
  readonly frames: number;
  /** Numbers that the network describes a clip by. */
  readonly features: number;
};

/** How a network wants its clips: in which order, and how large. */
type ClipLayout = {
  readonly channels: "first" | "last";
  readonly frames: number;
  readonly height: number;
  readonly width: number;
};

/** What I3D was trained on, where a file leaves sizes open. */
const [I3D_FRAMES, I3D_SIDE] = [16, 224];

/**
 * Opens a file that `videoDistance` shall measure by and closes it, to tell what is wrong with it before hours of work; on so many
 * videos of so many frames.
 * @throws BackendError, ShapeError for a file that is no such network; DataError where these hold fewer than two of its clips.
 */
export async function checkVideoNetwork(
  path: string,
  videos: { readonly count: number; readonly frames: number },
): Promise<void> {
  const network = await openOnnxNetwork(path);
  try {
    const { frames } = layoutOf(network.input, path);
    expectClips(videos.count * Math.floor(videos.frames / frames), frames);
  } finally {
    await network.close();
  }
}

/**
 * FVD (Unterthiner et al. 2018) by a network from an ONNX file, which is I3D's where the distance shall bear that name.
 * The file has one input, float32 [1 or any, T, H, W, 3] or [1 or any, 3, T, H, W], of RGB in [-1, 1]; open sizes are
 * taken as I3D's 16 frames of 224x224. Its first output [1, ...] is the features of a clip: I3D's logits for FVD. Frames
 * are resized bilinearly; videos are cut into clips of T frames one after another.
 * @throws BackendError, ShapeError for a file that is none such; DataError when videos are shorter than T, or hold fewer
 * than two clips.
 */
export async function videoDistance(
  path: string,
  real: readonly Frames[],
  predicted: readonly Frames[],
  onClip: () => void = () => {},
): Promise<VideoDistance> {
  const network = await openOnnxNetwork(path);
  try {
    const layout = layoutOf(network.input, path);
    const rowsOf = (videos: readonly Frames[]) =>
      describeClips(network, clipsOf(videos, layout.frames), layout, onClip);
    const [a, b] = [await rowsOf(real), await rowsOf(predicted)];
    const value = frechetDistance(a, b);
    return { value, clips: b.length, frames: layout.frames, features: b[0]?.length ?? 0 };
  } finally {
    await network.close();
  }
}

function layoutOf({ name, shape }: NetworkInput, path: string): ClipLayout {
  const [rows, first, second, third, last] = shape;
  const isLast = last === 3;
  const fits = shape.length === 5 && (rows === null || rows === 1) && (isLast || first === 3);
  if (!fits) {
    const got = `[${shape.map((size) => size ?? "any").join(", ")}]`;
    throw new ShapeError(
      `${path}: input ${name} must be [1, frames, height, width, 3] or [1, 3, frames, height, width], got ${got} - export it so`,
    );
  }
  const [frames, height, width] = isLast ? [first, second, third] : [second, third, last];
  return {
    channels: isLast ? "last" : "first",
    frames: frames ?? I3D_FRAMES,
    height: height ?? I3D_SIDE,
    width: width ?? I3D_SIDE,
  };
}

function clipsOf(videos: readonly Frames[], length: number): Frames[] {
  const clips = videos.flatMap((video) =>
    Array.from({ length: Math.floor(video.count / length) }, (_, i) => sliceFrames(video, i * length, length)),
  );
  expectClips(clips.length, length);
  return clips;
}

function expectClips(count: number, length: number): void {
  if (count >= 2) return;
  throw new DataError(`fvd: videos must hold two clips of ${length} frames, got ${count} - give more or longer ones`);
}

async function describeClips(
  network: OnnxNetwork,
  clips: readonly Frames[],
  layout: ClipLayout,
  onClip: () => void,
): Promise<FeatureRow[]> {
  const { frames, height, width, channels } = layout;
  const shape = channels === "last" ? [1, frames, height, width, 3] : [1, 3, frames, height, width];
  const rows: FeatureRow[] = [];
  for (const clip of clips) {
    const { data } = await resizeFrames(clip, { height, width });
    // Copied: the runtime may use its output's memory again.
    rows.push(Float64Array.from((await network.run(toInput(data, channels), shape)).data));
    onClip();
  }
  return rows;
}

/** Bytes [T, H, W, 3] as numbers in [-1, 1], channels where the network wants them. */
function toInput(data: Uint8Array, channels: ClipLayout["channels"]): Float32Array {
  if (channels === "last") return Float32Array.from(data, (value) => value / 127.5 - 1);
  const pixels = data.length / 3;
  const planes = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) planes[(i % 3) * pixels + Math.floor(i / 3)] = (data[i] ?? 0) / 127.5 - 1;
  return planes;
}
