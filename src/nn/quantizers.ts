import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { embed, straightThrough, stopGradient, sumRows } from "./ops.ts";
import { constantly, normal, param, type Params, type ParamSpecs } from "./params.ts";

/** Finite scalar quantisation (Mentzer et al. 2023): each number of a latent is rounded to one of a few levels. */
export const FSQConfig = z.strictObject({
  kind: z.literal("fsq"),
  levels: z.array(z.int().min(2)).min(1).default([8, 5, 5, 5]).describe("levels per dimension; their product is K"),
});

/** Vector quantisation (van den Oord et al. 2017) with a codebook that follows its latents by moving averages. */
export const VQConfig = z.strictObject({
  kind: z.literal("vq"),
  codebookSize: z.int().min(2).default(1024).describe("codes K"),
  codeDim: z.int().positive().default(32).describe("width L of a code"),
  cosine: z.boolean().default(true).describe("compare directions: latents and codes are scaled to length one"),
  decay: z.number().min(0).lt(1).default(0.99).describe("of the moving averages, per update"),
  commitment: z.number().min(0).default(0.25).describe("weight of the pull of a latent towards its code"),
  deadAfter: z
    .number()
    .positive()
    .default(0.02)
    .describe("a code used less often than this share of its fair part restarts"),
});

export const QuantizerConfig = z.discriminatedUnion("kind", [FSQConfig, VQConfig]);
export type QuantizerConfig = z.infer<typeof QuantizerConfig>;
type VQ = z.infer<typeof VQConfig>;
type FSQ = z.infer<typeof FSQConfig>;

/** Latents replaced by codes. Shapes: latents [..., L], indices [...] int32 in [0, K). */
export type Quantized = {
  /** The codes, with the gradient of the latents (straight-through). */
  readonly codes: tf.Tensor;
  readonly indices: tf.Tensor;
  /** What the quantiser adds to the training loss. */
  readonly loss: tf.Scalar;
  /** Next values of parameters that do not learn by gradient (the moving averages); empty for FSQ. */
  readonly updates: Readonly<Record<string, tf.Tensor>>;
};

/** K: how many codes there are. */
export function codebookSize(config: QuantizerConfig): number {
  return config.kind === "vq" ? config.codebookSize : config.levels.reduce((product, level) => product * level, 1);
}

/** L: how many numbers a latent has. */
export function codeDim(config: QuantizerConfig): number {
  return config.kind === "vq" ? config.codeDim : config.levels.length;
}

/** Parameters that the moving averages own: they are replaced, never trained. Their names start with `ema.`. */
export function quantizerParams(config: QuantizerConfig): ParamSpecs {
  if (config.kind === "fsq") return {};
  const { codebookSize: size, codeDim: width } = config;
  // The codebook is the sum divided by the count, so they start equal.
  const codebook = { ...normal([size, width], 1 / Math.sqrt(width)), stream: "codebook" };
  return {
    "ema.codebook": codebook,
    "ema.sum": codebook,
    "ema.count": constantly(1, [size]),
    // What share of its fair part a code was used for lately; starts at 1 so that no code is dead at birth.
    "ema.usage": constantly(1, [size]),
  };
}

/**
 * Replaces each latent by its code. While training, `restarts_K` (uniforms in [0, 1)) says which latent of the batch a
 * dead code restarts from; without it the codebook stays as it is.
 */
export function quantize(
  config: QuantizerConfig,
  params: Params,
  name: string,
  latents: tf.Tensor,
  restarts_K?: tf.Tensor,
): Quantized {
  return config.kind === "fsq" ? fsq(config, latents) : vq(config, params, name, latents, restarts_K);
}

/** The codes [..., L] of indices [...]. */
export function lookUpCodes(config: QuantizerConfig, params: Params, name: string, indices: tf.Tensor): tf.Tensor {
  const table = config.kind === "fsq" ? fsqTable(config) : vqTable(config, param(params, `${name}.ema.codebook`));
  return tf.gather(table, tf.cast(indices, "int32"));
}

/** Levels are spread over [-1, 1]: level i of n is 2 i / (n - 1) - 1. */
function fsq({ levels }: FSQ, latents: tf.Tensor): Quantized {
  const steps = tf.tensor1d(levels.map((level) => level - 1));
  const unit = tf.mul(tf.add(tf.tanh(latents), 1), 0.5);
  const grid = tf.round(tf.mul(stopGradient(unit), steps));
  const codes = straightThrough(tf.tanh(latents), tf.sub(tf.mul(tf.div(grid, steps), 2), 1));
  const indices = tf.cast(tf.sum(tf.mul(grid, tf.tensor1d(strides(levels))), -1), "int32");
  return { codes, indices, loss: tf.scalar(0), updates: {} };
}

/** How far apart two neighbours in a dimension are in the index: the first dimension varies fastest. */
function strides(levels: readonly number[]): number[] {
  return levels.map((_, i) => levels.slice(0, i).reduce((product, level) => product * level, 1));
}

function fsqTable(config: FSQ): tf.Tensor {
  const { levels } = config;
  const rows = Array.from({ length: codebookSize(config) }, (_, index) =>
    levels.map((level, i) => {
      const digit = Math.floor(index / (strides(levels)[i] ?? 1)) % level;
      return (2 * digit) / (level - 1) - 1;
    }),
  );
  return tf.tensor2d(rows);
}

function vqTable({ cosine }: VQ, codebook_KL: tf.Tensor): tf.Tensor {
  return cosine ? unitLength(codebook_KL) : codebook_KL;
}

function unitLength(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, tf.rsqrt(tf.add(tf.sum(tf.square(x), -1, true), 1e-8)));
}

function vq(config: VQ, params: Params, name: string, latents: tf.Tensor, restarts_K?: tf.Tensor): Quantized {
  const z = config.cosine ? unitLength(latents) : latents;
  const z_ML = stopGradient(tf.reshape(z, [-1, config.codeDim]) as tf.Tensor2D);
  const table_KL = vqTable(config, param(params, `${name}.ema.codebook`)) as tf.Tensor2D;
  const indices_M = nearest(z_ML, table_KL);
  // `embed`, since the gradient of a plain gather would look for one of its indices, which come from the latents.
  const chosen = tf.reshape(embed(table_KL, indices_M), z.shape);
  const commitment = tf.mean(tf.squaredDifference(z, stopGradient(chosen)));
  return {
    codes: straightThrough(z, chosen),
    indices: tf.reshape(indices_M, z.shape.slice(0, -1)),
    loss: tf.mul(commitment, config.commitment) as tf.Scalar,
    updates: restarts_K ? movingAverages(config, params, name, z_ML, indices_M, restarts_K) : {},
  };
}

/** The code at the smallest distance; |z|^2 is the same for all codes. */
function nearest(z_ML: tf.Tensor2D, table_KL: tf.Tensor2D): tf.Tensor1D {
  const closeness = tf.sub(tf.matMul(z_ML, table_KL, false, true), tf.mul(tf.sum(tf.square(table_KL), -1), 0.5));
  return tf.cast(tf.argMax(closeness, -1), "int32") as tf.Tensor1D;
}

function movingAverages(
  { codebookSize: size, codeDim: width, decay, deadAfter }: VQ,
  params: Params,
  name: string,
  z_ML: tf.Tensor2D,
  indices_M: tf.Tensor1D,
  restarts_K: tf.Tensor,
): Record<string, tf.Tensor> {
  const of = (key: string) => param(params, `${name}.ema.${key}`);
  const [numLatents] = z_ML.shape;
  const hits_K = tf.reshape(sumRows(tf.ones([numLatents, 1]), indices_M, size), [size]);
  const sums_KL = sumRows(z_ML, indices_M, size);
  const blend = (old: tf.Tensor, now: tf.Tensor) => tf.add(tf.mul(old, decay), tf.mul(now, 1 - decay));
  const usage = blend(of("usage"), tf.mul(hits_K, size / numLatents));
  const dead_K1 = tf.expandDims(tf.less(usage, deadAfter), -1);
  const source_K = tf.cast(tf.floor(tf.mul(restarts_K, numLatents)), "int32");
  const fresh_KL = tf.gather(z_ML, source_K);
  const count = tf.where(tf.squeeze(dead_K1, [1]), tf.ones([size]), blend(of("count"), hits_K));
  const sum = tf.where(tf.tile(dead_K1, [1, width]), fresh_KL, blend(of("sum"), sums_KL));
  const codebook = tf.div(sum, tf.maximum(tf.expandDims(count, -1), 1e-5));
  return {
    [`${name}.ema.codebook`]: codebook,
    [`${name}.ema.sum`]: sum,
    [`${name}.ema.count`]: count,
    [`${name}.ema.usage`]: tf.where(tf.squeeze(dead_K1, [1]), tf.ones([size]), usage),
  };
}

/** Whether a parameter is a moving average, which updates replace and gradients never touch. */
export function isMovingAverage(parameterName: string): boolean {
  return parameterName.includes(".ema.");
}
