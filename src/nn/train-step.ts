import * as tf from "@tensorflow/tfjs";
import type { HostTensors } from "../core/host-tensor.ts";
import type { TensorFunction, Tensors } from "../compute/trace.ts";
import { adamw, initMoments, type AdamWConfig } from "./adamw.ts";
import { param, type Params } from "./params.ts";
import { isMovingAverage } from "./quantizers.ts";

/** The loss of a step, what to log, and the next values of parameters that do not learn by gradient. */
export type LossResult = {
  readonly loss: tf.Scalar;
  readonly metrics: Readonly<Record<string, tf.Tensor>>;
  readonly updates: Readonly<Record<string, tf.Tensor>>;
};

/** A loss as a function of parameters and of the inputs of one step. */
export type LossFunction = (params: Params, inputs: Tensors) => LossResult;

/** The state of a training step: parameters, then the optimiser's moments of those that learn by gradient. */
export function initTrainState(params: HostTensors): HostTensors {
  const learnt = Object.fromEntries(Object.entries(params).filter(([name]) => !isMovingAverage(name)));
  return { ...params, ...initMoments(learnt) };
}

/**
 * A whole training step as one pure function of state and inputs: loss, gradients, AdamW. Its outputs are the next state,
 * the loss, the gradient's norm and the metrics.
 */
export function trainStep(names: readonly string[], lossOf: LossFunction, optimiser: AdamWConfig): TensorFunction {
  // Sorted, as sums of floats depend on their order: a run that goes on from a file must go on exactly.
  const learnt = names.filter((name) => !isMovingAverage(name)).toSorted();
  return (inputs) => {
    const values = learnt.map((name) => param(inputs, name));
    let result: LossResult | null = null;
    const { value, grads } = tf.valueAndGrads((...learning: tf.Tensor[]) => {
      const params = { ...inputs, ...Object.fromEntries(learnt.map((name, i) => [name, learning[i] ?? value])) };
      result = keepResult(lossOf(params, inputs));
      return tf.clone(result.loss);
    })(values);
    const gradients = Object.fromEntries(
      learnt.map((name, i) => [name, param({ gradient: grads[i] ?? value }, "gradient")]),
    );
    const { updates, gradientNorm } = adamw(optimiser, inputs, gradients, inputs);
    return { loss: value, gradientNorm, ...updates, ...releaseResult(result) };
  };
}

/** tfjs frees what a gradient function made; metrics and moving averages must outlive it. */
function keepResult(result: LossResult): LossResult {
  for (const tensor of [...Object.values(result.metrics), ...Object.values(result.updates)]) tf.keep(tensor);
  return result;
}

/** Hands kept tensors to the caller's scope. */
function releaseResult(result: LossResult | null): Record<string, tf.Tensor> {
  if (!result) return {};
  const kept = { ...result.metrics, ...result.updates };
  const released = Object.fromEntries(Object.entries(kept).map(([name, tensor]) => [name, tf.clone(tensor)]));
  tf.dispose(kept);
  return released;
}
