import * as tf from "@tensorflow/tfjs";
import { cutPatches, toImages, type PatchGrid } from "../nn/patches.ts";

/** How far a patch may have moved since the frame before, in pixels up and down, and to either side. */
export type Reach = readonly [rows: number, columns: number];

/** S: how many displacements lie within reach; the middle one is none. */
export function numDisplacements([rows, columns]: Reach): number {
  return (2 * rows + 1) * (2 * columns + 1);
}

/**
 * Patches [B, T, N, S, P] of frames that moved, one for each displacement within reach; what comes in at the border is
 * mirrored. patches: [B, T, N, P].
 */
export function displaced(grid: PatchGrid, patches_BTNP: tf.Tensor4D, [rows, columns]: Reach): tf.Tensor5D {
  const { height, width } = grid;
  const [b, t, n, p] = patches_BTNP.shape;
  const images = tf.reshape(toImages(grid, patches_BTNP), [b * t, height, width, 3]) as tf.Tensor4D;
  const padded = tf.mirrorPad(
    images,
    [
      [0, 0],
      [rows, rows],
      [columns, columns],
      [0, 0],
    ],
    "symmetric",
  );
  const moved = offsets([rows, columns]).map(([y, x]) => {
    const window = tf.slice(padded, [0, y, x, 0], [b * t, height, width, 3]);
    return tf.reshape(cutPatches(grid, tf.reshape(window, [b, t, height, width, 3])), [b, t, n, 1, p]);
  });
  return tf.concat(moved, 3) as tf.Tensor5D;
}

function offsets([rows, columns]: Reach): [y: number, x: number][] {
  const count = 2 * columns + 1;
  const places = Array.from({ length: numDisplacements([rows, columns]) }, (_, i) => i);
  return places.map((i) => [Math.floor(i / count), i % count]);
}

/** Sharpness of the match: errors are mean squares of values in [-1, 1], and most patches that moved are off by 0.02 to 0.2. */
const SHARPNESS = 50;

/**
 * Where each patch came from: weights [B, T, N, S] of the displacements of the frame before, by how well they explain the
 * patch (a correlation layer, as in FlowNet, Dosovitskiy et al. 2015). Even for the first frame, which has none before it.
 */
export function matchMotion(grid: PatchGrid, patches_BTNP: tf.Tensor4D, reach: Reach): tf.Tensor4D {
  const [b, t, n, p] = patches_BTNP.shape;
  const s = numDisplacements(reach);
  const before = tf.slice(patches_BTNP, [0, 0, 0, 0], [b, t - 1, n, p]);
  const after = tf.slice(patches_BTNP, [0, 1, 0, 0], [b, t - 1, n, p]);
  const errors = tf.mean(tf.squaredDifference(displaced(grid, before, reach), tf.expandDims(after, 3)), -1);
  return tf.concat([tf.fill([b, 1, n, s], 1 / s), tf.softmax(tf.mul(errors, -SHARPNESS))], 1) as tf.Tensor4D;
}

/**
 * Patches [B, T, N, P] as mixtures of displaced ones (Finn et al. 2016, "dynamic neural advection", per patch). scores
 * [B, T, N, S]: zeros mean that most of a patch stays where it is.
 */
export function movePatches(
  grid: PatchGrid,
  patches_BTNP: tf.Tensor4D,
  scores_BTNS: tf.Tensor4D,
  reach: Reach,
): tf.Tensor4D {
  const [b, t, n, p] = patches_BTNP.shape;
  const s = numDisplacements(reach);
  const weights = tf.softmax(tf.add(scores_BTNS, staying(s)));
  const rows = tf.reshape(displaced(grid, patches_BTNP, reach), [b * t * n, s, p]);
  return tf.reshape(tf.matMul(tf.reshape(weights, [b * t * n, 1, s]), rows), [b, t, n, p]);
}

function staying(s: number): tf.Tensor1D {
  return tf.tensor1d(Array.from({ length: s }, (_, i) => (i === (s - 1) / 2 ? 3 : 0)));
}
