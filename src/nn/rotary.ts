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

/** Turns each pair (x_i, x_{i + E/2}) by its angle; scores then depend on the distance of two positions only. */
export function rotate(x: tf.Tensor, { cos, sin }: Rotary): tf.Tensor {
  const [a, b] = tf.split(x, 2, x.rank - 1);
  if (!a || !b) return x;
  return tf.concat([tf.sub(tf.mul(a, cos), tf.mul(b, sin)), tf.add(tf.mul(b, cos), tf.mul(a, sin))], x.rank - 1);
}
