import { z } from "zod";

import { expectSize, RunningMeanStd } from "./running-mean-std.ts";

/** The options of `NormalizeReward`, after parsing. */
export const NormalizeRewardConfig = z.strictObject({
  gamma: z.number().min(0).max(1).default(0.99).describe("the discount of the returns that are counted"),
  epsilon: z.number().positive().default(1e-8).describe("added to the variance before its root is taken"),
});
/** What a user writes. */
export type NormalizeRewardOptions = z.input<typeof NormalizeRewardConfig>;

/**
 * Divides rewards by the standard deviation of the discounted returns so far; their mean stays, so that signs do. What
 * the single and the vector wrapper share.
 */
export class RewardNormalizer {
  #rms = new RunningMeanStd(1);
  /** The discounted return of each row's episode so far. */
  readonly #returns: Float64Array;
  readonly #config: z.infer<typeof NormalizeRewardConfig>;

  constructor(numEnvs: number, config: z.infer<typeof NormalizeRewardConfig>) {
    this.#returns = new Float64Array(numEnvs);
    this.#config = config;
  }

  get rms(): RunningMeanStd {
    return this.#rms;
  }

  set rms(rms: RunningMeanStd) {
    this.#rms = expectSize(rms, 1, "NormalizeReward: returnRms");
  }

  /** Episodes begin, or have ended, in `rows`. */
  restart(rows: readonly number[]): void {
    for (const row of rows) this.#returns[row] = 0;
  }

  /** Adds a step's rewards to the returns of `rows`, and counts these unless `isFrozen`. */
  count(rewards: ArrayLike<number>, rows: readonly number[], isFrozen: boolean): void {
    for (const row of rows) {
      this.#returns[row] = Number(this.#returns[row]) * this.#config.gamma + Number(rewards[row]);
    }
    if (!isFrozen) this.#rms.update(rows.map((row) => Number(this.#returns[row])));
  }

  normalize(reward: number): number {
    return reward / Math.sqrt(Number(this.#rms.var[0]) + this.#config.epsilon);
  }
}
