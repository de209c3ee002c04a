import * as tf from "@tensorflow/tfjs";
import { z } from "zod";

/** How a frame's tokens are sampled (Chang et al. 2022, section 3.2; Genie, section 2.2). */
export const MaskGITConfig = z.strictObject({
  steps: z.int().positive().max(1024).default(8).describe("refinement steps S (the paper plays with 25)"),
  temperature: z.number().min(0).default(1).describe("divides the logits; 0 takes the likeliest token"),
  unmask: z
    .enum(["confidence", "random"])
    .default("confidence")
    .describe("which tokens a step reveals: those it is surest of, or any"),
});
export type MaskGITConfig = z.infer<typeof MaskGITConfig>;

/** Uniforms that one frame of N tokens needs: one per token and step, and one per token for the random order. */
export function uniformsPerFrame(config: MaskGITConfig, tokensPerFrame: number): number {
  return (config.steps + 1) * tokensPerFrame;
}

/**
 * The cosine schedule: how many of N tokens are still masked after each of S steps. At least one token is revealed per
 * step while there are any, and none is left after the last.
 */
export function maskSchedule(steps: number, tokensPerFrame: number): number[] {
  return Array.from({ length: steps }, (_, s) => {
    const cosine = Math.floor(tokensPerFrame * Math.cos(((s + 1) / steps) * (Math.PI / 2)) + 1e-9);
    return s === steps - 1 ? 0 : Math.min(cosine, Math.max(tokensPerFrame - s - 1, 0));
  });
}

/** One sampled token per row of logits, its probability, and the entropy (nats) of what it was drawn from. */
export type Draw = { readonly tokens: tf.Tensor; readonly probability: tf.Tensor; readonly entropy: tf.Tensor };

/**
 * Draws from softmax(logits / temperature) by inverse CDF: token = number of classes whose cumulated probability does not
 * exceed the uniform. One uniform per row, so every engine can replay a draw. logits [..., K], uniforms [...].
 */
export function drawTokens(logits: tf.Tensor, uniforms: tf.Tensor, temperature: number): Draw {
  const classes = logits.shape.at(-1) ?? 1;
  const scaled = temperature > 0 ? tf.div(logits, temperature) : logits;
  const probabilities = tf.softmax(scaled);
  const tokens = temperature > 0 ? inverseCdf(probabilities, uniforms) : tf.argMax(probabilities, -1);
  const hot = tf.cast(tf.oneHot(tf.cast(tokens, "int32") as tf.Tensor1D, classes), "float32");
  const logs = tf.log(tf.maximum(probabilities, 1e-20));
  return {
    tokens: tf.cast(tokens, "int32"),
    probability: tf.sum(tf.mul(probabilities, hot), -1),
    entropy: tf.neg(tf.sum(tf.mul(probabilities, logs), -1)),
  };
}

function inverseCdf(probabilities: tf.Tensor, uniforms: tf.Tensor): tf.Tensor {
  const last = probabilities.rank - 1;
  const cdf = tf.cumsum(probabilities, last);
  const below = tf.sum(tf.cast(tf.lessEqual(cdf, tf.expandDims(uniforms, -1)), "int32"), last);
  // The cumulated sum may end a rounding error below 1.
  return tf.minimum(below, tf.scalar((probabilities.shape[last] ?? 1) - 1, "int32"));
}

/** What sampling one frame returns: tokens [B, N], and per row the mean probability and mean entropy of what was drawn. */
export type SampledFrame = {
  readonly tokens_BN: tf.Tensor;
  readonly confidence_B: tf.Tensor;
  readonly entropy_B: tf.Tensor;
};

/**
 * Predicts the tokens of one frame by iterative unmasking. `logitsOf` returns logits [B, N, K] for partly masked tokens
 * [B, N]; uniforms [B, S + 1, N] in [0, 1).
 */
export function sampleMaskGIT(
  config: MaskGITConfig,
  maskToken: number,
  uniforms_BSN: tf.Tensor3D,
  logitsOf: (tokens_BN: tf.Tensor) => tf.Tensor,
): SampledFrame {
  const [b, , n] = uniforms_BSN.shape;
  const at = (step: number) => tf.reshape(tf.slice(uniforms_BSN, [0, step, 0], [b, 1, n]), [b, n]);
  const order_BN = at(config.steps);
  let tokens: tf.Tensor = tf.fill([b, n], maskToken, "int32");
  let confidence: tf.Tensor = tf.zeros([b, n]);
  let entropy: tf.Tensor = tf.zeros([b, n]);
  for (const [step, stillMasked] of maskSchedule(config.steps, n).entries()) {
    const draw = drawTokens(logitsOf(tokens), at(step), config.temperature);
    const isMasked = tf.equal(tokens, maskToken);
    const score = config.unmask === "random" ? order_BN : draw.probability;
    const reveal = tf.logicalAnd(isMasked, revealed(score, isMasked, n - stillMasked));
    tokens = tf.where(reveal, draw.tokens, tokens);
    confidence = tf.where(reveal, draw.probability, confidence);
    entropy = tf.where(reveal, draw.entropy, entropy);
  }
  return { tokens_BN: tokens, confidence_B: tf.mean(confidence, 1), entropy_B: tf.mean(entropy, 1) };
}

/**
 * Which tokens are among the `count` best: revealed ones come first, then the highest scores, and of equal scores the
 * leftmost. Ranks are counted by comparing all pairs, which needs no sort and is the same on every engine.
 */
function revealed(score_BN: tf.Tensor, isMasked_BN: tf.Tensor, count: number): tf.Tensor {
  const [b = 1, n = 1] = score_BN.shape;
  if (count === n) return tf.onesLike(isMasked_BN);
  const key = tf.where(isMasked_BN, score_BN, tf.fill([b, n], 2));
  const [mine, other] = [tf.expandDims(key, 2), tf.expandDims(key, 1)];
  const leftOf = tf.tensor2d(
    Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_unused, j) => j < i)),
    [n, n],
    "bool",
  );
  const beats = tf.logicalOr(tf.greater(other, mine), tf.logicalAnd(tf.equal(other, mine), leftOf));
  return tf.less(tf.sum(tf.cast(beats, "int32"), 2), tf.scalar(count, "int32"));
}
