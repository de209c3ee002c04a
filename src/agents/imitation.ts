import * as tf from "@tensorflow/tfjs";
import { DataError } from "../core/errors.ts";
import { float32, type HostTensors } from "../core/host-tensor.ts";
import type { Rng } from "../core/rng.ts";
import type { Engine } from "../compute/engine.ts";
import { ADAMW_INPUTS, AdamWConfig, adamwInputs } from "../nn/adamw.ts";
import { param } from "../nn/params.ts";
import { initTrainState, trainStep, type LossFunction } from "../nn/train-step.ts";
import { actorOutputs, features, initActorCritic, type ActorCritic } from "./actor-critic.ts";
import type { Observations } from "./observations.ts";

/** Steps that somebody showed: what was seen, and what was done. */
export type ShownSteps = {
  /** What was done, [N]: choices from 0 on. */
  readonly actions: ArrayLike<number>;
  /** What was seen at these steps, a batch as environments show it. */
  observe(steps: Uint32Array): unknown;
};

/** How to imitate. */
export type ImitateOptions = {
  /** Updates. */
  readonly steps: number;
  /** Steps in an update, drawn evenly from all. Default 64. */
  readonly batchSize?: number;
  /** Its peak: it rises over 50 updates and falls to 0. Default 1e-3. */
  readonly learningRate?: number;
};

/** Of the learning rate, in updates. */
const WARM_UP = 50;

/** A network with what turns observations into its input. */
export type Imitator = { readonly network: ActorCritic; readonly observations: Observations; readonly engine: Engine };

/**
 * Parameters of an actor, and of its encoder, that have learnt by cross-entropy to do what was shown; none of the critic.
 * Everything random comes from `rng`.
 * @throws DataError when nothing was shown; ShapeError for what is no batch of observations.
 */
export async function imitate(
  { network, observations, engine }: Imitator,
  shown: ShownSteps,
  { steps, batchSize = 64, learningRate = 1e-3, rng }: ImitateOptions & { readonly rng: Rng },
): Promise<HostTensors> {
  const count = shown.actions.length;
  if (count === 0) throw new DataError("imitate: one step at least must be shown, got none");
  const fresh = Object.entries(initActorCritic(network, rng.split("params")));
  const params = Object.fromEntries(fresh.filter(([name]) => !name.startsWith("critic.")));
  const optimiser = AdamWConfig.parse({});
  const shapes = { obs: [batchSize, network.obsSize], actions: [batchSize, network.head.size] };
  const learner = await engine.prepare(trainStep(Object.keys(params), lossOf(network), optimiser), {
    name: "imitate.update",
    inputs: {
      obs: { shape: shapes.obs, dtype: "float32" },
      actions: { shape: shapes.actions, dtype: "float32" },
      ...ADAMW_INPUTS,
    },
    state: initTrainState(params),
  });
  try {
    const order = rng.split("order");
    for (let step = 1; step <= steps; step++) {
      const rows = Uint32Array.from({ length: batchSize }, () => order.integer(count));
      const rate = learningRate * Math.min(1, step / WARM_UP) * (1 - (step - 1) / steps);
      await learner.run({
        obs: float32(observations.encode(shown.observe(rows)), shapes.obs),
        actions: float32(
          Float32Array.from(rows, (row) => Number(shown.actions[row])),
          shapes.actions,
        ),
        ...adamwInputs(optimiser, step, rate),
      });
    }
    return await learner.readState(Object.keys(params));
  } finally {
    learner.close();
  }
}

/** Mean of -log probability of what was done. */
function lossOf(network: ActorCritic): LossFunction {
  return (params, inputs) => {
    const outputs = actorOutputs(network, params, features(network, params, param(inputs, "obs")));
    const actions: tf.Tensor2D = tf.reshape(param(inputs, "actions"), [-1, network.head.size]);
    const loss = tf.neg(tf.mean(network.head.logProb(params, outputs, actions))).asScalar();
    return { loss, metrics: {}, updates: {} };
  };
}
