import * as tf from "@tensorflow/tfjs";
import { float32, type HostTensor } from "../core/host-tensor.ts";

/** Cosines and sines of the rotary angles of some positions: [..., E / 2] each. */
export type Rotary = { readonly cos: tf.Tensor; readonly sin: tf.Tensor };

const BASE = 10_000;

/**
 * The rotary angles (Su et al. 2021) of absolute frame positions, computed in float64 so that they stay exact however
 * long an episode gets. Returns cosines and sines, each [positions, headDim / 2].
 */
export function rotaryTables(positions: readonly number[], headDim: number): { cos: HostTensor; sin: HostTensor } {
  const half = headDim / 2;
  const angles = positions.flatMap((position) =>
    Array.from({ length: half }, (_, i) => position * BASE ** (-i / half)),
  );
  const shape = [positions.length, half];
  return {
    cos: float32(Float32Array.from(angles, Math.cos), shape),
    sin: float32(Float32Array.from(angles, Math.sin), shape),
  };
}

/**
 * The rotations of some positions as matrices [..., E, E]: x R turns each pair (x_i, x_{i + E/2}) by its angle. One
 * product with a small matrix takes the place of eight passes over memory.
 */
export function rotationMatrices({ cos, sin }: Rotary): tf.Tensor {
  const half = cos.shape.at(-1) ?? 1;
  const diagonal = (x: tf.Tensor) => tf.mul(tf.expandDims(x, -1), tf.eye(half));
  const [c, s] = [diagonal(cos), diagonal(sin)];
  const rows = c.rank - 2;
  return tf.concat([tf.concat([c, s], rows + 1), tf.concat([tf.neg(s), c], rows + 1)], rows);
}

/**
 * Rotates heads x [B, T, N, G, E] by the rotations of their frames, [T, E, E] or [B, T, E, E]; scores then depend on the
 * distance of two positions only.
 */
export function rotate(x: tf.Tensor, rotations: tf.Tensor): tf.Tensor {
  const [b = 1, t = 1, n = 1, g = 1, e = 1] = x.shape;
  const turned = tf.matMul(tf.reshape(x, [b, t, n * g, e]), tf.broadcastTo(rotations, [b, t, e, e]));
  return tf.reshape(turned, x.shape);
}
