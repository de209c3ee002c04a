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
 * exceed the uniform. One uniform per row, so every engine can replay a draw. logits [M, K], uniforms [M].
 */
export function drawTokens(logits_MK: tf.Tensor, uniforms_M: tf.Tensor, temperature: number): Draw {
  const scaled = temperature > 0 ? tf.div(logits_MK, temperature) : logits_MK;
  const probabilities = tf.softmax(scaled);
  const tokens = temperature > 0 ? inverseCdf(probabilities, uniforms_M) : tf.argMax(probabilities, -1);
  return {
    tokens: tf.cast(tokens, "int32"),
    probability: pick(probabilities, tokens),
    entropy: entropyOf(scaled, probabilities),
  };
}

/** Entropy in nats: log of the sum of exponentials, minus the mean logit. The likeliest class tells the former. */
function entropyOf(logits_MK: tf.Tensor, probabilities_MK: tf.Tensor): tf.Tensor {
  const logSum = tf.sub(tf.max(logits_MK, -1), tf.log(tf.max(probabilities_MK, -1)));
  return tf.sub(logSum, tf.sum(tf.mul(probabilities_MK, logits_MK), -1));
}

/** Element or row `ids_M[m]` of each table x[m], for x [M, K, ...]. */
function pick(x: tf.Tensor, ids_M: tf.Tensor): tf.Tensor {
  const [m = 1, k = 1, ...rest] = x.shape;
  const starts = tf.range(0, m * k, k, "int32");
  return tf.gather(tf.reshape(x, [m * k, ...rest]), tf.add(starts, tf.cast(ids_M, "int32")));
}

/** First which group of classes, then which class of it: two short cumulated sums instead of one long one. */
function inverseCdf(probabilities_MK: tf.Tensor, uniforms_M: tf.Tensor): tf.Tensor {
  const [m = 1, k = 1] = probabilities_MK.shape;
  const size = groupSize(k);
  const groups_MGS = tf.reshape(probabilities_MK, [m, k / size, size]);
  const masses = tf.sum(groups_MGS, 2);
  const group_M = countBelow(masses, uniforms_M);
  const isBefore = tf.less(tf.range(0, k / size, 1, "int32"), tf.expandDims(group_M, 1));
  const before = tf.sum(tf.mul(masses, tf.cast(isBefore, "float32")), 1);
  const inside = countBelow(pick(groups_MGS, group_M), tf.sub(uniforms_M, before));
  return tf.add(tf.mul(group_M, tf.scalar(size, "int32")), inside);
}

/** The largest divisor of `classes` that is at most its square root. */
function groupSize(classes: number): number {
  const sizes = Array.from({ length: Math.floor(Math.sqrt(classes)) }, (_, i) => i + 1);
  return sizes.findLast((size) => classes % size === 0) ?? 1;
}

/** Number of classes whose cumulated mass does not exceed the uniform. */
function countBelow(masses_MK: tf.Tensor, uniforms_M: tf.Tensor): tf.Tensor {
  const cdf = tf.cumsum(masses_MK, 1);
  const below = tf.sum(tf.cast(tf.lessEqual(cdf, tf.expandDims(uniforms_M, 1)), "int32"), 1);
  // The cumulated sum may end a rounding error below the whole.
  return tf.minimum(below, tf.scalar((masses_MK.shape[1] ?? 1) - 1, "int32"));
}

/** What sampling one frame returns: tokens [B, N], and per row the mean probability and mean entropy of what was drawn. */
export type SampledFrame = {
  readonly tokens_BN: tf.Tensor;
  readonly confidence_B: tf.Tensor;
  readonly entropy_B: tf.Tensor;
};

/** Some tokens of a batch of frames: x [B, N, ...] as [M, ...]. */
export type TakeTokens = (x_BN: tf.Tensor) => tf.Tensor;

/** The masked-token model: logits [M, K] of those of the partly masked tokens [B, N] that `take` picks. */
export type LogitsOf = (tokens_BN: tf.Tensor, take: TakeTokens) => tf.Tensor;

/**
 * Predicts the tokens of one frame by iterative unmasking. The schedule fixes how many tokens of each row are masked in
 * each step, so logits are computed and drawn for these only. uniforms [B, S + 1, N] in [0, 1).
 */
export function sampleMaskGIT(
  config: MaskGITConfig,
  maskToken: number,
  uniforms_BSN: tf.Tensor3D,
  logitsOf: LogitsOf,
): SampledFrame {
  const [b, , n] = uniforms_BSN.shape;
  const at = (step: number) => tf.reshape(tf.slice(uniforms_BSN, [0, step, 0], [b, 1, n]), [b, n]);
  let tokens: tf.Tensor = tf.fill([b, n], maskToken, "int32");
  let confidence: tf.Tensor = tf.zeros([b, n]);
  let entropy: tf.Tensor = tf.zeros([b, n]);
  let numMasked = n;
  for (const [step, stillMasked] of maskSchedule(config.steps, n).entries()) {
    if (numMasked === 0) break;
    const masked = maskedTokens(tf.equal(tokens, maskToken), numMasked);
    const draw = drawTokens(logitsOf(tokens, masked.take), masked.take(at(step)), config.temperature);
    const score = config.unmask === "random" ? masked.take(at(config.steps)) : draw.probability;
    const best_BM = isAmongBest(tf.reshape(score, [b, numMasked]), numMasked - stillMasked);
    const reveal = tf.logicalAnd(masked.isMasked_BN, masked.put(best_BM));
    tokens = tf.where(reveal, masked.put(draw.tokens), tokens);
    confidence = tf.where(reveal, masked.put(draw.probability), confidence);
    entropy = tf.where(reveal, masked.put(draw.entropy), entropy);
    numMasked = stillMasked;
  }
  return { tokens_BN: tokens, confidence_B: tf.mean(confidence, 1), entropy_B: tf.mean(entropy, 1) };
}

/** The masked tokens of each row, of which there are equally many: M = B * count of them, row by row, left to right. */
type MaskedTokens = {
  readonly isMasked_BN: tf.Tensor;
  /** x[b, n] of the masked tokens, [B, N, ...] to [M, ...]. */
  readonly take: TakeTokens;
  /** Puts values [M] at their tokens, [B, N]; what the others get has no meaning. */
  readonly put: (values_M: tf.Tensor) => tf.Tensor;
};

function maskedTokens(isMasked_BN: tf.Tensor, count: number): MaskedTokens {
  const [b = 1, n = 1] = isMasked_BN.shape;
  if (count === n) {
    const take = (x: tf.Tensor) => tf.reshape(x, [b * n, ...x.shape.slice(2)]);
    return { isMasked_BN, take, put: (values) => tf.reshape(values, [b, n]) };
  }
  // Descending keys from the left on: the largest belong to the masked tokens in order.
  const keys = tf.mul(tf.cast(isMasked_BN, "float32"), tf.range(n, 0, -1));
  const tokens_BM = tf.topk(keys, count).indices;
  const places = tf.maximum(tf.sub(tf.cumsum(tf.cast(isMasked_BN, "float32"), 1), 1), 0);
  const [rows_BM, rows_BN] = [rowIds(tokens_BM, n), rowIds(tf.cast(places, "int32"), count)];
  return {
    isMasked_BN,
    take: (x) => tf.gather(tf.reshape(x, [b * n, ...x.shape.slice(2)]), tf.reshape(rows_BM, [-1])),
    put: (values) => tf.gather(tf.reshape(values, [-1]), rows_BN),
  };
}

/** Columns [B, M] of a table with `width` columns as indices into it when it is flat. */
function rowIds(columns_BM: tf.Tensor, width: number): tf.Tensor {
  const starts = tf.range(0, (columns_BM.shape[0] ?? 1) * width, width, "int32");
  return tf.add(columns_BM, tf.expandDims(starts, 1));
}

/**
 * Which scores of each row are among its `count` best; of equal ones the leftmost. Ranks are counted by comparing all
 * pairs, which needs no sort and is the same on every engine.
 */
function isAmongBest(score_BM: tf.Tensor, count: number): tf.Tensor {
  const [, m = 1] = score_BM.shape;
  if (count === m) return tf.onesLike(tf.cast(score_BM, "bool"));
  const [mine, other] = [tf.expandDims(score_BM, 2), tf.expandDims(score_BM, 1)];
  const leftOf = tf.tensor2d(
    Array.from({ length: m }, (_, i) => Array.from({ length: m }, (_unused, j) => j < i)),
    [m, m],
    "bool",
  );
  const beats = tf.logicalOr(tf.greater(other, mine), tf.logicalAnd(tf.equal(other, mine), leftOf));
  return tf.less(tf.sum(tf.cast(beats, "int32"), 2), tf.scalar(count, "int32"));
}
