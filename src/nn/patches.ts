import * as tf from "@tensorflow/tfjs";
import { ConfigError } from "../core/errors.ts";

/** How a frame is cut into square patches. */
export type PatchGrid = { readonly height: number; readonly width: number; readonly patchSize: number };

/** N: patches per frame. @throws ConfigError when the patch size does not divide the frame. */
export function patchesPerFrame({ height, width, patchSize }: PatchGrid): number {
  if (height % patchSize !== 0 || width % patchSize !== 0) {
    throw new ConfigError(
      `patches: the frame must be a multiple of the patch size, got ${width}x${height} and ${patchSize} - ` +
        "choose another frame size",
    );
  }
  return (height / patchSize) * (width / patchSize);
}

/** P: numbers per patch. */
export function patchWidth({ patchSize }: PatchGrid): number {
  return patchSize * patchSize * 3;
}

/** Images [B, T, H, W, 3] cut into patches [B, T, N, P], row by row, values unchanged. */
export function cutPatches(grid: PatchGrid, images_BTHWC: tf.Tensor): tf.Tensor4D {
  const [b = 1, t = 1] = images_BTHWC.shape;
  const patches = cutClips({ ...grid, frames: 1, channels: 3 }, images_BTHWC);
  return tf.reshape(patches, [b, t, patchesPerFrame(grid), patchWidth(grid)]);
}

/** Clips that are cut as one picture each: a patch holds its place in all `frames`. */
export type ClipGrid = PatchGrid & { readonly frames: number; readonly channels: number };

/**
 * Clips [B x frames x H x W x channels] of any rank cut into patches [B, N, frames x patch], row by row, values unchanged,
 * in one pass over the pixels.
 */
export function cutClips({ frames, height, width, channels, patchSize }: ClipGrid, clips: tf.Tensor): tf.Tensor3D {
  const [rows, columns, line] = [height / patchSize, width / patchSize, patchSize * channels];
  const patches =
    frames === 1
      ? tf.transpose(tf.reshape(clips, [-1, rows, patchSize, columns, line]), [0, 1, 3, 2, 4])
      : tf.transpose(tf.reshape(clips, [-1, frames, rows, patchSize, columns, line]), [0, 2, 4, 1, 3, 5]);
  return tf.reshape(patches, [-1, rows * columns, frames * patchSize * line]);
}

/** How bytes become numbers in [-1, 1]: times `scale`, plus `shift`. */
export const BYTES = { scale: 1 / 127.5, shift: -1 } as const;

/** Frames [B, T, H, W, 3] in [0, 255] as patches [B, T, N, P] in [-1, 1], row by row. */
export function toPatches(grid: PatchGrid, frames_BTHWC: tf.Tensor): tf.Tensor4D {
  return tf.sub(tf.mul(cutPatches(grid, frames_BTHWC), BYTES.scale), -BYTES.shift) as tf.Tensor4D;
}

/** Patches [B, T, N, P] put together again, [B, T, H, W, 3], values unchanged. */
export function toImages(grid: PatchGrid, patches_BTNP: tf.Tensor4D): tf.Tensor {
  const { height, width, patchSize } = grid;
  const [b, t] = patches_BTNP.shape;
  const cells = tf.reshape(patches_BTNP, [b * t, height / patchSize, width / patchSize, patchSize, patchSize * 3]);
  return tf.reshape(tf.transpose(cells, [0, 1, 3, 2, 4]), [b, t, height, width, 3]);
}

/** Patches [B, T, N, P] in [-1, 1] as frames [B, T, H, W, 3] in [0, 255], clipped and rounded. */
export function toFrames(grid: PatchGrid, patches_BTNP: tf.Tensor4D): tf.Tensor {
  return tf.round(tf.mul(tf.add(tf.clipByValue(toImages(grid, patches_BTNP), -1, 1), 1), 127.5));
}

/** Frames [B, T, H, W, 3] averaged over squares of `factor` pixels. @throws ConfigError unless both sides are multiples. */
export function shrink(frames_BTHWC: tf.Tensor, factor: number): tf.Tensor {
  if (factor === 1) return frames_BTHWC;
  const [b = 1, t = 1, height = 1, width = 1] = frames_BTHWC.shape;
  const squares = tf.reshape(frames_BTHWC, [(b * t * height) / factor, factor, width / factor, factor, 3]);
  return tf.reshape(tf.mean(squares, [1, 3]), [b, t, height / factor, width / factor, 3]);
}
