import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { linear, linearParams } from "../nn/linear.ts";
import { normal, param, withPrefix, type Params, type ParamSpecs } from "../nn/params.ts";
import { codeDim, quantizerParams, lookUpCodes, quantize, QuantizerConfig } from "../nn/quantizers.ts";
import {
  stTransformerParams,
  stTransformer,
  STTransformerConfig,
  type STOutput,
  type TemporalContext,
} from "../nn/st-transformer.ts";
import { causalLayout, clipContext } from "../nn/temporal-context.ts";
import type { LossResult } from "../nn/train-step.ts";
import { patchesPerFrame, patchWidth, toFrames, toPatches, type PatchGrid } from "../nn/patches.ts";

/** The video tokenizer of Genie, section 2: frames to tokens and back. */
export const VideoTokenizerConfig = z.strictObject({
  architecture: z
    .enum(["st-vivit", "vit", "c-vivit"])
    .default("st-vivit")
    .describe("the paper's tokenizer, and the two of its ablation (table 3)"),
  patchSize: z.int().positive().default(8).describe("side of a patch in pixels: one token each"),
  encoder: STTransformerConfig.prefault({}),
  decoder: STTransformerConfig.prefault({}),
  quantizer: QuantizerConfig.prefault({ kind: "fsq" }),
});
export type VideoTokenizerConfig = z.infer<typeof VideoTokenizerConfig>;

/** What the tokenizer's functions need to know: its config, the frame, and how far back attention sees. */
export type TokenizerSetup = {
  readonly config: VideoTokenizerConfig;
  readonly height: number;
  readonly width: number;
  readonly window: number;
};

const ATTENTION = { "st-vivit": "space-time", vit: "space", "c-vivit": "full" } as const;

/** How the tokenizer cuts a frame. */
export function tokenizerGrid({ config, height, width }: TokenizerSetup): PatchGrid {
  return { height, width, patchSize: config.patchSize };
}

/** The encoder or the decoder, with the attention of the chosen architecture. */
export function tokenizerTransformer(setup: TokenizerSetup, part: "encoder" | "decoder"): STTransformerConfig {
  return { ...setup.config[part], attention: ATTENTION[setup.config.architecture] };
}

/** All parameters. */
export function videoTokenizerParams(setup: TokenizerSetup): ParamSpecs {
  const grid = tokenizerGrid(setup);
  const { encoder, decoder, quantizer } = setup.config;
  const numPatches = patchesPerFrame(grid);
  return {
    ...withPrefix("encoder.embed", linearParams(patchWidth(grid), encoder.modelDim)),
    "encoder.positions": normal([numPatches, encoder.modelDim], 0.5),
    ...withPrefix("encoder", stTransformerParams(tokenizerTransformer(setup, "encoder"))),
    ...withPrefix("encoder.latent", linearParams(encoder.modelDim, codeDim(quantizer))),
    ...withPrefix("quantizer", quantizerParams(quantizer)),
    ...withPrefix("decoder.embed", linearParams(codeDim(quantizer), decoder.modelDim)),
    "decoder.positions": normal([numPatches, decoder.modelDim], 0.5),
    ...withPrefix("decoder", stTransformerParams(tokenizerTransformer(setup, "decoder"))),
    ...withPrefix("decoder.pixels", linearParams(decoder.modelDim, patchWidth(grid), { bias: true })),
  };
}

/** What the encoder makes of patches, [B, T, N, D]; frame t knows frames 1..t only. */
function encodePatches(setup: TokenizerSetup, params: Params, patches_BTNP: tf.Tensor4D): tf.Tensor {
  const config = tokenizerTransformer(setup, "encoder");
  const [, numFrames, numPatches] = patches_BTNP.shape;
  const embedded = linear(params, "encoder.embed", patches_BTNP);
  const x = tf.add(embedded, param(params, "encoder.positions")) as tf.Tensor4D;
  const context = clipContext(config, causalLayout(numFrames, setup.window), numPatches);
  return stTransformer(config, params, "encoder", x, context).tokens;
}

/** Latents [B, T, N, L] of patches; z_t knows x_1..x_t only. */
function encodeLatents(setup: TokenizerSetup, params: Params, patches_BTNP: tf.Tensor4D): tf.Tensor {
  return linear(params, "encoder.latent", encodePatches(setup, params, patches_BTNP));
}

/**
 * What the tokenizer Fréchet distance compares, [T, D]: of each frame, seen alone and not as one of a clip, the encoder's
 * last tokens before the quantiser, averaged over the patches.
 * frames: [1, T, H, W, 3] in [0, 255].
 */
export function describeFrames(setup: TokenizerSetup, params: Params, frames_BTHWC: tf.Tensor): tf.Tensor2D {
  const [, numFrames = 1, ...picture] = frames_BTHWC.shape;
  const alone = tf.reshape(frames_BTHWC, [numFrames, 1, ...picture]);
  const tokens = encodePatches(setup, params, toPatches(tokenizerGrid(setup), alone));
  return tf.reshape(tf.mean(tokens, 2), [numFrames, setup.config.encoder.modelDim]);
}

/** Tokens [B, T, N] int32 in [0, K) of frames [B, T, H, W, 3] in [0, 255]. */
export function tokenize(setup: TokenizerSetup, params: Params, frames_BTHWC: tf.Tensor): tf.Tensor3D {
  const latents = encodeLatents(setup, params, toPatches(tokenizerGrid(setup), frames_BTHWC));
  return quantize(setup.config.quantizer, params, "quantizer", latents).indices as tf.Tensor3D;
}

/** Patches [B, T, N, P] in [-1, 1] of codes [B, T, N, L], and the keys and values to go on from. */
export function decodeCodes(
  setup: TokenizerSetup,
  params: Params,
  codes_BTNL: tf.Tensor,
  context: TemporalContext,
): { readonly patches_BTNP: tf.Tensor4D; readonly blocks: STOutput["blocks"] } {
  const embedded = linear(params, "decoder.embed", codes_BTNL);
  const x = tf.add(embedded, param(params, "decoder.positions")) as tf.Tensor4D;
  const { tokens, blocks } = stTransformer(tokenizerTransformer(setup, "decoder"), params, "decoder", x, context);
  return { patches_BTNP: linear(params, "decoder.pixels", tokens) as tf.Tensor4D, blocks };
}

/** Frames [B, T, H, W, 3] in [0, 255] of the tokens [B, T, N] of whole clips. */
export function detokenize(setup: TokenizerSetup, params: Params, tokens_BTN: tf.Tensor3D): tf.Tensor {
  const [, numFrames, numPatches] = tokens_BTN.shape;
  const codes = lookUpCodes(setup.config.quantizer, params, "quantizer", tokens_BTN);
  const context = clipContext(
    tokenizerTransformer(setup, "decoder"),
    causalLayout(numFrames, setup.window),
    numPatches,
  );
  return toFrames(tokenizerGrid(setup), decodeCodes(setup, params, codes, context).patches_BTNP);
}

/** The VQ-VAE objective: mean squared error of the pixels, plus what the quantiser adds. */
export function tokenizerLoss(
  setup: TokenizerSetup,
  params: Params,
  inputs: { readonly frames_BTHWC: tf.Tensor; readonly restarts_K?: tf.Tensor | undefined },
): LossResult {
  const { quantizer } = setup.config;
  const patches = toPatches(tokenizerGrid(setup), inputs.frames_BTHWC);
  const [, numFrames, numPatches] = patches.shape;
  const latents = encodeLatents(setup, params, patches);
  const { codes, indices, loss, updates } = quantize(quantizer, params, "quantizer", latents, inputs.restarts_K);
  const context = clipContext(
    tokenizerTransformer(setup, "decoder"),
    causalLayout(numFrames, setup.window),
    numPatches,
  );
  const { patches_BTNP } = decodeCodes(setup, params, codes, context);
  const mse = tf.mean(tf.squaredDifference(patches_BTNP, patches)) as tf.Scalar;
  return { loss: tf.add(mse, loss), metrics: { mse, tokens: indices }, updates };
}
