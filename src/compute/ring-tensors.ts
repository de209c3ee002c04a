import * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../core/shape.ts";

/**
 * A ring's entry [B, ..., K, ...] with the slots of `fresh` [B, ..., P, ...] in their places; rows with a slot that
 * it has not stay as they are. slots_B: int32 [B].
 */
export function withSlots(entry: tf.Tensor, fresh: tf.Tensor, axis: number, slots_B: tf.Tensor): tf.Tensor {
  const [rows, length = 1, size = 1] = [entry.shape[0], entry.shape[axis], fresh.shape[axis]];
  const inner = sizeOf(entry.shape.slice(axis + 1));
  // Four axes at most: more are tiled on the host by tfjs' WebGPU backend, with what only browsers have.
  const whole = [rows, sizeOf(entry.shape.slice(1, axis)), length, inner];
  const ofSlot = Int32Array.from({ length }, (_, i) => Math.floor(i / size));
  const isHit = tf.equal(
    tf.reshape(tf.tensor1d(ofSlot, "int32"), [1, 1, length, 1]),
    tf.reshape(slots_B, [rows, 1, 1, 1]),
  );
  const tiled = tf.tile(tf.reshape(fresh, whole.with(2, size)), [1, 1, length / size, 1]);
  const next = tf.where(tf.broadcastTo(isHit, whole), tiled, tf.reshape(entry, whole));
  return tf.reshape(next, entry.shape);
}
