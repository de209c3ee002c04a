import * as tf from "@tensorflow/tfjs";
import { constantly, normal, param, type Params, type ParamSpecs } from "./params.ts";

/** Parameters of `linear`: a weight [inputs, outputs] and, if asked for, a bias. `std` 0 starts the layer at zero. */
export function linearParams(
  inputs: number,
  outputs: number,
  { bias = false, std = 1 / Math.sqrt(inputs) }: { bias?: boolean; std?: number } = {},
): ParamSpecs {
  const weight = normal([inputs, outputs], std);
  return bias ? { weight, bias: constantly(0, [outputs]) } : { weight };
}

/** y = x W (+ b) over the last axis. */
export function linear(params: Params, name: string, x: tf.Tensor): tf.Tensor {
  const y = matMulLast(x, param(params, `${name}.weight`));
  const bias = params[`${name}.bias`];
  return bias ? tf.add(y, bias) : y;
}

/** x W over the last axis of x [..., inputs], as one large product whatever its rank. */
export function matMulLast(x: tf.Tensor, weight: tf.Tensor): tf.Tensor {
  const [inputs = 1, outputs = 1] = weight.shape;
  const rows = tf.matMul(tf.reshape(x, [-1, inputs]), weight);
  return tf.reshape(rows, [...x.shape.slice(0, -1), outputs]);
}
