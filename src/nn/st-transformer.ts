import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { attend, type KeysValues } from "./attention.ts";
import { linear, linearParams } from "./linear.ts";
import { rmsNorm, squaredRelu, unitNorm } from "./ops.ts";
import { param, type Params, type ParamSpecs, withPrefix } from "./params.ts";
import { rotate } from "./rotary.ts";

/** The ST-transformer of Genie, section 2: spatial attention, causal temporal attention, one feed-forward layer. */
export const STTransformerConfig = z
  .strictObject({
    numBlocks: z
      .int()
      .positive()
      .max(1024)
      .default(4)
      .describe("blocks of spatial attention, temporal attention, feed-forward"),
    modelDim: z.int().positive().default(128).describe("width D of every token"),
    numHeads: z.int().positive().default(4).describe("attention heads G"),
    headDim: z.int().positive().optional().describe("width E of a head; D / G when left out"),
    feedForwardDim: z.int().positive().optional().describe("width of the feed-forward layer; 4 D when left out"),
    attention: z
      .enum(["space-time", "space", "full"])
      .default("space-time")
      .describe("factorised (ST-ViViT), within a frame only (ViT), or over all tokens so far (C-ViViT)"),
  })
  .refine((c) => c.headDim !== undefined || c.modelDim % c.numHeads === 0, {
    path: ["numHeads"],
    error: "modelDim must be a multiple of numHeads, or headDim must be given",
  })
  .refine((c) => headDimOf(c) % 2 === 0, {
    path: ["headDim"],
    error: "the width of a head must be even (rotary pairs)",
  });
export type STTransformerConfig = z.infer<typeof STTransformerConfig>;

/** The width E of a head. */
export function headDimOf(config: { modelDim: number; numHeads: number; headDim?: number | undefined }): number {
  return config.headDim ?? config.modelDim / config.numHeads;
}

/** What temporal attention may see. */
export type TemporalContext = {
  /** Rotations of the frames that come in: [T, E, E], or [B, T, E, E] where rows are at different positions. */
  readonly rotations: tf.Tensor;
  /** Added to the scores; broadcastable to [B, N, G, T, past + T]. */
  readonly bias: tf.Tensor;
  /** Keys and values of past frames, one per block: [B, N, G, past, E], already rotated. With them, a single frame comes in. */
  readonly past?: readonly KeysValues[];
};

/** Some of the tokens [B, T, N, D], as [..., D]. */
export type Take = (tokens_BTND: tf.Tensor4D) => tf.Tensor;

/**
 * The output tokens ([B, T, N, D], or those that were taken), and per block the temporal keys and values of the frames
 * that came in ([B, N, G, T, E]).
 */
export type STOutput = { readonly tokens: tf.Tensor; readonly blocks: readonly KeysValues[] };

/** Parameters of all blocks. */
export function stTransformerParams(config: STTransformerConfig): ParamSpecs {
  const blocks = Array.from({ length: config.numBlocks }, (_, i) => withPrefix(`blocks.${i}`, blockParams(config)));
  return Object.assign({}, ...blocks);
}

function blockParams(config: STTransformerConfig): ParamSpecs {
  const { modelDim, attention } = config;
  const hidden = config.feedForwardDim ?? 4 * modelDim;
  return {
    ...(attention === "full" ? {} : withPrefix("spatial", attentionParams(config))),
    ...(attention === "space" ? {} : withPrefix("temporal", attentionParams(config))),
    ...withPrefix("feedForward.up", linearParams(modelDim, hidden)),
    ...withPrefix("feedForward.down", linearParams(hidden, modelDim, { std: 0 })),
  };
}

function attentionParams(config: STTransformerConfig): ParamSpecs {
  const width = config.numHeads * headDimOf(config);
  return {
    ...withPrefix("qkv", linearParams(config.modelDim, 3 * width)),
    ...withPrefix("out", linearParams(width, config.modelDim, { std: 0 })),
  };
}

/**
 * Runs all blocks on x_BTND. Past frames, if given, are seen through their cached keys and values only. `take` picks the
 * tokens whose output is wanted: the others skip the last feed-forward layer, which mixes no tokens.
 */
export function stTransformer(
  config: STTransformerConfig,
  params: Params,
  name: string,
  x_BTND: tf.Tensor4D,
  { take = all, ...context }: TemporalContext & { readonly take?: Take | undefined },
): STOutput {
  const [b, t, n, d] = x_BTND.shape;
  const [g, e] = [config.numHeads, headDimOf(config)];
  const frames: HeadShape = [b, t, n, g, e];
  const sequences: HeadShape = config.attention === "full" ? [b, t * n, 1, g, e] : frames;
  const blocks: KeysValues[] = [];
  // All that is not attention sees tokens only, so they stay rows of one matrix.
  let x = tf.reshape(x_BTND, [b * t * n, d]);
  for (let i = 0; i < config.numBlocks; i++) {
    const block = `${name}.blocks.${i}`;
    if (config.attention !== "full") x = tf.add(x, spatialAttention(params, `${block}.spatial`, x, frames));
    if (config.attention !== "space") {
      const seen = { ...context, past: context.past?.[i] };
      const temporal = temporalAttention(params, `${block}.temporal`, x, sequences, seen);
      blocks.push(temporal.cached);
      x = tf.add(x, temporal.out);
    }
    if (i < config.numBlocks - 1) x = tf.add(x, feedForward(params, `${block}.feedForward`, x));
  }
  const taken = take(tf.reshape(x, [b, t, n, d]));
  x = tf.reshape(taken, [-1, d]);
  x = tf.add(x, feedForward(params, `${name}.blocks.${config.numBlocks - 1}.feedForward`, x));
  return { tokens: tf.reshape(rmsNorm(x), taken.shape), blocks };
}

function all(tokens_BTND: tf.Tensor4D): tf.Tensor {
  return tokens_BTND;
}

/** B, T, N, G, E. */
type HeadShape = [number, number, number, number, number];

/** Tokens of one frame attend to each other. */
function spatialAttention(params: Params, name: string, x_MD: tf.Tensor, shape: HeadShape): tf.Tensor {
  const [queries, keys, values] = projectHeads(params, name, x_MD, shape);
  const asked = tf.mul(byFrame(unitNorm(queries)), spread(queries));
  const mixed = attend([{ queries: asked, keys: byFrame(unitNorm(keys)), values: byFrame(values) }]);
  return mergeHeads(params, name, byFrame(mixed));
}

/** Tokens of one position attend to that position's past; with "full" attention, to all tokens of the past. */
function temporalAttention(
  params: Params,
  name: string,
  x_MD: tf.Tensor,
  shape: HeadShape,
  { rotations, bias, past }: Omit<TemporalContext, "past"> & { readonly past: KeysValues | undefined },
): { out: tf.Tensor; cached: KeysValues } {
  const [queries, keys, values] = projectHeads(params, name, x_MD, shape);
  const [asked, seen] = [unitNorm(queries), unitNorm(keys)];
  const cached = { keys: byPosition(rotate(seen, rotations)), values: byPosition(values) };
  // The rotations, which are few numbers, scale what they turn: the runtime is slow at a product of vectors that is scaled.
  const rotated = byPosition(rotate(asked, tf.mul(rotations, spread(queries))));
  // Turned by one angle, a query and a key have the product that they have as they are: what refines a frame, and caches
  // nothing, need not turn its keys.
  const own = { queries: tf.mul(byPosition(asked), spread(queries)), keys: byPosition(seen), values: cached.values };
  const segments = past ? [{ queries: rotated, ...past }, own] : [{ queries: rotated, ...cached }];
  const mixed = attend(segments, bias);
  return { out: mergeHeads(params, name, tf.transpose(mixed, [0, 3, 1, 2, 4])), cached };
}

/** What products of unit vectors [..., E] are multiplied by, so that those of random ones spread as one does. */
function spread(heads: tf.Tensor): number {
  return Math.sqrt(heads.shape.at(-1) ?? 1);
}

/** Heads [B, T, N, G, E] as [B, T, G, N, E], where the tokens of a frame attend to each other; and back. */
function byFrame(heads: tf.Tensor): tf.Tensor {
  return tf.transpose(heads, [0, 1, 3, 2, 4]);
}

/** Heads [B, T, N, G, E] as [B, N, G, T, E], where the frames of a position attend to each other. */
function byPosition(heads: tf.Tensor): tf.Tensor {
  return tf.transpose(heads, [0, 2, 3, 1, 4]);
}

/** Queries, keys and values [B, T, N, G, E] of tokens [M, D]: three products, which need not be cut apart. */
function projectHeads(
  params: Params,
  name: string,
  x_MD: tf.Tensor,
  shape: HeadShape,
): [tf.Tensor, tf.Tensor, tf.Tensor] {
  const normal = rmsNorm(x_MD);
  const weights = tf.split(param(params, `${name}.qkv.weight`), 3, 1);
  const [queries, keys, values] = weights.map((weight) => tf.reshape(tf.matMul(normal, weight), shape));
  if (!queries || !keys || !values) throw new TypeError("projectHeads: three parts expected");
  return [queries, keys, values];
}

/** The output projection of heads [B, T, N, G, E], as tokens [M, D]. */
function mergeHeads(params: Params, name: string, heads: tf.Tensor): tf.Tensor {
  const [b = 1, t = 1, n = 1, g = 1, e = 1] = heads.shape;
  return linear(params, `${name}.out`, tf.reshape(heads, [b * t * n, g * e]));
}

function feedForward(params: Params, name: string, x_MD: tf.Tensor): tf.Tensor {
  return linear(params, `${name}.down`, squaredRelu(linear(params, `${name}.up`, rmsNorm(x_MD))));
}
