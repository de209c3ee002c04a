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

/**
 * `linear` of x * scale + shift, for a layer with a bias: (s x + t) W + b = x (s W) + (b + t 1 W), which spares two passes
 * over x and their memory where x is large.
 */
export function linearOfScaled(
  params: Params,
  name: string,
  x: tf.Tensor,
  { scale, shift }: { readonly scale: number; readonly shift: number },
): tf.Tensor {
  const weight = param(params, `${name}.weight`);
  const bias = tf.add(param(params, `${name}.bias`), tf.mul(tf.sum(weight, 0), shift));
  return linear({ [`${name}.weight`]: tf.mul(weight, scale), [`${name}.bias`]: bias }, name, x);
}
