import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { float32, type HostTensors, type TensorSpec } from "../core/host-tensor.ts";
import { sumOf } from "./ops.ts";
import { param, zeros, type Params } from "./params.ts";

/** AdamW (Loshchilov and Hutter 2019) with a clipped gradient norm. */
export const AdamWConfig = z.strictObject({
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.95),
  epsilon: z.number().positive().default(1e-8),
  weightDecay: z.number().min(0).default(1e-4).describe("applied to matrices, not to vectors"),
  clipNorm: z.number().positive().default(1).describe("largest norm of the whole gradient"),
});
export type AdamWConfig = z.infer<typeof AdamWConfig>;

/** The inputs that change from update to update: the learning rate and the bias corrections of both moments. */
export const ADAMW_INPUTS = {
  learningRate: { shape: [], dtype: "float32" },
  correction1: { shape: [], dtype: "float32" },
  correction2: { shape: [], dtype: "float32" },
} as const satisfies Record<string, TensorSpec>;

/** The inputs of update number `step` (the first is 1). */
export function adamwInputs(config: AdamWConfig, step: number, learningRate: number): HostTensors {
  const scalar = (value: number) => float32(Float32Array.of(value), []);
  return {
    learningRate: scalar(learningRate),
    correction1: scalar(1 / (1 - config.beta1 ** step)),
    correction2: scalar(1 / (1 - config.beta2 ** step)),
  };
}

/** Zero moments for each trained parameter: `adam.mean.<name>` and `adam.square.<name>`. */
export function initMoments(params: HostTensors): HostTensors {
  const entries = Object.entries(params).flatMap(([name, { shape }]) => [
    [`adam.mean.${name}`, zeros(shape)] as const,
    [`adam.square.${name}`, zeros(shape)] as const,
  ]);
  return Object.fromEntries(entries);
}

/** One update: the next parameters and moments, and the norm of the gradient before clipping. */
export function adamw(
  config: AdamWConfig,
  params: Params,
  gradients: Params,
  state: Params,
): { updates: Record<string, tf.Tensor>; gradientNorm: tf.Scalar } {
  const squares = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)) as tf.Scalar);
  const gradientNorm = tf.sqrt(sumOf(squares)) as tf.Scalar;
  const clip = tf.div(config.clipNorm, tf.maximum(gradientNorm, config.clipNorm));
  const updates: Record<string, tf.Tensor> = {};
  for (const [name, gradient] of Object.entries(gradients)) {
    Object.assign(updates, updateOne(config, name, param(params, name), tf.mul(gradient, clip), state));
  }
  return { updates, gradientNorm };
}

function updateOne(
  { beta1, beta2, epsilon, weightDecay }: AdamWConfig,
  name: string,
  value: tf.Tensor,
  gradient: tf.Tensor,
  state: Params,
): Record<string, tf.Tensor> {
  const [meanName, squareName] = [`adam.mean.${name}`, `adam.square.${name}`];
  const mean = tf.add(tf.mul(param(state, meanName), beta1), tf.mul(gradient, 1 - beta1));
  const square = tf.add(tf.mul(param(state, squareName), beta2), tf.mul(tf.square(gradient), 1 - beta2));
  const rate = param(state, "learningRate");
  const numerator = tf.mul(mean, tf.mul(rate, param(state, "correction1")));
  const denominator = tf.add(tf.sqrt(tf.mul(square, param(state, "correction2"))), epsilon);
  const kept = value.rank > 1 ? tf.mul(value, tf.sub(1, tf.mul(rate, weightDecay))) : value;
  return { [name]: tf.sub(kept, tf.div(numerator, denominator)), [meanName]: mean, [squareName]: square };
}
