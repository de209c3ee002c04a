import * as tf from "@tensorflow/tfjs";
import type { HostTensor } from "../core/host-tensor.ts";
import { attentionBias } from "./attention.ts";
import { rotaryTables, rotationMatrices } from "./rotary.ts";
import { headDimOf, type STTransformerConfig, type TemporalContext } from "./st-transformer.ts";

/** Which frames a sequence holds (`positions`), and which of them each may see. */
export type FrameLayout = {
  readonly positions: readonly number[];
  readonly sees: (query: number, key: number) => boolean;
};

/** Frames 0..T-1; each sees itself and at most `window - 1` frames before it. */
export function causalLayout(numFrames: number, window: number): FrameLayout {
  const positions = Array.from({ length: numFrames }, (_, t) => t);
  return { positions, sees: (query, key) => key <= query && query - key < window };
}

/**
 * Two copies of a clip in one sequence: frames 0..T-1 as they were, then frames 1..T-1 with masked tokens. A masked frame
 * sees the clean frames before it and itself, which is exactly what it sees when it is sampled (the paper leaves open how
 * its heavily masked training context and the clean context of play go together).
 */
export function cleanContextLayout(numFrames: number, window: number): FrameLayout {
  const clean = Array.from({ length: numFrames }, (_, t) => t);
  const positions = [...clean, ...clean.slice(1)];
  const at = (frame: number): number => positions[frame] ?? 0;
  return {
    positions,
    sees: (query, key) => {
      const distance = at(query) - at(key);
      if (distance >= window) return false;
      if (query < numFrames) return key < numFrames && distance >= 0;
      return query === key || (key < numFrames && distance > 0);
    },
  };
}

/** The context of whole clips: constants of the graph. */
export function clipContext(config: STTransformerConfig, layout: FrameLayout, tokensPerFrame: number): TemporalContext {
  const { positions, sees } = layout;
  const { cos, sin } = rotaryTables(positions, headDimOf(config));
  const rotations = rotationMatrices({ cos: constant(cos), sin: constant(sin) });
  const bias = attentionBias(positions.length, positions.length, sees);
  return perToken(config, { rotations, bias }, tokensPerFrame);
}

/** With "full" attention the sequence is all tokens of all frames, so each frame's entry is repeated per token. */
export function perToken(
  config: STTransformerConfig,
  context: TemporalContext,
  tokensPerFrame: number,
): TemporalContext {
  if (config.attention !== "full") return context;
  const { bias } = context;
  const rotations = repeat(context.rotations, context.rotations.rank - 3, tokensPerFrame);
  return { rotations, bias: repeat(repeat(bias, bias.rank - 1, tokensPerFrame), bias.rank - 2, tokensPerFrame) };
}

/** Each entry along `axis`, `times` times in a row. */
function repeat(x: tf.Tensor, axis: number, times: number): tf.Tensor {
  const size = x.shape[axis] ?? 1;
  const index = Int32Array.from({ length: size * times }, (_, i) => Math.floor(i / times));
  return tf.gather(x, tf.tensor1d(index, "int32"), axis);
}

/** A host tensor as a constant of the graph that is being built. */
export function constant({ data, shape, dtype }: HostTensor): tf.Tensor {
  return tf.tensor(data, [...shape], dtype);
}
