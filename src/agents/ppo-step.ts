import * as tf from "@tensorflow/tfjs";
import type { Signature, TensorFunction, Tensors } from "../compute/trace.ts";
import { ADAMW_INPUTS, type AdamWConfig } from "../nn/adamw.ts";
import { stopGradient } from "../nn/ops.ts";
import { param, type Params } from "../nn/params.ts";
import { trainStep, type LossResult } from "../nn/train-step.ts";
import { actorOutputs, criticFeatures, criticValues, features, type ActorCritic } from "./actor-critic.ts";
import { anchorParams } from "./anchor.ts";
import type { PPOConfig } from "./ppo-options.ts";

/** The loss and what one watches beside it; all are means over the minibatch. */
export type PPOLoss = {
  readonly loss: tf.Scalar;
  readonly policyLoss: tf.Scalar;
  readonly valueLoss: tf.Scalar;
  /** In nats. */
  readonly entropy: tf.Scalar;
  /** How far the policy has moved, in nats: mean of -log ratio, which is unbiased and varies more. */
  readonly oldApproxKl: tf.Scalar;
  /** The same as the mean of ratio - 1 - log ratio (Schulman 2020), never negative. */
  readonly approxKl: tf.Scalar;
  /** Only where PPO is anchored: how far the policy is from the one that learning began with, in nats. */
  readonly anchorKl?: tf.Scalar;
  /** Share of the steps whose ratio was clipped. */
  readonly clipFraction: tf.Scalar;
};

/** The options that the loss depends on. */
export type LossConfig = Pick<
  PPOConfig,
  "clipCoef" | "clipValueLoss" | "entropyCoef" | "valueCoef" | "normalizeAdvantages" | "anchorCoef" | "criticEncoder"
>;

/**
 * PPO's clipped objective (Schulman et al. 2017) over a minibatch: `obs` [M, obsSize], `actions` [M, size], and
 * `logProbs`, `values` (both of the policy that acted), `advantages`, `returns` and `weights` (0 leaves a step out), [M]; `policyWeight` [] is 1, or 0 where the critic learns alone.
 * With an `anchorCoef` the parameters hold an anchor too (`anchorOf`).
 */
export function ppoLoss(network: ActorCritic, config: LossConfig, params: Params, batch: Tensors): PPOLoss {
  const weights = param(batch, "weights");
  const obs = param(batch, "obs");
  const seen = features(network, params, obs);
  const total = tf.maximum(tf.sum(weights), 1);
  const meanOf = (x: tf.Tensor): tf.Scalar => tf.div(tf.sum(tf.mul(x, weights)), total).asScalar();
  const outputs = actorOutputs(network, params, seen);
  const actions: tf.Tensor2D = tf.reshape(param(batch, "actions"), [-1, network.head.size]);
  const logRatio = tf.sub(network.head.logProb(params, outputs, actions), param(batch, "logProbs"));
  const ratio = tf.exp(logRatio);
  const given = param(batch, "advantages");
  const advantages = config.normalizeAdvantages ? normalized(given, weights, total) : given;
  const clipped = tf.clipByValue(ratio, 1 - config.clipCoef, 1 + config.clipCoef);
  const policyLoss = meanOf(tf.neg(tf.minimum(tf.mul(ratio, advantages), tf.mul(clipped, advantages))));
  // 0 in the critic's warm-up: neither rewards nor entropy bonus nor anchor (Adam would make much of what rounding leaves of its
  // gradient) move the policy, nor the critic the encoder.
  const policyWeight = param(batch, "policyWeight");
  const still = stopGradient(seen);
  const shown = config.criticEncoder === "shared" ? tf.add(still, tf.mul(policyWeight, tf.sub(seen, still))) : still;
  const values = criticValues(network, params, criticFeatures(network, params, obs, shown));
  const valueLoss = meanOf(valueLosses(config, values, batch));
  const entropy = meanOf(network.head.entropy(params, outputs));
  const terms = {
    policyLoss,
    valueLoss,
    entropy,
    oldApproxKl: meanOf(tf.neg(logRatio)),
    approxKl: meanOf(tf.sub(tf.sub(ratio, 1), logRatio)),
    clipFraction: meanOf(tf.cast(tf.greater(tf.abs(tf.sub(ratio, 1)), config.clipCoef), "float32")),
  };
  const objective = tf.sub(policyLoss, tf.mul(entropy, config.entropyCoef));
  const lossOf = (ofPolicy: tf.Tensor): tf.Scalar =>
    tf.add(tf.mul(policyWeight, ofPolicy), tf.mul(valueLoss, config.valueCoef)).asScalar();
  if (config.anchorCoef === 0) return { loss: lossOf(objective), ...terms };
  const anchor = anchorParams(params);
  const anchored = actorOutputs(network, anchor, features(network, anchor, obs));
  const anchorKl = meanOf(network.head.divergence(params, outputs, { params: anchor, outputs: anchored }));
  return { loss: lossOf(tf.add(objective, tf.mul(anchorKl, config.anchorCoef))), ...terms, anchorKl };
}

function normalized(advantages: tf.Tensor, weights: tf.Tensor, total: tf.Tensor): tf.Tensor {
  const centred = tf.sub(advantages, tf.div(tf.sum(tf.mul(advantages, weights)), total));
  const squares = tf.sum(tf.mul(tf.square(centred), weights));
  const deviation = tf.sqrt(tf.div(squares, tf.maximum(tf.sub(total, 1), 1)));
  return tf.div(centred, tf.add(deviation, 1e-8));
}

function valueLosses({ clipCoef, clipValueLoss }: LossConfig, values: tf.Tensor1D, batch: Tensors): tf.Tensor {
  const [returns, old] = [param(batch, "returns"), param(batch, "values")];
  const losses = tf.square(tf.sub(values, returns));
  if (!clipValueLoss) return tf.mul(losses, 0.5);
  const clipped = tf.add(old, tf.clipByValue(tf.sub(values, old), -clipCoef, clipCoef));
  return tf.mul(tf.maximum(losses, tf.square(tf.sub(clipped, returns))), 0.5);
}

/** The inputs of `ppoStep` for minibatches of `rows` steps. */
export function ppoStepInputs({ obsSize, head }: ActorCritic, rows: number): Signature {
  const vector = { shape: [rows], dtype: "float32" } as const;
  return {
    obs: { shape: [rows, obsSize], dtype: "float32" },
    actions: { shape: [rows, head.size], dtype: "float32" },
    logProbs: vector,
    values: vector,
    advantages: vector,
    returns: vector,
    weights: vector,
    policyWeight: { shape: [], dtype: "float32" },
    ...ADAMW_INPUTS,
  };
}

/**
 * One update on a minibatch as one pure function: loss, gradients, Adam. State: the parameters and their moments; its
 * outputs are the next state, the terms of the loss, and the norm of the gradient before it is clipped.
 */
export function ppoStep(
  network: ActorCritic,
  paramNames: readonly string[],
  config: LossConfig,
  optimiser: AdamWConfig,
): TensorFunction {
  const lossOf = (params: Params, batch: Tensors): LossResult => {
    const { loss, ...metrics } = ppoLoss(network, config, params, batch);
    return { loss, metrics, updates: {} };
  };
  return trainStep(paramNames, lossOf, optimiser);
}
