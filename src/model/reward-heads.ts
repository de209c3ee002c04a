import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { linear, linearParams } from "../nn/linear.ts";
import { crossEntropy, embed } from "../nn/ops.ts";
import { normal, param, withPrefix, type Params, type ParamSpecs } from "../nn/params.ts";
import { codeDim, codebookSize, lookUpCodes, type QuantizerConfig } from "../nn/quantizers.ts";
import { stTransformer, stTransformerParams, STTransformerConfig } from "../nn/st-transformer.ts";
import { causalLayout, clipContext } from "../nn/temporal-context.ts";
import type { GenieSetup } from "./genie.ts";
import type { LossResult } from "../nn/train-step.ts";

/** How many frames the heads look at: the one before a step and the one after it. */
export const HEAD_FRAMES = 2;

/**
 * The reward and end heads of a world: what a step pays, and whether it ends the task, told from the tokens of the frames
 * before and after it. Genie has none. As in DIAMOND a model of its own beside the world, so that the world itself never
 * sees a label; as in IRIS it reads tokens, so that a dream need not be decoded to be judged.
 */
export const RewardHeadsConfig = z.strictObject({
  rewards: z
    .array(z.number())
    .min(1)
    .max(64)
    .refine((values) => values.every((value, i) => i === 0 || value > (values[i - 1] ?? value)), "must rise")
    .describe("what a step may pay, rising: one class each"),
  transformer: STTransformerConfig.prefault({ numBlocks: 1, modelDim: 64, numHeads: 2 }),
});
export type RewardHeadsConfig = z.infer<typeof RewardHeadsConfig>;

/** What the functions of the heads need to know. */
export type HeadsSetup = {
  readonly config: RewardHeadsConfig;
  readonly quantizer: QuantizerConfig;
  readonly tokensPerFrame: number;
};

/** The heads of a world of this set-up. */
export function setupHeads(config: RewardHeadsConfig, { tokenizer, dynamics }: GenieSetup): HeadsSetup {
  return { config, quantizer: tokenizer.config.quantizer, tokensPerFrame: dynamics.tokensPerFrame };
}

/** All parameters that learn; the codes of the world's quantiser are given to the functions under `quantizer`. */
export function headsParams({ config, quantizer, tokensPerFrame }: HeadsSetup): ParamSpecs {
  const { modelDim } = config.transformer;
  return {
    ...withPrefix("embed.codes", linearParams(codeDim(quantizer), modelDim)),
    // Labels are few: a token that they never show is known by its code alone.
    "embed.tokens": normal([codebookSize(quantizer), modelDim], 0),
    "embed.positions": normal([tokensPerFrame, modelDim], 0.1),
    ...withPrefix("transformer", stTransformerParams(config.transformer)),
    ...withPrefix("pool", linearParams(modelDim, 1, { std: 0 })),
    ...withPrefix("reward", linearParams(modelDim, config.rewards.length, { bias: true, std: 0 })),
    ...withPrefix("end", linearParams(modelDim, 2, { bias: true, std: 0 })),
  };
}

/** Logits of what a step pays, [B, R], and of whether it goes on or ends, [B, 2]. */
type HeadLogits = { readonly reward: tf.Tensor2D; readonly end: tf.Tensor2D };

/** Logits of steps, of the tokens [B, 2, N] before and after each. */
function headLogits(setup: HeadsSetup, params: Params, tokens_BTN: tf.Tensor): HeadLogits {
  const { transformer } = setup.config;
  const codes = lookUpCodes(setup.quantizer, params, "quantizer", tokens_BTN);
  const known = embed(param(params, "embed.tokens"), tokens_BTN);
  const x = tf.addN([linear(params, "embed.codes", codes), known]);
  const positioned = tf.add(x, param(params, "embed.positions")) as tf.Tensor4D;
  const context = clipContext(transformer, causalLayout(HEAD_FRAMES, HEAD_FRAMES), setup.tokensPerFrame);
  const { tokens } = stTransformer(transformer, params, "transformer", positioned, { ...context, take: afterStep });
  const pooled = pool(params, tokens);
  return {
    reward: linear(params, "reward", pooled) as tf.Tensor2D,
    end: linear(params, "end", pooled) as tf.Tensor2D,
  };
}

/** The frame that the step led to, [B, N, D]. */
function afterStep(tokens_BTND: tf.Tensor4D): tf.Tensor {
  const [b, t, n, d] = tokens_BTND.shape;
  return tf.reshape(tf.slice(tokens_BTND, [0, t - 1, 0, 0], [b, 1, n, d]), [b, n, d]);
}

/** One vector per frame, [B, D]: what happens is to be seen in a few tokens, and these are learnt to be looked at. */
function pool(params: Params, tokens_BND: tf.Tensor): tf.Tensor {
  const weights_BN1 = tf.softmax(tf.transpose(linear(params, "pool", tokens_BND), [0, 2, 1]));
  return tf.squeeze(tf.matMul(weights_BN1, tokens_BND), [1]);
}

/** Steps and what is known of them: tokens int32 [B, 2, N], the class of the reward [B], and 0 or 1 for the end [B]. */
export type HeadsBatch = {
  readonly tokens_BTN: tf.Tensor;
  readonly rewards_B: tf.Tensor;
  readonly ends_B: tf.Tensor;
};

/** The sum of both heads' cross-entropies. */
export function headsLoss(setup: HeadsSetup, params: Params, batch: HeadsBatch): LossResult {
  const { reward, end } = headLogits(setup, params, batch.tokens_BTN);
  const weights = tf.ones([reward.shape[0]]) as tf.Tensor1D;
  const rewardLoss = crossEntropy(reward, batch.rewards_B as tf.Tensor1D, weights);
  const endLoss = crossEntropy(end, batch.ends_B as tf.Tensor1D, weights);
  return { loss: tf.add(rewardLoss, endLoss), metrics: { rewardLoss, endLoss }, updates: {} };
}

/** Probabilities float32 of each reward, [B, R], and of the end, [B], of the tokens [B, 2, N] before and after steps. */
export function judge(setup: HeadsSetup, params: Params, tokens_BTN: tf.Tensor): { reward: tf.Tensor; end: tf.Tensor } {
  const { reward, end } = headLogits(setup, params, tokens_BTN);
  const [b] = end.shape;
  return { reward: tf.softmax(reward), end: tf.reshape(tf.slice(tf.softmax(end), [0, 1], [b, 1]), [b]) };
}
