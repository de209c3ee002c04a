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

/** y = x W (+ b) over the last axis, as one large product whatever the rank of x. */
export function linear(params: Params, name: string, x: tf.Tensor): tf.Tensor {
  const weight = param(params, `${name}.weight`);
  const bias = params[`${name}.bias`];
  const [inputs = 1, outputs = 1] = weight.shape;
  const rows = tf.matMul(tf.reshape(x, [-1, inputs]), weight);
  const y = bias ? tf.add(rows, bias) : rows;
  return tf.reshape(y, [...x.shape.slice(0, -1), outputs]);
}
