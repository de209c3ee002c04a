import * as tf from "@tensorflow/tfjs";
import { float32, type HostTensor, type HostTensors } from "../core/host-tensor.ts";
import type { Rng } from "../core/rng.ts";
import type { TensorFunction } from "../compute/trace.ts";
import { linear } from "../nn/linear.ts";
import { param, zeros, type Params } from "../nn/params.ts";
import type { ActionHead } from "./action-head.ts";
import type { Encoder } from "./encoder.ts";
import { orthogonal } from "./orthogonal.ts";

/**
 * Two networks, the actor and the critic: tanh layers of these widths over flat observations, or over the features of an
 * encoder that both share.
 */
export type ActorCritic = {
  /** Numbers of a flat observation. */
  readonly obsSize: number;
  readonly hiddenSizes: readonly number[];
  /** Null for observations that are vectors. */
  readonly encoder?: Encoder | null;
  readonly head: ActionHead;
};

/** Orthogonal weights (gain sqrt 2; 0.01 for the actor's last layer, 1 for the critic's) and zero biases. */
export function initActorCritic(network: ActorCritic, rng: Rng): HostTensors {
  return {
    ...network.encoder?.init(rng.split("encoder")),
    ...initMlp("actor", network, { outputs: network.head.numOutputs, gain: 0.01 }, rng),
    ...initMlp("critic", network, { outputs: 1, gain: 1 }, rng),
    ...network.head.params,
  };
}

function initMlp(
  name: string,
  { obsSize, hiddenSizes, encoder }: ActorCritic,
  last: { readonly outputs: number; readonly gain: number },
  rng: Rng,
): HostTensors {
  const widths = [encoder?.width ?? obsSize, ...hiddenSizes, last.outputs];
  const layers = widths.slice(1).flatMap((outputs, i): [string, HostTensor][] => {
    const layer = `${name}.${i}`;
    const gain = i === hiddenSizes.length ? last.gain : Math.SQRT2;
    const weight = orthogonal(widths[i] ?? 0, outputs, gain, rng.split(layer));
    return [
      [`${layer}.weight`, weight],
      [`${layer}.bias`, zeros([outputs])],
    ];
  });
  return Object.fromEntries(layers);
}

function mlp(params: Params, name: string, numHidden: number, obs: tf.Tensor): tf.Tensor {
  let x = obs;
  for (let layer = 0; layer < numHidden; layer++) x = tf.tanh(linear(params, `${name}.${layer}`, x));
  return linear(params, `${name}.${numHidden}`, x);
}

/** What actor and critic see of observations [B, obsSize]: features [B, F], or the observations themselves. */
export function features({ encoder }: ActorCritic, params: Params, obs: tf.Tensor): tf.Tensor {
  return encoder ? encoder.encode(params, obs) : obs;
}

/** The actor's outputs [B, numOutputs] for features [B, F]. */
export function actorOutputs({ hiddenSizes, head }: ActorCritic, params: Params, seen: tf.Tensor): tf.Tensor2D {
  return tf.reshape(mlp(params, "actor", hiddenSizes.length, seen), [-1, head.numOutputs]);
}

/** The critic's values [B] of features [B, F]. */
export function criticValues({ hiddenSizes }: ActorCritic, params: Params, seen: tf.Tensor): tf.Tensor1D {
  return tf.reshape(mlp(params, "critic", hiddenSizes.length, seen), [-1]);
}

/**
 * What an agent does at every step: from `obs` [B, obsSize] and `noise` [B, size] to drawn `actions` and likeliest
 * `modes` [B, size], and to `logProbs` (of the drawn actions) and `values` [B].
 */
export function policyStep(network: ActorCritic): TensorFunction {
  const { head } = network;
  return (inputs) => {
    const seen = features(network, inputs, param(inputs, "obs"));
    const outputs = actorOutputs(network, inputs, seen);
    const actions: tf.Tensor2D = tf.reshape(
      head.sample(inputs, outputs, tf.reshape(param(inputs, "noise"), [-1, head.size])),
      [-1, head.size],
    );
    return {
      actions,
      modes: head.mode(outputs),
      logProbs: head.logProb(inputs, outputs, actions),
      values: criticValues(network, inputs, seen),
    };
  };
}

/** The inputs of `policyStep`. */
export function policyInputs({ obsSize, head }: ActorCritic, obs: Float32Array, noise: Float32Array): HostTensors {
  const rows = obs.length / obsSize;
  return { obs: float32(obs, [rows, obsSize]), noise: float32(noise, [rows, head.size]) };
}
