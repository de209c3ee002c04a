import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { linear, linearParams } from "../nn/linear.ts";
import { crossEntropy, embed } from "../nn/ops.ts";
import { normal, param, withPrefix, type Params, type ParamSpecs } from "../nn/params.ts";
import { codebookSize, codeDim, quantizerParams, quantize, QuantizerConfig } from "../nn/quantizers.ts";
import { stTransformerParams, stTransformer, STTransformerConfig, type Take } from "../nn/st-transformer.ts";
import { causalLayout, clipContext } from "../nn/temporal-context.ts";
import { patchesPerFrame, patchWidth, toPatches, type PatchGrid } from "./patches.ts";
import type { LossResult } from "./video-tokenizer.ts";

/** The latent action model of Genie, section 2: finds the actions in unlabelled video. */
export const LatentActionModelConfig = z.strictObject({
  input: z.enum(["pixels", "tokens"]).default("pixels").describe("what it sees; tokens are the ablation of table 2"),
  patchSize: z.int().positive().default(16).describe("side of a patch in pixels (pixel input)"),
  encoder: STTransformerConfig.prefault({}),
  decoder: STTransformerConfig.prefault({}),
  // Euclidean codes that move fast and restart soon use all codes from the first minutes: docs/worlds.md compares.
  quantizer: QuantizerConfig.prefault({
    kind: "vq",
    codebookSize: 8,
    codeDim: 8,
    cosine: false,
    decay: 0.95,
    deadAfter: 0.1,
  }),
});
export type LatentActionModelConfig = z.infer<typeof LatentActionModelConfig>;

/** What the functions of the latent action model need to know. */
export type ActionSetup = {
  readonly config: LatentActionModelConfig;
  readonly height: number;
  readonly width: number;
  readonly window: number;
  /** N and K of the tokenizer, for token input. */
  readonly tokensPerFrame: number;
  readonly vocabularySize: number;
};

/** |A|: how many latent actions there are. */
export function numLatentActions(config: LatentActionModelConfig): number {
  return codebookSize(config.quantizer);
}

function actionGrid({ config, height, width }: ActionSetup): PatchGrid {
  return { height, width, patchSize: config.patchSize };
}

/** Positions per frame, numbers per input position, and numbers per predicted position. */
function widths(setup: ActionSetup): { positions: number; input: number; output: number } {
  if (setup.config.input === "tokens") {
    return { positions: setup.tokensPerFrame, input: setup.vocabularySize, output: setup.vocabularySize };
  }
  const grid = actionGrid(setup);
  // Each patch comes with its change since the last frame: motion is what an action is made of.
  return { positions: patchesPerFrame(grid), input: 2 * patchWidth(grid), output: patchWidth(grid) };
}

/** All parameters. */
export function latentActionModelParams(setup: ActionSetup): ParamSpecs {
  const { encoder, decoder, quantizer } = setup.config;
  const { positions, input, output } = widths(setup);
  const width = codeDim(quantizer);
  return {
    ...withPrefix("encoder.embed", linearParams(input, encoder.modelDim)),
    "encoder.positions": normal([positions, encoder.modelDim], 0.5),
    "encoder.action": normal([1, encoder.modelDim], 0.5),
    ...withPrefix("encoder", stTransformerParams(encoder)),
    ...withPrefix("encoder.latent", linearParams(encoder.modelDim, width)),
    ...withPrefix("quantizer", quantizerParams(quantizer)),
    ...withPrefix("decoder.embed", linearParams(input, decoder.modelDim)),
    "decoder.positions": normal([positions, decoder.modelDim], 0.5),
    ...withPrefix("decoder.action", linearParams(width, decoder.modelDim)),
    ...withPrefix("decoder", stTransformerParams(decoder)),
    ...withPrefix("decoder.next", linearParams(decoder.modelDim, output, { bias: true, std: 0 })),
  };
}

/** What the model sees of a clip: patches [B, T, N, P] in [-1, 1], or tokens [B, T, N]. */
function observe(setup: ActionSetup, clip: tf.Tensor): tf.Tensor {
  return setup.config.input === "pixels" ? toPatches(actionGrid(setup), clip) : clip;
}

function embedInput(setup: ActionSetup, params: Params, part: string, seen: tf.Tensor): tf.Tensor4D {
  const x =
    setup.config.input === "pixels"
      ? linear(params, `${part}.embed`, tf.concat([seen, changes(seen)], 3))
      : embed(param(params, `${part}.embed.weight`), seen);
  return tf.add(x, param(params, `${part}.positions`)) as tf.Tensor4D;
}

/** What changed in each patch since the frame before; nothing in the first frame. */
function changes(patches_BTNP: tf.Tensor): tf.Tensor {
  const [b = 1, , ...rest] = patches_BTNP.shape;
  return tf.concat([tf.zeros([b, 1, ...rest]), tf.sub(withoutFirst(patches_BTNP), withoutLast(patches_BTNP))], 1);
}

/** Continuous latent actions [B, T-1, L]: what happened between each frame and the next, given all frames so far. */
function encodeActions(setup: ActionSetup, params: Params, seen: tf.Tensor): tf.Tensor {
  const { encoder } = setup.config;
  const x = embedInput(setup, params, "encoder", seen);
  const [b, t, n, d] = x.shape;
  const action = tf.tile(tf.reshape(param(params, "encoder.action"), [1, 1, 1, d]), [b, t, 1, 1]);
  const context = clipContext(encoder, causalLayout(t, setup.window), n + 1);
  // The action token of frame t+1 has seen frames 1..t+1.
  const take: Take = (tokens_BTND) => tf.reshape(tf.slice(tokens_BTND, [0, 1, 0, 0], [b, t - 1, 1, d]), [b, t - 1, d]);
  const seenBy = tf.concat([action, x], 2) as tf.Tensor4D;
  const { tokens } = stTransformer(encoder, params, "encoder", seenBy, { ...context, take });
  return linear(params, "encoder.latent", tokens);
}

/** Prediction of frames 2..T from frames 1..T-1 and the codes between: pixels as a change to the last frame, or logits. */
function predictNext(setup: ActionSetup, params: Params, seen: tf.Tensor, codes_BTL: tf.Tensor): tf.Tensor {
  const { decoder } = setup.config;
  const past = withoutLast(seen);
  const x = embedInput(setup, params, "decoder", past);
  const [, t, n] = x.shape;
  const action = tf.expandDims(linear(params, "decoder.action", codes_BTL), 2);
  const context = clipContext(decoder, causalLayout(t, setup.window), n);
  const { tokens } = stTransformer(decoder, params, "decoder", tf.add(x, action) as tf.Tensor4D, context);
  const next = linear(params, "decoder.next", tokens);
  return setup.config.input === "pixels" ? tf.add(past, next) : next;
}

/** Latent actions [B, T-1] int32 in [0, A) of a clip: frames [B, T, H, W, 3] in [0, 255], or tokens [B, T, N]. */
export function inferActions(setup: ActionSetup, params: Params, clip: tf.Tensor): tf.Tensor2D {
  const latents = encodeActions(setup, params, observe(setup, clip));
  return quantize(setup.config.quantizer, params, "quantizer", latents).indices as tf.Tensor2D;
}

/** The loss of one batch, the actions it found, and how it compares with repeating the last frame. */
export function latentActionLoss(
  setup: ActionSetup,
  params: Params,
  inputs: {
    readonly clip: tf.Tensor;
    readonly restarts_K?: tf.Tensor | undefined;
  },
): LossResult {
  const { quantizer } = setup.config;
  const seen = observe(setup, inputs.clip);
  const latents = encodeActions(setup, params, seen);
  const { codes, indices, loss, updates } = quantize(quantizer, params, "quantizer", latents, inputs.restarts_K);
  const prediction = predictNext(setup, params, seen, codes);
  const error = setup.config.input === "pixels" ? pixelError(seen, prediction) : tokenError(seen, prediction);
  return { loss: tf.add(error.loss, loss), metrics: { ...error.metrics, actions: indices }, updates };
}

function pixelError(seen: tf.Tensor, prediction: tf.Tensor): { loss: tf.Scalar; metrics: Record<string, tf.Tensor> } {
  const target = withoutFirst(seen);
  const mse = tf.mean(tf.squaredDifference(prediction, target)) as tf.Scalar;
  const copyMse = tf.mean(tf.squaredDifference(withoutLast(seen), target)) as tf.Scalar;
  // Measured against copying, so that the loss weighs the same in slow and in fast games.
  return { loss: tf.div(mse, tf.maximum(copyMse, 1e-4)), metrics: { lamMse: mse, copyMse } };
}

function tokenError(seen: tf.Tensor, logits: tf.Tensor): { loss: tf.Scalar; metrics: Record<string, tf.Tensor> } {
  const target = tf.cast(tf.reshape(withoutFirst(seen), [-1]), "int32") as tf.Tensor1D;
  const rows = tf.reshape(logits, [-1, logits.shape.at(-1) ?? 1]) as tf.Tensor2D;
  const loss = crossEntropy(rows, target, tf.onesLike(tf.cast(target, "float32")));
  return { loss, metrics: { lamCrossEntropy: loss } };
}

function withoutLast(x: tf.Tensor): tf.Tensor {
  const [b = 1, t = 1, ...rest] = x.shape;
  return tf.slice(
    x,
    x.shape.map(() => 0),
    [b, t - 1, ...rest],
  );
}

function withoutFirst(x: tf.Tensor): tf.Tensor {
  const [b = 1, t = 1, ...rest] = x.shape;
  return tf.slice(x, [0, 1, ...rest.map(() => 0)], [b, t - 1, ...rest]);
}
