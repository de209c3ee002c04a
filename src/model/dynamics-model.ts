import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { linear, linearParams } from "../nn/linear.ts";
import { addAt, crossEntropy, embed, rmsNorm, withoutGradient } from "../nn/ops.ts";
import { constantly, normal, param, withPrefix, type Params, type ParamSpecs } from "../nn/params.ts";
import {
  stTransformerParams,
  stTransformer,
  STTransformerConfig,
  type STOutput,
  type Take,
  type TemporalContext,
} from "../nn/st-transformer.ts";
import { causalLayout, cleanContextLayout, clipContext } from "../nn/temporal-context.ts";
import type { LossResult } from "../nn/train-step.ts";

/** The dynamics model of Genie, section 2: MaskGIT on an ST-transformer. */
export const DynamicsModelConfig = z
  .strictObject({
    transformer: STTransformerConfig.refine(({ attention }) => attention !== "space", {
      path: ["attention"],
      error: "must be space-time or full: with space alone no frame depends on the last one",
    }).prefault({}),
    actions: z
      .enum(["prepend", "add"])
      .default("add")
      .describe(
        "a latent action is added to the tokens of the frame it leads to, as in the paper, or is a token of its own before it",
      ),
    logits: z
      .enum(["tied", "separate"])
      .default("tied")
      .describe(
        "products with the tokens' embeddings, so that repeating a token is easy, or with weights of their own",
      ),
    copy: z
      .boolean()
      .default(true)
      .describe(
        "a masked token also says how sure it is to be that of the last frame, which need not be learnt token by token",
      ),
    factors: z
      .boolean()
      .default(true)
      .describe(
        "a token's embedding is a row of its own and one for each level of its FSQ code: tokens that look alike share most " +
          "levels, so that rare ones need not be learnt one by one",
      ),
    context: z
      .enum(["clean", "masked"])
      .default("clean")
      .describe("training: past frames clean, as in play, or masked like the paper's"),
    maskRate: z
      .tuple([z.number().min(0).max(1), z.number().min(0).max(1)])
      .refine(([low, high]) => low <= high, "must be a range, the lower mask rate first")
      .default([0.5, 1])
      .describe("range of the mask rate, drawn per sample"),
    corruption: z
      .number()
      .min(0)
      .max(1)
      .default(0.1)
      .describe("largest share of context tokens replaced, so that a dream's faults are not new to it"),
    noise: z
      .enum(["batch", "predicted"])
      .default("batch")
      .describe(
        "what replaces them: other tokens of the batch, or what the model itself would play there, as it sees in its dreams " +
          "(scheduled sampling, Bengio et al. 2015), for a third more work",
      ),
  })
  .refine(({ noise, context }) => noise !== "predicted" || context === "clean", {
    path: ["noise"],
    error: "what the model predicts needs a clean context: a masked one shows the first frame alone",
  });
export type DynamicsModelConfig = z.infer<typeof DynamicsModelConfig>;

/** What the functions of the dynamics model need to know. */
export type DynamicsSetup = {
  readonly config: DynamicsModelConfig;
  readonly tokensPerFrame: number;
  readonly vocabularySize: number;
  /** Levels of each number of an FSQ code; empty for tokens without such structure. */
  readonly levels: readonly number[];
  readonly numActions: number;
  readonly window: number;
};

/** The id of a masked token: outside the vocabulary, so that no real token is mistaken for it. */
export function maskId(setup: DynamicsSetup): number {
  return setup.vocabularySize;
}

/** The id of "no action": what led to the first frame is not known. */
export function noAction(setup: DynamicsSetup): number {
  return setup.numActions;
}

/** Positions per frame inside the transformer: a prepended action takes one. */
export function positionsPerFrame(setup: DynamicsSetup): number {
  return setup.tokensPerFrame + (setup.config.actions === "prepend" ? 1 : 0);
}

/** All parameters. */
export function dynamicsModelParams(setup: DynamicsSetup): ParamSpecs {
  const { transformer, logits, copy, factors } = setup.config;
  const { modelDim } = transformer;
  const levels = factors ? setup.levels : [];
  // As likely at first as all other tokens together.
  const sureness = {
    "copy.weight": normal([modelDim, 1], 0),
    "copy.bias": constantly(Math.log(setup.vocabularySize), [1]),
  };
  return {
    "embed.tokens": normal([setup.vocabularySize + 1, modelDim], 1),
    ...Object.fromEntries(levels.map((level, i) => [`embed.levels.${i}`, normal([level, modelDim], 0)])),
    "embed.actions": normal([setup.numActions + 1, modelDim], 1),
    "embed.positions": normal([setup.tokensPerFrame, modelDim], 0.1),
    ...withPrefix("transformer", stTransformerParams(transformer)),
    ...(logits === "tied" ? {} : withPrefix("logits", linearParams(modelDim, setup.vocabularySize, { std: 0 }))),
    ...(copy ? sureness : {}),
  };
}

/**
 * One pass over frames of (partly masked) tokens [B, T, N] in [0, K], each with the action [B, T] in [0, A] that led to
 * it. Returns the transformer's outputs for the token positions, [B, T, N, D] or what `take` picks of them, and the keys
 * and values to go on from.
 */
export function dynamicsForward(
  setup: DynamicsSetup,
  params: Params,
  tokens_BTN: tf.Tensor,
  actions_BT: tf.Tensor,
  { take = (tokens) => tokens, ...context }: TemporalContext & { readonly take?: Take | undefined },
): STOutput {
  const { transformer, actions } = setup.config;
  const embedded = tf.add(embed(embeddings(setup, params), tokens_BTN), param(params, "embed.positions"));
  const action = tf.expandDims(embed(param(params, "embed.actions"), actions_BT), 2);
  const x = actions === "prepend" ? tf.concat([action, embedded], 2) : tf.add(embedded, action);
  return stTransformer(transformer, params, "transformer", rmsNorm(x) as tf.Tensor4D, {
    ...context,
    take: actions === "add" ? take : (tokens_BTND) => take(withoutAction(tokens_BTND)),
  });
}

function withoutAction(tokens_BTND: tf.Tensor4D): tf.Tensor4D {
  const [b, t, n, d] = tokens_BTND.shape;
  return tf.slice(tokens_BTND, [0, 0, 1, 0], [b, t, n - 1, d]);
}

/**
 * Logits [..., K] of hidden tokens [..., D], whose positions held the tokens `last` [...] a frame ago. With `copy` the
 * hidden token says how much is added to the logit of that one (a pointer, as in See et al. 2017).
 */
export function tokenLogits(setup: DynamicsSetup, params: Params, hidden: tf.Tensor, last: tf.Tensor): tf.Tensor {
  const logits = vocabularyLogits(setup, params, hidden);
  if (!setup.config.copy) return logits;
  const rows = tf.reshape(logits, [-1, setup.vocabularySize]) as tf.Tensor2D;
  return tf.reshape(addAt(rows, last, linear(params, "copy", hidden)), logits.shape);
}

/**
 * Tied to the embeddings, what attention brings from the frame before already is the answer where a token stays: it need
 * not be learnt token by token, which rare ones never are.
 */
function vocabularyLogits(setup: DynamicsSetup, params: Params, hidden: tf.Tensor): tf.Tensor {
  const { config, vocabularySize } = setup;
  if (config.logits === "separate") return linear(params, "logits", hidden);
  const width = config.transformer.modelDim;
  const tokens_KD = tf.slice(embeddings(setup, params), [0, 0], [vocabularySize, width]);
  const weights = tf.mul(tokens_KD, 1 / Math.sqrt(width));
  return tf.reshape(tf.matMul(tf.reshape(hidden, [-1, width]), weights, false, true), [
    ...hidden.shape.slice(0, -1),
    vocabularySize,
  ]);
}

/** Embeddings [K + 1, D] of all tokens and, last, of a masked one. */
function embeddings({ config, levels }: DynamicsSetup, params: Params): tf.Tensor {
  const own = param(params, "embed.tokens");
  if (!config.factors || levels.length === 0) return own;
  const width = config.transformer.modelDim;
  // The first number of a code varies fastest from token to token.
  const shared = levels.reduce<tf.Tensor>(
    (sums, _, i) => {
      const rows = param(params, `embed.levels.${i}`);
      return tf.reshape(tf.add(tf.expandDims(rows, 1), tf.expandDims(sums, 0)), [-1, width]);
    },
    tf.zeros([1, width]),
  );
  return tf.add(
    own,
    tf.pad(shared, [
      [0, 1],
      [0, 0],
    ]),
  );
}

/** What one training step needs: tokens, actions, and the randomness that masks and corrupts them. */
export type DynamicsBatch = {
  /** int32 [B, T, N] in [0, K). */
  readonly tokens_BTN: tf.Tensor;
  /** int32 [B, T-1] in [0, A): what led from each frame to the next. No gradient flows to where they came from. */
  readonly actions_BT: tf.Tensor;
  /** Mask rate per sample [B], and uniforms [B, T-1, N]: a token is masked where its uniform is below the rate. */
  readonly rates_B: tf.Tensor;
  readonly masks_BTN: tf.Tensor;
  /**
   * Where `corrupt_BTN` (0 or 1) says so, the batch's token at this place [B, T, N] in [0, B T N) stands in for one of
   * the context (`noise: "batch"`): drawn so, a rare token is no likelier to be noise than a common one, and is not learnt to
   * be mended.
   */
  readonly donors_BTN: tf.Tensor;
  readonly corrupt_BTN: tf.Tensor;
};

/** Cross-entropy of the masked tokens of frames 2..T (section 2.1: "MaskGIT"); frame 1 is never masked. */
export function dynamicsLoss(setup: DynamicsSetup, params: Params, batch: DynamicsBatch): LossResult {
  const [b = 1, t = 1, n = 1] = batch.tokens_BTN.shape;
  const targets = tf.slice(batch.tokens_BTN, [0, 1, 0], [b, t - 1, n]);
  const masked = tf.less(batch.masks_BTN, tf.reshape(batch.rates_B, [b, 1, 1]));
  const noise = setup.config.noise === "predicted" ? predictions(setup, params, batch) : donated(batch);
  const past = tf.where(tf.greater(batch.corrupt_BTN, 0.5), noise, batch.tokens_BTN);
  const input = tf.where(masked, tf.scalar(maskId(setup), "int32"), targets);
  const hidden = hiddenOfMasked(setup, params, { past_BTN: past, masked_BTN: input, actions_BT: batch.actions_BT });
  const last = tf.slice(past, [0, 0, 0], [b, t - 1, n]);
  const logits = tf.reshape(tokenLogits(setup, params, hidden, last), [-1, setup.vocabularySize]) as tf.Tensor2D;
  const targets_M = tf.cast(tf.reshape(targets, [-1]), "int32") as tf.Tensor1D;
  const weights_M = tf.cast(tf.reshape(masked, [-1]), "float32") as tf.Tensor1D;
  const loss = crossEntropy(logits, targets_M, weights_M);
  const hits = tf.cast(tf.equal(tf.cast(tf.argMax(logits, -1), "int32"), targets_M), "float32");
  const accuracy = tf.div(tf.sum(tf.mul(hits, weights_M)), tf.maximum(tf.sum(weights_M), 1));
  return { loss, metrics: { crossEntropy: loss, accuracy }, updates: {} };
}

/** The tokens [B, T, N] at the places that the batch names. */
function donated({ tokens_BTN, donors_BTN }: DynamicsBatch): tf.Tensor {
  const places = tf.reshape(donors_BTN, [-1]) as tf.Tensor1D;
  return tf.reshape(tf.gather(tf.reshape(tokens_BTN, [-1]), places), tokens_BTN.shape);
}

/** The first frame, and behind it what the model would play in one step from the clip's own past, [B, T, N]. */
function predictions(setup: DynamicsSetup, params: Params, { tokens_BTN, actions_BT }: DynamicsBatch): tf.Tensor {
  const [b = 1, t = 1, n = 1] = tokens_BTN.shape;
  const [first, last] = [1, t - 1].map((count) => tf.slice(tokens_BTN, [0, 0, 0], [b, count, n])) as [
    tf.Tensor,
    tf.Tensor,
  ];
  return withoutGradient(() => {
    const masked_BTN = tf.fill([b, t - 1, n], maskId(setup), "int32");
    const hidden = hiddenOfMasked(setup, params, { past_BTN: tokens_BTN, masked_BTN, actions_BT });
    const likeliest = tf.argMax(tokenLogits(setup, params, hidden, last), -1);
    return tf.concat([tf.cast(first, "int32"), tf.cast(likeliest, "int32")], 1);
  });
}

type ClipPass = {
  /** Tokens [B, T, N] as the context shows them. */
  readonly past_BTN: tf.Tensor;
  /** Partly masked tokens [B, T-1, N] of frames 2..T. */
  readonly masked_BTN: tf.Tensor;
  readonly actions_BT: tf.Tensor;
};

/** The hidden tokens [B, T-1, N, D] of the partly masked frames. */
function hiddenOfMasked(
  setup: DynamicsSetup,
  params: Params,
  { past_BTN, masked_BTN, actions_BT }: ClipPass,
): tf.Tensor {
  const [b = 1, t = 1, n = 1] = past_BTN.shape;
  const none = tf.fill([b, 1], noAction(setup), "int32");
  const led_BT = tf.concat([none, tf.cast(actions_BT, "int32")], 1);
  const { transformer, context } = setup.config;
  const isClean = context === "clean";
  const first = isClean ? past_BTN : tf.slice(past_BTN, [0, 0, 0], [b, 1, n]);
  const tokens = tf.concat([first, masked_BTN], 1);
  const actions = isClean ? tf.concat([led_BT, actions_BT], 1) : led_BT;
  const layout = (isClean ? cleanContextLayout : causalLayout)(t, setup.window);
  const temporal = clipContext(transformer, layout, positionsPerFrame(setup));
  const take: Take = (x) => tf.slice(x, [0, x.shape[1] - (t - 1), 0, 0], [b, t - 1, n, x.shape[3]]);
  return dynamicsForward(setup, params, tokens, actions, { ...temporal, take }).tokens;
}
