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
 * encoder, which both share unless the critic has one of its own.
 */
export type ActorCritic = {
  /** Numbers of a flat observation. */
  readonly obsSize: number;
  readonly hiddenSizes: readonly number[];
  /** Null for observations that are vectors. */
  readonly encoder?: Encoder | null;
  /** Whether the critic has an encoder of its own, of the same shape. */
  readonly hasCriticEncoder?: boolean;
  readonly head: ActionHead;
};

/** What the names of the critic's parameters begin with. */
const CRITIC = "critic.";

/** The parameters of what acts: all but the critic's. */
export function actorParams(params: HostTensors): HostTensors {
  return Object.fromEntries(Object.entries(params).filter(([name]) => !name.startsWith(CRITIC)));
}

/** Orthogonal weights (gain sqrt 2; 0.01 for the actor's last layer, 1 for the critic's) and zero biases. */
export function initActorCritic(network: ActorCritic, rng: Rng): HostTensors {
  return {
    ...network.encoder?.init(rng.split("encoder")),
    ...(network.hasCriticEncoder && criticEncoder(network, rng)),
    ...initMlp("actor", network, { outputs: network.head.numOutputs, gain: 0.01 }, rng),
    ...initMlp("critic", network, { outputs: 1, gain: 1 }, rng),
    ...network.head.params,
  };
}

function criticEncoder({ encoder }: ActorCritic, rng: Rng): HostTensors {
  const entries = Object.entries(encoder?.init(rng.split("critic encoder")) ?? {});
  return Object.fromEntries(entries.map(([name, tensor]) => [CRITIC + name, tensor]));
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

/** What the actor sees of observations [B, obsSize]: features [B, F], or the observations themselves. */
export function features({ encoder }: ActorCritic, params: Params, obs: tf.Tensor): tf.Tensor {
  return encoder ? encoder.encode(params, obs) : obs;
}

/** What the critic sees: `seen`, as the actor does, or by its own encoder. */
export function criticFeatures(network: ActorCritic, params: Params, obs: tf.Tensor, seen: tf.Tensor): tf.Tensor {
  if (!network.hasCriticEncoder) return seen;
  const own = Object.entries(params).filter(([name]) => name.startsWith(CRITIC));
  return features(network, Object.fromEntries(own.map(([name, x]) => [name.slice(CRITIC.length), x])), obs);
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
    const obs = param(inputs, "obs");
    const seen = features(network, inputs, obs);
    const outputs = actorOutputs(network, inputs, seen);
    const actions: tf.Tensor2D = tf.reshape(
      head.sample(inputs, outputs, tf.reshape(param(inputs, "noise"), [-1, head.size])),
      [-1, head.size],
    );
    return {
      actions,
      modes: head.mode(outputs),
      logProbs: head.logProb(inputs, outputs, actions),
      values: criticValues(network, inputs, criticFeatures(network, inputs, obs, seen)),
    };
  };
}

/** The inputs of `policyStep`. */
export function policyInputs({ obsSize, head }: ActorCritic, obs: Float32Array, noise: Float32Array): HostTensors {
  const rows = obs.length / obsSize;
  return { obs: float32(obs, [rows, obsSize]), noise: float32(noise, [rows, head.size]) };
}
