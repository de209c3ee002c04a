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
 * window can slide without touching what is kept. The slots are a ring: a frame takes the place of the oldest, and `age`
 * counts the frames since the cache was empty, so it says both where the next one goes and which slots are in use.
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
  // Slot k holds a frame once k < age; behind the slots comes the current frame, which is always seen.
  const needed = Int32Array.from({ length: window }, (_, slot) => (slot + 1) % window);
  const isUsed = tf.lessEqual(tf.tensor1d(needed, "int32"), tf.reshape(age_B, [rows, 1]));
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
  const age_B = param(cache, "age");
  const slot_B = tf.mod(age_B, tf.scalar(window - 1, "int32"));
  const next: Record<string, tf.Tensor> = { age: tf.add(age_B, tf.scalar(1, "int32")) };
  for (const [i, block] of blocks.entries()) {
    next[`keys.${i}`] = placed(param(cache, `keys.${i}`), block.keys, slot_B);
    next[`values.${i}`] = placed(param(cache, `values.${i}`), block.values, slot_B);
  }
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

/** The slots [B, N, G, K, E] with the entries of one frame, [B, N, G, P, E], in the place of each row's frame `slot_B`. */
function placed(slots: tf.Tensor, fresh: tf.Tensor, slot_B: tf.Tensor): tf.Tensor {
  const [b = 1, n = 1, g = 1, p = 1, e = 1] = fresh.shape;
  const perRow = n * g * p;
  // Where the entries go if every slot is the first: row, position, head, and entry within the frame.
  const corners = Array.from({ length: b * perRow }, (_, i) => [
    Math.floor(i / perRow),
    Math.floor(i / (g * p)) % n,
    Math.floor(i / p) % g,
    i % p,
  ]);
  const offsets = tf.mul(tf.reshape(slot_B, [b, 1, 1]), tf.tensor1d([0, 0, 0, p], "int32"));
  const places = tf.add(tf.tensor3d(corners.flat(), [b, perRow, 4], "int32"), offsets);
  return tf.tensorScatterUpdate(slots, tf.reshape(places, [-1, 4]), tf.reshape(fresh, [-1, e]));
}
