import { float32, type HostTensors } from "../core/host-tensor.ts";
import type { Rng } from "../core/rng.ts";
import type { Engine, Executable } from "../compute/engine.ts";
import { mean } from "../metrics/mean.ts";
import { AdamWConfig, adamwInputs, initMoments } from "../nn/adamw.ts";
import { initActorCritic, type ActorCritic } from "./actor-critic.ts";
import { anchorOf, isAnchor } from "./anchor.ts";
import { gae } from "./gae.ts";
import { shuffled, takeRows } from "./minibatch.ts";
import { floatsOf } from "./policy.ts";
import type { PPOConfig } from "./ppo-options.ts";
import { ppoStep, ppoStepInputs } from "./ppo-step.ts";
import type { Rollout } from "./rollout.ts";

/** The numbers of an update, by CleanRL's names: those of its last minibatch, and of the rollout. */
export type UpdateLog = {
  readonly policyLoss: number;
  readonly valueLoss: number;
  /** In nats. */
  readonly entropy: number;
  /** How far the policy has moved within the update, in nats: two estimates. */
  readonly oldApproxKl: number;
  readonly approxKl: number;
  /** Only where PPO is anchored: how far the policy is from the one that learning began with, in nats. */
  readonly anchorKl?: number;
  /** Mean share of clipped steps, over all minibatches. */
  readonly clipFraction: number;
  /** Norm of the gradient before it is clipped. */
  readonly gradientNorm: number;
  /** 1 - var(returns - values) / var(returns): 1 for a perfect critic; NaN where all returns are equal. */
  readonly explainedVariance: number;
  /** Epochs that the update went through; fewer than asked for where the policy had moved too far. */
  readonly epochs: number;
};

/** The state of a new agent: parameters (of which some may have been `taught`), moments, and the anchor if it has one. */
export function initLearnerState(
  network: ActorCritic,
  { anchorCoef }: Pick<PPOConfig, "anchorCoef">,
  rng: Rng,
  taught: HostTensors = {},
): HostTensors {
  const params = { ...initActorCritic(network, rng), ...taught };
  return { ...params, ...initMoments(params), ...(anchorCoef > 0 && anchorOf(params)) };
}

/** The parameters among the tensors of a state. */
export function paramsOf(state: HostTensors): HostTensors {
  return Object.fromEntries(Object.entries(state).filter(([name]) => !name.startsWith("adam.") && !isAnchor(name)));
}

/** Owns the parameters and the optimiser's moments, and improves them by rollouts. */
export class Learner {
  readonly #network: ActorCritic;
  readonly #config: PPOConfig;
  readonly #optimiser: AdamWConfig;
  readonly executable: Executable;
  /** Minibatches that it has learnt from. */
  numUpdates: number;

  private constructor(network: ActorCritic, config: PPOConfig, executable: Executable, numUpdates: number) {
    this.#network = network;
    this.#config = config;
    this.#optimiser = optimiserOf(config);
    this.executable = executable;
    this.numUpdates = numUpdates;
  }

  /** `batchSize`: steps of a rollout, all rows together. `state` as `initLearnerState` makes it. */
  static async prepare(
    network: ActorCritic,
    config: PPOConfig,
    engine: Engine,
    { batchSize, state, numUpdates }: { batchSize: number; state: HostTensors; numUpdates: number },
  ): Promise<Learner> {
    const names = Object.keys(paramsOf(state));
    const executable = await engine.prepare(ppoStep(network, names, config, optimiserOf(config)), {
      name: "ppo.update",
      // Who only acts may have rollouts without whole minibatches; who learns is asked (`expectMinibatches`).
      inputs: ppoStepInputs(network, Math.max(1, Math.floor(batchSize / config.numMinibatches))),
      state,
    });
    return new Learner(network, config, executable, numUpdates);
  }

  /**
   * Goes through the rollout for some epochs of minibatches, in orders that `rng` draws. `isWarmup`: the rewards teach
   * the critic alone.
   */
  async improve(
    rollout: Rollout,
    { learningRate, isWarmup, rng }: { learningRate: number; isWarmup: boolean; rng: Rng },
  ): Promise<UpdateLog> {
    const { updateEpochs, numMinibatches, targetKl } = this.#config;
    const columns = this.#columnsOf(rollout);
    const policyWeight = float32(Float32Array.of(isWarmup ? 0 : 1), []);
    const count = rollout.rewards.length;
    let clipFraction = 0;
    let epochs = 0;
    let last: HostTensors = {};
    while (epochs < updateEpochs) {
      const order = shuffled(count, rng);
      for (let part = 0; part < numMinibatches; part++) {
        const rows = order.subarray((part * count) / numMinibatches, ((part + 1) * count) / numMinibatches);
        last = await this.#update({ ...takeRows(columns, rows), policyWeight }, learningRate);
        clipFraction += scalarOf(last, "clipFraction");
      }
      epochs += 1;
      if (targetKl !== null && scalarOf(last, "approxKl") > targetKl) break;
    }
    return {
      ...summaryOf(last),
      clipFraction: clipFraction / (epochs * numMinibatches),
      explainedVariance: explainedVariance(columns),
      epochs,
    };
  }

  #columnsOf(rollout: Rollout): HostTensors {
    const { obsSize, head } = this.#network;
    const count = rollout.rewards.length;
    const { advantages, returns } = gae(rollout, this.#config);
    return {
      obs: float32(rollout.obs, [count, obsSize]),
      actions: float32(rollout.actions, [count, head.size]),
      logProbs: float32(rollout.logProbs, [count]),
      values: float32(rollout.values.subarray(0, count), [count]),
      advantages: float32(advantages, [count]),
      returns: float32(returns, [count]),
      weights: float32(rollout.weights, [count]),
    };
  }

  #update(minibatch: HostTensors, learningRate: number): Promise<HostTensors> {
    this.numUpdates += 1;
    return this.executable.run({ ...minibatch, ...adamwInputs(this.#optimiser, this.numUpdates, learningRate) });
  }
}

/** Adam as PPO has it: epsilon 1e-5, no weight decay. */
function optimiserOf({ maxGradNorm }: PPOConfig): AdamWConfig {
  return AdamWConfig.parse({ beta2: 0.999, epsilon: 1e-5, weightDecay: 0, clipNorm: maxGradNorm });
}

function summaryOf(outputs: HostTensors): Omit<UpdateLog, "clipFraction" | "explainedVariance" | "epochs"> {
  return {
    policyLoss: scalarOf(outputs, "policyLoss"),
    valueLoss: scalarOf(outputs, "valueLoss"),
    entropy: scalarOf(outputs, "entropy"),
    oldApproxKl: scalarOf(outputs, "oldApproxKl"),
    approxKl: scalarOf(outputs, "approxKl"),
    gradientNorm: scalarOf(outputs, "gradientNorm"),
    ...(outputs["anchorKl"] && { anchorKl: scalarOf(outputs, "anchorKl") }),
  };
}

function scalarOf(outputs: HostTensors, name: string): number {
  return Number(floatsOf(outputs, name)[0]);
}

function explainedVariance(columns: HostTensors): number {
  const [returns, values, weights] = [
    floatsOf(columns, "returns"),
    floatsOf(columns, "values"),
    floatsOf(columns, "weights"),
  ];
  const real = [...returns.keys()].filter((i) => weights[i] === 1);
  const total = variance(real.map((i) => Number(returns[i])));
  const left = variance(real.map((i) => Number(returns[i]) - Number(values[i])));
  return total === 0 ? Number.NaN : 1 - left / total;
}

function variance(numbers: readonly number[]): number {
  const middle = mean(numbers);
  return mean(numbers.map((x) => (x - middle) ** 2));
}
