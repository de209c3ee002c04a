import * as tf from "@tensorflow/tfjs";
import { ConfigError } from "../core/errors.ts";
import type { HostTensors } from "../core/host-tensor.ts";
import type { Rng } from "../core/rng.ts";
import { ARRAYS, isIntegral, type NumericArray } from "../env/spaces/arrays.ts";
import { Box, Discrete, MultiBinary, MultiDiscrete, type Space } from "../env/index.ts";
import { sumOf } from "../nn/ops.ts";
import { param, zeros, type Params } from "../nn/params.ts";

/**
 * A policy's distribution over the actions of a space, given the actor's outputs [B, numOutputs]. Inside the agent an
 * action is `size` float32 numbers: the index of each choice, or the unclipped numbers of a continuous action.
 */
export type ActionHead = {
  readonly size: number;
  /** How many numbers the actor puts out for it: logits, or means. */
  readonly numOutputs: number;
  /** What it learns besides the actor. */
  readonly params: HostTensors;
  /** The random numbers of `count` actions, [count, size]. */
  noise(rng: Rng, count: number): Float32Array;
  /** Actions [B, size] drawn by the noise [B, size]. */
  sample(params: Params, outputs: tf.Tensor2D, noise: tf.Tensor2D): tf.Tensor;
  /** The likeliest actions, [B, size]. */
  mode(outputs: tf.Tensor2D): tf.Tensor;
  /** Log-probabilities (or densities) of actions [B, size] in nats, [B]. */
  logProb(params: Params, outputs: tf.Tensor2D, actions: tf.Tensor2D): tf.Tensor;
  /** Entropies in nats, [B]. */
  entropy(params: Params, outputs: tf.Tensor2D): tf.Tensor;
  /** Kullback-Leibler divergence in nats from another policy of this head to this one, KL(other || this), [B]. */
  divergence(params: Params, outputs: tf.Tensor2D, other: ActorOutputs): tf.Tensor;
  /** Actions [B, size] as the vector environment takes them. */
  toEnv(actions: Float32Array): NumericArray;
};

/** What an actor says of a batch, and the parameters by which it is read. */
export type ActorOutputs = { readonly params: Params; readonly outputs: tf.Tensor2D };

/**
 * The head for an action space: independent categoricals (Discrete, MultiDiscrete, MultiBinary) or independent normals
 * (a Box of floats).
 * @throws ConfigError for another space.
 */
export function actionHead(space: Space<unknown>): ActionHead {
  if (space instanceof Discrete)
    return categorical([space.n], (choices) => Int32Array.from(choices, (x) => x + space.start));
  if (space instanceof MultiDiscrete) {
    const { nvec, start } = space;
    return categorical([...nvec], (choices) => Int32Array.from(choices, (x, i) => x + Number(start[i % nvec.length])));
  }
  if (space instanceof MultiBinary) {
    return categorical(new Array<number>(space.flat.size).fill(2), (choices) => Int8Array.from(choices));
  }
  if (space instanceof Box && !isIntegral(space.dtype)) return normal(space);
  throw new ConfigError(
    `PPO: actions must be Discrete, MultiDiscrete, MultiBinary or a Box of floats, got ${String(space)}`,
  );
}

/** One choice after another, each among `sizes[i]`, with logits of their own. */
function categorical(sizes: readonly number[], toEnv: (choices: Float32Array) => NumericArray): ActionHead {
  const logitsOf = (outputs: tf.Tensor2D): tf.Tensor2D[] =>
    sizes.length === 1 ? [outputs] : tf.split(outputs, [...sizes], 1);
  return {
    size: sizes.length,
    numOutputs: sizes.reduce((sum, n) => sum + n, 0),
    params: {},
    noise: (rng, count) => rng.uniforms(count * sizes.length),
    sample: (_, outputs, noise) =>
      tf.concat(
        logitsOf(outputs).map((logits, i) => choose(logits, tf.slice(noise, [0, i], [-1, 1]))),
        1,
      ),
    mode: (outputs) =>
      tf.cast(
        tf.stack(
          logitsOf(outputs).map((logits) => tf.argMax(logits, 1)),
          1,
        ),
        "float32",
      ),
    logProb: (_, outputs, actions) =>
      sumOf(logitsOf(outputs).map((logits, i) => logProbOf(logits, tf.slice(actions, [0, i], [-1, 1])))),
    entropy: (_, outputs) => sumOf(logitsOf(outputs).map((logits) => entropyOf(logits))),
    divergence: (_, outputs, other) => {
      const others = logitsOf(other.outputs);
      return sumOf(logitsOf(outputs).map((logits, i) => divergenceOf(others[i] ?? logits, logits)));
    },
    toEnv,
  };
}

/** Choices [B, 1] by the inverse of the cumulative distribution at `uniforms` [B, 1]. */
function choose(logits: tf.Tensor2D, uniforms: tf.Tensor): tf.Tensor {
  const passed = tf.lessEqual(tf.cumsum(tf.softmax(logits), 1), uniforms);
  // Rounding may leave the sum of all probabilities below the uniform.
  return tf.minimum(tf.sum(tf.cast(passed, "float32"), 1, true), logits.shape[1] - 1);
}

function logProbOf(logits: tf.Tensor2D, choices: tf.Tensor): tf.Tensor {
  // Not tf.oneHot, which refuses a single choice.
  const chosen = tf.equal(tf.cast(tf.reshape(choices, [-1, 1]), "float32"), tf.range(0, logits.shape[1]));
  return tf.sum(tf.mul(tf.logSoftmax(logits), tf.cast(chosen, "float32")), 1);
}

function entropyOf(logits: tf.Tensor2D): tf.Tensor {
  return tf.neg(tf.sum(tf.mul(tf.softmax(logits), tf.logSoftmax(logits)), 1));
}

function divergenceOf(from: tf.Tensor2D, to: tf.Tensor2D): tf.Tensor {
  return tf.sum(tf.mul(tf.softmax(from), tf.sub(tf.logSoftmax(from), tf.logSoftmax(to))), 1);
}

const LOG_STD = "actor.logStd";
const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

/** Normals around the actor's outputs, with standard deviations that do not depend on the observation. */
function normal({ low, high, dtype }: Box<keyof typeof ARRAYS>): ActionHead {
  const size = low.length;
  const standardised = (params: Params, means: tf.Tensor2D, actions: tf.Tensor2D): tf.Tensor =>
    tf.div(tf.sub(actions, means), tf.exp(param(params, LOG_STD)));
  return {
    size,
    numOutputs: size,
    params: { [LOG_STD]: zeros([size]) },
    noise: (rng, count) => Float32Array.from({ length: count * size }, () => rng.normal()),
    sample: (params, means, noise) => tf.add(means, tf.mul(noise, tf.exp(param(params, LOG_STD)))),
    mode: (means) => tf.clone(means),
    logProb: (params, means, actions) => {
      const squares = tf.square(standardised(params, means, actions));
      return tf.sum(tf.sub(tf.mul(squares, -0.5), tf.add(param(params, LOG_STD), HALF_LOG_2PI)), 1);
    },
    entropy: (params, means) => {
      const each = tf.sum(tf.add(param(params, LOG_STD), HALF_LOG_2PI + 0.5));
      return tf.mul(each, tf.ones([means.shape[0]]));
    },
    divergence: (params, means, other) => {
      const [logStd, otherLogStd] = [param(params, LOG_STD), param(other.params, LOG_STD)];
      const spread = tf.add(tf.exp(tf.mul(otherLogStd, 2)), tf.square(tf.sub(other.outputs, means)));
      const scaled = tf.mul(tf.div(spread, tf.exp(tf.mul(logStd, 2))), 0.5);
      return tf.sum(tf.add(tf.sub(logStd, otherLogStd), tf.sub(scaled, 0.5)), 1);
    },
    toEnv: (actions) => {
      const clipped = new ARRAYS[dtype](actions.length);
      for (const [i, x] of actions.entries()) {
        clipped[i] = Math.min(Math.max(x, Number(low[i % size])), Number(high[i % size]));
      }
      return clipped;
    },
  };
}
