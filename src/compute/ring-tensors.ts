import * as tf from "@tensorflow/tfjs";

/**
 * A ring's entry [B, ..., K, ...] with the slots of `fresh` [B, ..., P, ...] in their places; rows with a negative slot
 * stay as they are. slots_B: int32 [B].
 */
export function withSlots(entry: tf.Tensor, fresh: tf.Tensor, axis: number, slots_B: tf.Tensor): tf.Tensor {
  const [length = 1, size = 1] = [entry.shape[axis], fresh.shape[axis]];
  const along = (n: number) => entry.shape.map((_, i) => (i === axis ? n : 1));
  const ofSlot = Int32Array.from({ length }, (_, i) => Math.floor(i / size));
  const rows = tf.reshape(
    slots_B,
    entry.shape.map((_, i) => (i === 0 ? -1 : 1)),
  );
  const isHit = tf.equal(tf.reshape(tf.tensor1d(ofSlot, "int32"), along(length)), rows);
  return tf.where(tf.broadcastTo(isHit, entry.shape), tf.tile(fresh, along(length / size)), entry);
}
