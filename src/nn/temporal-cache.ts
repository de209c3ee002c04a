import * as tf from "@tensorflow/tfjs";
import type { HostTensors } from "../core/host-tensor.ts";
import { int32 } from "../core/host-tensor.ts";
import { MASKED, type KeysValues } from "./attention.ts";
import { param, zeros, type Params } from "./params.ts";
import { rotationMatrices, type Rotary } from "./rotary.ts";
import { headDimOf, type STTransformerConfig, type TemporalContext } from "./st-transformer.ts";
import { perToken } from "./temporal-context.ts";

/*
 * The exact temporal cache. Temporal attention is causal, so what a past frame put into keys and values never changes:
 * it is computed once and kept. Keys are rotated by their absolute position, so scores depend on distances only and the
 * window can slide without touching what is kept. Slots are in order of time; `age` counts those in use, from the end.
 */

/** The shape of a cache: rows, positions per frame, and the window in frames (the current frame included). */
export type CacheShape = { readonly numEnvs: number; readonly positions: number; readonly window: number };

/** An empty cache: `age` [B] int32, and per block `keys.i`, `values.i` [B, N, G, window - 1, E]. */
export function initCache(config: STTransformerConfig, { numEnvs, positions, window }: CacheShape): HostTensors {
  const state: Record<string, HostTensors[string]> = { age: int32(new Int32Array(numEnvs), [numEnvs]) };
  if (config.attention === "space") return state;
  const isFull = config.attention === "full";
  const slots = (window - 1) * (isFull ? positions : 1);
  const shape = [numEnvs, isFull ? 1 : positions, config.numHeads, slots, headDimOf(config)];
  for (let i = 0; i < config.numBlocks; i++) {
    state[`keys.${i}`] = zeros(shape);
    state[`values.${i}`] = zeros(shape);
  }
  return state;
}

/** What the next frame sees: the frames in the cache, and itself. rotary: [B, E/2] of its position, row by row. */
export function cachedContext(
  config: STTransformerConfig,
  cache: Params,
  rotary: Rotary,
  { positions, window }: Omit<CacheShape, "numEnvs">,
): TemporalContext {
  const age_B = param(cache, "age");
  const rows = age_B.shape[0] ?? 1;
  const slots = tf.range(0, window, 1, "int32");
  const isUsed = tf.greaterEqual(slots, tf.sub(tf.scalar(window - 1, "int32"), tf.reshape(age_B, [rows, 1])));
  const bias = tf.reshape(tf.mul(tf.sub(1, tf.cast(isUsed, "float32")), MASKED), [rows, 1, 1, 1, window]);
  const past = Array.from({ length: config.attention === "space" ? 0 : config.numBlocks }, (_, i) => ({
    keys: param(cache, `keys.${i}`),
    values: param(cache, `values.${i}`),
  }));
  const context = { rotations: tf.expandDims(rotationMatrices(rotary), 1), bias, past };
  return { ...context, ...perToken(config, context, positions), past };
}

/**
 * The cache after one more frame, whose keys and values `blocks` holds: the oldest frame falls out. Rows where `active_B`
 * (bool) is false keep what they have.
 */
export function appendToCache(
  cache: Params,
  blocks: readonly KeysValues[],
  window: number,
  active_B?: tf.Tensor,
): Record<string, tf.Tensor> {
  const next: Record<string, tf.Tensor> = {};
  for (const [i, block] of blocks.entries()) {
    next[`keys.${i}`] = shifted(param(cache, `keys.${i}`), block.keys);
    next[`values.${i}`] = shifted(param(cache, `values.${i}`), block.values);
  }
  const age = param(cache, "age");
  next["age"] = tf.minimum(tf.add(age, tf.scalar(1, "int32")), tf.scalar(window - 1, "int32"));
  return active_B ? whereActive(active_B, next, cache) : next;
}

/** `next` in active rows, `last` in the others. */
export function whereActive(active_B: tf.Tensor, next: Params, last: Params): Record<string, tf.Tensor> {
  const entries = Object.entries(next).map(([name, tensor]) => {
    const rows = tf.reshape(active_B, [-1, ...tensor.shape.slice(1).map(() => 1)]);
    return [name, tf.where(tf.broadcastTo(rows, tensor.shape), tensor, param(last, name))];
  });
  return Object.fromEntries(entries);
}

function shifted(slots: tf.Tensor, fresh: tf.Tensor): tf.Tensor {
  const dropped = fresh.shape[3] ?? 1;
  const begin = slots.shape.map((_, axis) => (axis === 3 ? dropped : 0));
  const size = slots.shape.map((length, axis) => (axis === 3 ? length - dropped : length));
  return tf.concat([tf.slice(slots, begin, size), fresh], 3);
}
