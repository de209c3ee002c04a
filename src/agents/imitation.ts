import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { ConfigError, DataError } from "../core/errors.ts";
import { float32, type HostTensors } from "../core/host-tensor.ts";
import { parseOptions } from "../core/options.ts";
import type { Rng } from "../core/rng.ts";
import type { Engine } from "../compute/engine.ts";
import { Discrete, type AnyVectorEnv } from "../env/index.ts";
import { ADAMW_INPUTS, AdamWConfig, adamwInputs } from "../nn/adamw.ts";
import { param } from "../nn/params.ts";
import { initTrainState, trainStep, type LossFunction } from "../nn/train-step.ts";
import { actorOutputs, actorParams, features, initActorCritic, type ActorCritic } from "./actor-critic.ts";
import { floatsOf } from "./policy.ts";
import type { Observations } from "./observations.ts";

/** Steps that somebody showed: what was seen, and what was done. */
export type ShownSteps = {
  /** What was done, [N]: choices of a Discrete space, counted from 0 whatever its `start`. */
  readonly actions: ArrayLike<number>;
  /** What was seen at these steps, a batch as environments show it. */
  observe(steps: Uint32Array): unknown;
};

const ImitateConfig = z.strictObject({
  steps: z.int().positive().describe("updates"),
  batchSize: z.int().positive().default(64).describe("steps in an update, drawn evenly from all"),
  learningRate: z.number().positive().default(1e-3).describe("its peak: it rises over 50 updates, and falls to 0"),
});

/** How to imitate: so many updates (`steps`) of `batchSize` steps (64), by `learningRate` (1e-3). */
export type ImitateOptions = z.input<typeof ImitateConfig>;

/** What to imitate, and how. `onStep` is told the loss after every update, counted from 1. */
export type Imitation = ImitateOptions & {
  readonly shown: ShownSteps;
  readonly onStep?: (log: { readonly step: number; readonly loss: number }) => void;
};

/** Of the learning rate, in updates. */
const WARM_UP = 50;

/** A network with what turns observations into its input, and the environments that it will play. */
export type Imitator = {
  readonly network: ActorCritic;
  readonly observations: Observations;
  readonly engine: Engine;
  readonly envs: Pick<AnyVectorEnv, "singleActionSpace">;
};

/**
 * Parameters of an actor, and of its encoder, that have learnt by cross-entropy to do what was shown; none of the critic.
 * Everything random comes from `rng`.
 * @throws ConfigError for an option that breaks a rule, or actions that are no single choice; DataError when nothing was
 * shown, or what was done is no choice; ShapeError for what is no batch of observations.
 */
export async function imitate(
  { network, observations, engine, envs }: Imitator,
  { shown, onStep, ...options }: Imitation,
  rng: Rng,
): Promise<HostTensors> {
  const { steps, batchSize, learningRate } = parseOptions(ImitateConfig, options, "PPO: imitation");
  expectShown(shown, envs.singleActionSpace);
  const count = shown.actions.length;
  const params = actorParams(initActorCritic(network, rng.split("params")));
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
      const outputs = await learner.run({
        obs: float32(observations.encode(shown.observe(rows)), shapes.obs),
        actions: float32(
          Float32Array.from(rows, (row) => Number(shown.actions[row])),
          shapes.actions,
        ),
        ...adamwInputs(optimiser, step, rate),
      });
      onStep?.({ step, loss: Number(floatsOf(outputs, "loss")[0]) });
    }
    return await learner.readState(Object.keys(params));
  } finally {
    learner.close();
  }
}

function expectShown({ actions }: ShownSteps, space: unknown): void {
  if (!(space instanceof Discrete)) {
    throw new ConfigError(
      `PPO: imitation: actions must be Discrete, got ${String(space)} - leave imitation out, or make the choices one`,
    );
  }
  if (actions.length === 0) throw new DataError("PPO: imitation: one step at least must be shown, got none");
  const step = Array.from(actions).findIndex((action) => !Number.isInteger(action) || action < 0 || action >= space.n);
  if (step < 0) return;
  const remedy = space.start === 0 ? "" : ` - subtract the space's start, ${space.start}`;
  throw new DataError(
    `PPO: imitation: actions must be integers in [0, ${space.n}), got ${actions[step]} at step ${step}${remedy}`,
  );
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
