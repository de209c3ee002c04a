import * as tf from "@tensorflow/tfjs";
import type { Ring } from "../compute/engine.ts";
import { int32, type HostTensors } from "../core/host-tensor.ts";
import { MASKED, type KeysValues } from "./attention.ts";
import { param, zeros, type Params } from "./params.ts";
import { rotaryTables, rotationMatrices } from "./rotary.ts";
import { headDimOf, type STTransformerConfig, type TemporalContext } from "./st-transformer.ts";
import { perToken } from "./temporal-context.ts";

/*
 * The exact temporal cache. Temporal attention is causal, so what a past frame put into keys and values never changes:
 * it is computed once and kept. Keys are rotated by their absolute position, so scores depend on distances only and the
 * window can slide without touching what is kept. The slots are a ring: a frame takes the place of the oldest. A row's
 * `age` is the number of frames since its cache was empty: it says where the next frame goes, which slots are in use, and
 * what the next frame's position is.
 */

/** The shape of a cache: rows, positions per frame, and the window in frames (the current frame included). */
export type CacheShape = { readonly numEnvs: number; readonly positions: number; readonly window: number };

/** An empty cache: per block `keys.i` and `values.i` [B, N, G, window - 1, E]. */
export function initCache(config: STTransformerConfig, { numEnvs, positions, window }: CacheShape): HostTensors {
  const state: Record<string, HostTensors[string]> = {};
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

/** How an engine keeps the entries of a cache: a frame's keys and values go to slot `slot` (an input) of the fourth axis. */
export function cacheRings(cache: HostTensors): Record<string, Ring> {
  return Object.fromEntries(Object.keys(cache).map((name) => [name, { axis: 3, slots: "slot" }]));
}

/**
 * What a graph with a cache needs to know of the frame at hand: `age` [B], `slot` [B] (-1 for rows that keep what they
 * have), and the rotary angles `cos` and `sin` [B, E/2]; all from the ages of the rows.
 */
export function frameInputs(
  config: STTransformerConfig,
  ages: Int32Array,
  window: number,
  active?: Uint8Array,
): HostTensors {
  const { cos, sin } = rotaryTables([...ages], headDimOf(config));
  const slots = ages.map((age, row) => (active?.[row] === 0 ? -1 : age % Math.max(1, window - 1)));
  return { age: int32(ages.slice(), [ages.length]), slot: int32(slots, [ages.length]), cos, sin };
}

/** What the frame at hand sees: the frames in the cache, and itself. For `inputs` see `frameInputs`. */
export function cachedContext(
  config: STTransformerConfig,
  cache: Params,
  inputs: Params,
  { positions, window }: Omit<CacheShape, "numEnvs">,
): TemporalContext {
  const age_B = param(inputs, "age");
  const rows = age_B.shape[0] ?? 1;
  // Slot k holds a frame once k < age; behind the slots comes the current frame, which is always seen.
  const needed = Int32Array.from({ length: window }, (_, slot) => (slot + 1) % window);
  const isUsed = tf.lessEqual(tf.tensor1d(needed, "int32"), tf.reshape(age_B, [rows, 1]));
  const bias = tf.reshape(tf.mul(tf.sub(1, tf.cast(isUsed, "float32")), MASKED), [rows, 1, 1, 1, window]);
  const past = Array.from({ length: config.attention === "space" ? 0 : config.numBlocks }, (_, i) => ({
    keys: param(cache, `keys.${i}`),
    values: param(cache, `values.${i}`),
  }));
  const rotary = { cos: param(inputs, "cos"), sin: param(inputs, "sin") };
  const context = { rotations: tf.expandDims(rotationMatrices(rotary), 1), bias, past };
  return { ...context, ...perToken(config, context, positions), past };
}

/** What a frame adds to the cache: `keys.i` and `values.i` [B, N, G, 1, E] of each block. */
export function cacheSlots(blocks: readonly KeysValues[]): Record<string, tf.Tensor> {
  const entries = blocks.flatMap(({ keys, values }, i): [string, tf.Tensor][] => [
    [`keys.${i}`, keys],
    [`values.${i}`, values],
  ]);
  return Object.fromEntries(entries);
}
