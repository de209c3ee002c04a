import { ConfigError } from "../core/errors.ts";
import type { Rng } from "../core/rng.ts";
import type { AnyVectorEnv, AutoresetMode } from "../env/index.ts";
import type { ActionHead } from "./action-head.ts";
import type { Trajectory } from "./gae.ts";
import type { Observations } from "./observations.ts";
import type { Policy } from "./policy.ts";

/** T steps of B environments under one policy; what the learner reads, row-major [T, B, ...]. */
export type Rollout = Trajectory & {
  readonly obs: Float32Array;
  readonly actions: Float32Array;
  readonly logProbs: Float32Array;
  /** 0 for a step that only started an episode anew, whose action the environment ignored; else 1. */
  readonly weights: Float32Array;
};

/** An episode that ended: the sum of its rewards, and its steps. */
export type EpisodeResult = { readonly return: number; readonly length: number };

/** How the agent sees and drives its environments. */
export type Interface = { readonly observations: Observations; readonly head: ActionHead };

/** Decides on a batch of observations, one for each environment. */
export type Decider = Pick<Policy, "decide">;

/** A last observation, and the step [T, B] that ended with it. */
type LastObservation = { readonly at: number; readonly obs: Float32Array };

/** Plays environments on and on, a rollout at a time. */
export class Collector {
  readonly #envs: AnyVectorEnv;
  readonly #interface: Interface;
  #obs: Float32Array;
  /** Rows that the next step only starts anew. */
  #resetting: Uint8Array;
  readonly #returns: Float64Array;
  readonly #lengths: Uint32Array;
  #finished: EpisodeResult[] = [];

  private constructor(envs: AnyVectorEnv, { observations, head }: Interface, obs: Float32Array) {
    this.#envs = envs;
    this.#interface = { observations, head };
    this.#obs = obs;
    this.#resetting = new Uint8Array(envs.numEnvs);
    this.#returns = new Float64Array(envs.numEnvs);
    this.#lengths = new Uint32Array(envs.numEnvs);
  }

  /** Resets the environments. */
  static async start(envs: AnyVectorEnv, agent: Interface, seed: number): Promise<Collector> {
    const [obs] = await envs.reset({ seed });
    return new Collector(envs, agent, agent.observations.encode(obs));
  }

  /** The episodes that ended since the last call. */
  takeFinished(): readonly EpisodeResult[] {
    const finished = this.#finished;
    this.#finished = [];
    return finished;
  }

  /** Plays `numSteps` steps. */
  async collect(policy: Decider, numSteps: number, rng: Rng): Promise<Rollout> {
    const { numEnvs } = this.#envs;
    const { observations, head } = this.#interface;
    const rollout = emptyRollout({ numEnvs, numSteps, obsSize: observations.size, actionSize: head.size });
    const lasts: LastObservation[] = [];
    for (let at = 0; at < numSteps * numEnvs; at += numEnvs) {
      const { actions, logProbs, values } = await policy.decide(this.#obs, head.noise(rng, numEnvs));
      rollout.obs.set(this.#obs, at * observations.size);
      rollout.actions.set(actions, at * head.size);
      rollout.logProbs.set(logProbs, at);
      rollout.values.set(values, at);
      lasts.push(...(await this.#step(actions, rollout, at)));
    }
    const { values } = await policy.decide(this.#obs, head.noise(rng, numEnvs));
    rollout.values.set(values, numSteps * numEnvs);
    await this.#valueLasts(policy, rollout, lasts);
    return rollout;
  }

  /** One step of all rows, written from `at` on. Returns the last observations of the rows that were cut. */
  async #step(actions: Float32Array, rollout: Rollout, at: number): Promise<readonly LastObservation[]> {
    const { observations, head } = this.#interface;
    const [obs, rewards, terminated, truncated, info] = await this.#envs.step(head.toEnv(actions));
    const encoded = observations.encode(obs);
    const lasts: LastObservation[] = [];
    const isNextStep = this.#envs.metadata.autoresetMode === "NextStep";
    const resetting = new Uint8Array(this.#envs.numEnvs);
    for (let row = 0; row < resetting.length; row++) {
      const hasEnded = terminated[row] === 1 || truncated[row] === 1;
      rollout.rewards[at + row] = Number(rewards[row]);
      rollout.weights[at + row] = 1 - Number(this.#resetting[row]);
      rollout.ended[at + row] = Number(hasEnded);
      if (hasEnded && terminated[row] === 0) {
        const start = row * observations.size;
        const last = isNextStep
          ? encoded.slice(start, start + observations.size)
          : observations.encodeOne(lastObservation(info, row, "PPO"));
        lasts.push({ at: at + row, obs: last });
      }
      this.#count(row, Number(rewards[row]), hasEnded);
      resetting[row] = Number(hasEnded && isNextStep);
    }
    this.#obs = encoded;
    this.#resetting = resetting;
    return lasts;
  }

  /** Adds a step to the row's episode. */
  #count(row: number, reward: number, hasEnded: boolean): void {
    if (this.#resetting[row] === 1) return;
    const [total, length] = [Number(this.#returns[row]) + reward, Number(this.#lengths[row]) + 1];
    if (hasEnded) this.#finished.push({ return: total, length });
    this.#returns[row] = hasEnded ? 0 : total;
    this.#lengths[row] = hasEnded ? 0 : length;
  }

  /** What the critic thinks of observations that a time limit made the last, a batch at a time. */
  async #valueLasts(policy: Decider, rollout: Rollout, lasts: readonly LastObservation[]): Promise<void> {
    const { numEnvs } = this.#envs;
    const { observations, head } = this.#interface;
    for (let from = 0; from < lasts.length; from += numEnvs) {
      const part = lasts.slice(from, from + numEnvs);
      const obs = new Float32Array(numEnvs * observations.size);
      for (const [i, last] of part.entries()) obs.set(last.obs, i * observations.size);
      const { values } = await policy.decide(obs, new Float32Array(numEnvs * head.size));
      for (const [i, { at }] of part.entries()) rollout.finalValues[at] = Number(values[i]);
    }
  }
}

/** @throws ConfigError for a single environment, which no type keeps out of JavaScript. */
export function expectVector(envs: object): void {
  if ("numEnvs" in envs) return;
  throw new ConfigError(
    "PPO: envs must be a vector environment, got a single one - makeVec(id, { numEnvs }) makes one",
  );
}

/** @throws ConfigError unless environments start finished rows anew by themselves. */
export function expectAutoreset(mode: AutoresetMode): void {
  if (mode !== "Disabled") return;
  throw new ConfigError('PPO: autoresetMode must be "NextStep" or "SameStep", got "Disabled" - make the envs anew');
}

/**
 * What a row of SameStep environments that has ended showed last.
 * @throws ConfigError where the info does not say; `where` begins the message.
 */
export function lastObservation(info: unknown, row: number, where: string): unknown {
  if (typeof info === "object" && info !== null && "final_obs" in info && Array.isArray(info.final_obs)) {
    const lasts: readonly unknown[] = info.final_obs;
    return lasts[row];
  }
  throw new ConfigError(
    `${where}: info must hold final_obs where a SameStep row ended, got none - mend the environment`,
  );
}

function emptyRollout(sizes: Readonly<Record<"numEnvs" | "numSteps" | "obsSize" | "actionSize", number>>): Rollout {
  const count = sizes.numSteps * sizes.numEnvs;
  return {
    numEnvs: sizes.numEnvs,
    obs: new Float32Array(count * sizes.obsSize),
    actions: new Float32Array(count * sizes.actionSize),
    logProbs: new Float32Array(count),
    values: new Float32Array(count + sizes.numEnvs),
    rewards: new Float32Array(count),
    ended: new Uint8Array(count),
    finalValues: new Float32Array(count),
    weights: new Float32Array(count),
  };
}
