import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { ConfigError } from "../core/errors.ts";
import { linear, linearParams } from "../nn/linear.ts";
import { crossEntropy, embed } from "../nn/ops.ts";
import { normal, param, withPrefix, type Params, type ParamSpecs } from "../nn/params.ts";
import { codebookSize, codeDim, quantizerParams, quantize, QuantizerConfig } from "../nn/quantizers.ts";
import { stTransformerParams, stTransformer, STTransformerConfig, type Take } from "../nn/st-transformer.ts";
import { causalLayout, clipContext } from "../nn/temporal-context.ts";
import { patchesPerFrame, patchWidth, shrink, toPatches, type PatchGrid } from "../nn/patches.ts";
import type { LossResult } from "../nn/train-step.ts";
import { matchMotion, movePatches, numDisplacements } from "./motion.ts";

/** The latent action model of Genie, section 2: finds the actions in unlabelled video. */
export const LatentActionModelConfig = z.strictObject({
  input: z.enum(["pixels", "tokens"]).default("pixels").describe("what it sees; tokens are the ablation of table 2"),
  shrink: z.int().positive().default(1).describe("frames are averaged over squares of this side first (pixel input)"),
  patchSize: z.int().positive().default(16).describe("side of a patch in pixels of the shrunk frame (pixel input)"),
  reach: z
    .tuple([z.int().nonnegative(), z.int().nonnegative()])
    .nullable()
    .default(null)
    .describe(
      "rows and columns of pixels that things move in a frame: the encoder sees where patches came from, and the decoder " +
        "moves them; null, as in the paper, leaves motion to be learnt from pixels alone",
    ),
  memory: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe(
      "frames that the decoder sees: null, as in the paper, is all; with 1, an action says which way a held key leads, which " +
        "the past would tell as well",
    ),
  margin: z
    .tuple([z.int().nonnegative(), z.int().nonnegative()])
    .default([0, 0])
    .describe("rows and columns of patches at the borders that are not judged: what scrolls into view is no action"),
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

function actionGrid({ config: { shrink: factor, patchSize }, height, width }: ActionSetup): PatchGrid {
  return { height: height / factor, width: width / factor, patchSize };
}

/** Positions per frame, and numbers per position: what goes into the encoder and the decoder, and what is predicted. */
function widths(setup: ActionSetup): { positions: number; encoder: number; decoder: number; output: number } {
  const { tokensPerFrame: positions, vocabularySize: k, config } = setup;
  if (config.input === "tokens") return { positions, encoder: k, decoder: k, output: k };
  const grid = actionGrid(setup);
  const displacements = config.reach === null ? 0 : numDisplacements(config.reach);
  const patch = patchWidth(grid);
  expectJudged(config.margin, grid);
  // Each patch comes with its change since the last frame: motion is what an action is made of.
  return {
    positions: patchesPerFrame(grid),
    encoder: 2 * patch + displacements,
    decoder: 2 * patch,
    output: patch + displacements,
  };
}

function expectJudged([top, side]: readonly [number, number], { height, width, patchSize }: PatchGrid): void {
  const [rows, columns] = [height / patchSize - 2 * top, width / patchSize - 2 * side];
  if (rows > 0 && columns > 0) return;
  throw new ConfigError(`actions.margin: must leave patches to judge, got ${rows} by ${columns} - make it smaller`);
}

/** All parameters. */
export function latentActionModelParams(setup: ActionSetup): ParamSpecs {
  const { encoder, decoder, quantizer } = setup.config;
  const { positions, output, ...inputs } = widths(setup);
  const width = codeDim(quantizer);
  return {
    ...withPrefix("encoder.embed", linearParams(inputs.encoder, encoder.modelDim)),
    "encoder.positions": normal([positions, encoder.modelDim], 0.5),
    "encoder.action": normal([1, encoder.modelDim], 0.5),
    ...withPrefix("encoder", stTransformerParams(encoder)),
    ...withPrefix("encoder.latent", linearParams(encoder.modelDim, width)),
    ...withPrefix("quantizer", quantizerParams(quantizer)),
    ...withPrefix("decoder.embed", linearParams(inputs.decoder, decoder.modelDim)),
    "decoder.positions": normal([positions, decoder.modelDim], 0.5),
    ...withPrefix("decoder.action", linearParams(width, decoder.modelDim)),
    ...withPrefix("decoder", stTransformerParams(decoder)),
    ...withPrefix("decoder.next", linearParams(decoder.modelDim, output, { bias: true, std: 0 })),
  };
}

/** What the model sees of a clip: patches [B, T, N, P] in [-1, 1], or tokens [B, T, N]. */
function observe(setup: ActionSetup, clip: tf.Tensor): tf.Tensor {
  const { input, shrink: factor } = setup.config;
  return input === "pixels" ? toPatches(actionGrid(setup), shrink(clip, factor)) : clip;
}

/** Tokens [B, T, N, D] of what a part of the model sees: in pixels `views` of each patch, side by side. */
function embedInput(
  setup: ActionSetup,
  params: Params,
  part: "encoder" | "decoder",
  seen: tf.Tensor,
  views: (patches_BTNP: tf.Tensor4D) => tf.Tensor[],
): tf.Tensor4D {
  const x =
    setup.config.input === "pixels"
      ? linear(params, `${part}.embed`, tf.concat(views(seen as tf.Tensor4D), 3))
      : embed(param(params, `${part}.embed.weight`), seen);
  return tf.add(x, param(params, `${part}.positions`)) as tf.Tensor4D;
}

/** A patch, its change, and where it came from. */
function encoderViews(setup: ActionSetup, patches: tf.Tensor4D): tf.Tensor[] {
  const { reach } = setup.config;
  const motion = reach === null ? [] : [tf.mul(matchMotion(actionGrid(setup), patches, reach), MOTION_GAIN)];
  return [patches, changes(patches), ...motion];
}

/** A patch and its change; who remembers one frame only knows no change. */
function decoderViews({ config }: ActionSetup, patches: tf.Tensor4D): tf.Tensor[] {
  return [patches, config.memory === 1 ? tf.zerosLike(patches) : changes(patches)];
}

/** Weights of displacements are far smaller than pixels. */
const MOTION_GAIN = 4;

/** What changed in each patch since the frame before; nothing in the first frame. */
function changes(patches_BTNP: tf.Tensor): tf.Tensor {
  const [b = 1, , ...rest] = patches_BTNP.shape;
  return tf.concat([tf.zeros([b, 1, ...rest]), tf.sub(withoutFirst(patches_BTNP), withoutLast(patches_BTNP))], 1);
}

/** Features [B, T-1, D] of what happened between each frame and the next, given all frames so far. */
function encodeSteps(setup: ActionSetup, params: Params, seen: tf.Tensor): tf.Tensor {
  const { encoder } = setup.config;
  const x = embedInput(setup, params, "encoder", seen, (patches) => encoderViews(setup, patches));
  const [b, t, n, d] = x.shape;
  const action = tf.tile(tf.reshape(param(params, "encoder.action"), [1, 1, 1, d]), [b, t, 1, 1]);
  const context = clipContext(encoder, causalLayout(t, setup.window), n + 1);
  // The action token of frame t+1 has seen frames 1..t+1.
  const take: Take = (tokens_BTND) => tf.reshape(tf.slice(tokens_BTND, [0, 1, 0, 0], [b, t - 1, 1, d]), [b, t - 1, d]);
  const seenBy = tf.concat([action, x], 2) as tf.Tensor4D;
  return stTransformer(encoder, params, "encoder", seenBy, { ...context, take }).tokens;
}

/** Continuous latent actions [B, T-1, L] of features [B, T-1, D]. */
function toLatents(params: Params, features: tf.Tensor): tf.Tensor {
  return linear(params, "encoder.latent", features);
}

/** Prediction of frames 2..T from frames 1..T-1 and the codes between: pixels as a change to the last frame, or logits. */
function predictNext(setup: ActionSetup, params: Params, seen: tf.Tensor, codes_BTL: tf.Tensor): tf.Tensor {
  const { decoder, memory } = setup.config;
  const past = withoutLast(seen);
  const x = embedInput(setup, params, "decoder", past, (patches) => decoderViews(setup, patches));
  const [, t, n] = x.shape;
  const action = tf.expandDims(linear(params, "decoder.action", codes_BTL), 2);
  const context = clipContext(decoder, causalLayout(t, memory ?? setup.window), n);
  const { tokens } = stTransformer(decoder, params, "decoder", tf.add(x, action) as tf.Tensor4D, context);
  const next = linear(params, "decoder.next", tokens) as tf.Tensor4D;
  return setup.config.input === "pixels" ? changed(setup, past as tf.Tensor4D, next) : next;
}

/** Patches [B, T, N, P] moved and repainted as the decoder says: scores of displacements, if any, then what to add. */
function changed(setup: ActionSetup, patches: tf.Tensor4D, outputs: tf.Tensor4D): tf.Tensor {
  const { reach } = setup.config;
  if (reach === null) return tf.add(patches, outputs);
  const [b, t, n, p] = patches.shape;
  const s = numDisplacements(reach);
  const scores = tf.slice(outputs, [0, 0, 0, 0], [b, t, n, s]);
  const moved = movePatches(actionGrid(setup), patches, scores, reach);
  return tf.add(moved, tf.slice(outputs, [0, 0, 0, s], [b, t, n, p]));
}

/** What is found in a clip: frames [B, T, H, W, 3] in [0, 255], or tokens [B, T, N]. */
export type FoundActions = {
  /** Latent actions int32 [B, T-1] in [0, A). */
  readonly actions: tf.Tensor2D;
  /** What the encoder made of each step before it chose one of A codes, [B, T-1, D]. */
  readonly features: tf.Tensor;
};

/** The latent actions of a clip, and the features that they were chosen by. */
export function describeActions(setup: ActionSetup, params: Params, clip: tf.Tensor): FoundActions {
  const features = encodeSteps(setup, params, observe(setup, clip));
  const { indices } = quantize(setup.config.quantizer, params, "quantizer", toLatents(params, features));
  return { actions: indices as tf.Tensor2D, features };
}

/** Latent actions [B, T-1] int32 in [0, A) of a clip: frames [B, T, H, W, 3] in [0, 255], or tokens [B, T, N]. */
export function inferActions(setup: ActionSetup, params: Params, clip: tf.Tensor): tf.Tensor2D {
  return describeActions(setup, params, clip).actions;
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
  const latents = toLatents(params, encodeSteps(setup, params, seen));
  const { codes, indices, loss, updates } = quantize(quantizer, params, "quantizer", latents, inputs.restarts_K);
  const prediction = predictNext(setup, params, seen, codes);
  const error = setup.config.input === "pixels" ? pixelError(setup, seen, prediction) : tokenError(seen, prediction);
  return { loss: tf.add(error.loss, loss), metrics: { ...error.metrics, actions: indices }, updates };
}

function pixelError(
  setup: ActionSetup,
  seen: tf.Tensor,
  prediction: tf.Tensor,
): { loss: tf.Scalar; metrics: Record<string, tf.Tensor> } {
  const [target, predicted, copied] = [withoutFirst(seen), prediction, withoutLast(seen)].map((x) => judged(setup, x));
  if (!target || !predicted || !copied) throw new TypeError("pixelError: three images expected");
  const mse = tf.mean(tf.squaredDifference(predicted, target)) as tf.Scalar;
  const copyMse = tf.mean(tf.squaredDifference(copied, target)) as tf.Scalar;
  // Measured against copying, so that the loss weighs the same in slow and in fast games.
  return { loss: tf.div(mse, tf.maximum(copyMse, 1e-4)), metrics: { lamMse: mse, copyMse } };
}

/** The patches [B, T, N, P] within the margin. */
function judged(setup: ActionSetup, patches: tf.Tensor): tf.Tensor {
  const [top, side] = setup.config.margin;
  if (top === 0 && side === 0) return patches;
  const { height, width, patchSize } = actionGrid(setup);
  const [rows, columns] = [height / patchSize, width / patchSize];
  const [b = 1, t = 1, , p = 1] = patches.shape;
  const grid = tf.reshape(patches, [b * t, rows, columns, p]);
  return tf.slice(grid, [0, top, side, 0], [b * t, rows - 2 * top, columns - 2 * side, p]);
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
