import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { attend, type KeysValues } from "./attention.ts";
import { linear, linearParams } from "./linear.ts";
import { rmsNorm, squaredRelu } from "./ops.ts";
import { withPrefix, type Params, type ParamSpecs } from "./params.ts";
import { rotate, type Rotary } from "./rotary.ts";

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
  /** Rotary angles of the frames that come in: [T, E/2], or [B, 1, 1, T, E/2] where rows are at different positions. */
  readonly rotary: Rotary;
  /** Added to the scores; broadcastable to [B, N, G, T, past + T]. */
  readonly bias: tf.Tensor;
  /** Keys and values of past frames, one per block: [B, N, G, past, E], already rotated. */
  readonly past?: readonly KeysValues[];
};

/** The output tokens, and per block the temporal keys and values of the frames that came in ([B, N, G, T, E]). */
export type STOutput = { readonly tokens_BTND: tf.Tensor4D; readonly blocks: readonly KeysValues[] };

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

/** Runs all blocks on x_BTND. Past frames, if given, are seen through their cached keys and values only. */
export function stTransformer(
  config: STTransformerConfig,
  params: Params,
  name: string,
  x_BTND: tf.Tensor4D,
  context: TemporalContext,
): STOutput {
  const blocks: KeysValues[] = [];
  let x = x_BTND;
  for (let i = 0; i < config.numBlocks; i++) {
    const block = `${name}.blocks.${i}`;
    if (config.attention !== "full") x = tf.add(x, spatialAttention(config, params, `${block}.spatial`, x));
    if (config.attention !== "space") {
      const temporal = temporalAttention(config, params, `${block}.temporal`, x, context, context.past?.[i]);
      blocks.push(temporal.cached);
      x = tf.add(x, temporal.out_BTND);
    }
    x = tf.add(x, feedForward(params, `${block}.feedForward`, x));
  }
  return { tokens_BTND: rmsNorm(x), blocks };
}

/** Tokens of one frame attend to each other. */
function spatialAttention(config: STTransformerConfig, params: Params, name: string, x: tf.Tensor4D): tf.Tensor4D {
  const [b, t, n, d] = x.shape;
  const frames = tf.reshape(x, [b * t, n, 1, d]) as tf.Tensor4D;
  const [queries, keys, values] = projectHeads(config, params, name, frames);
  const mixed = attend(rmsNorm(queries), [{ keys: rmsNorm(keys), values }]);
  return tf.reshape(mergeHeads(params, name, mixed), x.shape) as tf.Tensor4D;
}

/** Tokens of one position attend to that position's past; with "full" attention, to all tokens of the past. */
function temporalAttention(
  config: STTransformerConfig,
  params: Params,
  name: string,
  x: tf.Tensor4D,
  { rotary, bias }: TemporalContext,
  past: KeysValues | undefined,
): { out_BTND: tf.Tensor4D; cached: KeysValues } {
  const [b, t, n, d] = x.shape;
  const sequences = config.attention === "full" ? (tf.reshape(x, [b, t * n, 1, d]) as tf.Tensor4D) : x;
  const [queries, keys, values] = projectHeads(config, params, name, sequences);
  const cached = { keys: rotate(rmsNorm(keys), rotary), values };
  const segments = past ? [past, cached] : [cached];
  const mixed = attend(rotate(rmsNorm(queries), rotary), segments, bias);
  return { out_BTND: tf.reshape(mergeHeads(params, name, mixed), [b, t, n, d]) as tf.Tensor4D, cached };
}

/** Queries, keys and values [B, N, G, T, E] of x [B, T, N, D] (T is the axis that attends). */
function projectHeads(
  config: STTransformerConfig,
  params: Params,
  name: string,
  x: tf.Tensor4D,
): [tf.Tensor, tf.Tensor, tf.Tensor] {
  const [b, t, n] = x.shape;
  const heads = tf.reshape(linear(params, `${name}.qkv`, rmsNorm(x)), [b, t, n, 3, config.numHeads, headDimOf(config)]);
  const [queries, keys, values] = tf.unstack(tf.transpose(heads, [3, 0, 2, 4, 1, 5]));
  if (!queries || !keys || !values) throw new TypeError("projectHeads: three parts expected");
  return [queries, keys, values];
}

/** The output projection of heads [B, N, G, T, E], back as [B, T, N, D]. */
function mergeHeads(params: Params, name: string, mixed: tf.Tensor): tf.Tensor4D {
  const [b = 1, n = 1, g = 1, t = 1, e = 1] = mixed.shape;
  const merged = tf.reshape(tf.transpose(mixed, [0, 3, 1, 2, 4]), [b, t, n, g * e]);
  return linear(params, `${name}.out`, merged) as tf.Tensor4D;
}

function feedForward(params: Params, name: string, x: tf.Tensor4D): tf.Tensor4D {
  return linear(params, `${name}.down`, squaredRelu(linear(params, `${name}.up`, rmsNorm(x)))) as tf.Tensor4D;
}
