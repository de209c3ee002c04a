import { z } from "zod";

import { parseOptions } from "../../core/options.ts";
import type { Env, EnvInfo } from "../env.ts";
import { expectFunction } from "../layer.ts";
import type { Mode } from "../reply.ts";
import { registerWrapper } from "../wrapper-registry.ts";
import { RewardWrapper } from "../wrapper.ts";

/** Pays `func` of every reward. */
export class TransformReward<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends RewardWrapper<
  Obs,
  Act,
  Info,
  M
> {
  readonly #func: (reward: number) => number;

  constructor(env: Env<Obs, Act, Info, M>, func: (reward: number) => number) {
    super(env);
    expectFunction(func, new.target.name);
    this.#func = func;
  }

  reward(reward: number): number {
    return this.#func(reward);
  }
}

/** The options of `ClipReward`, after parsing. */
export const ClipRewardConfig = z
  .strictObject({
    min: z.number().nullable().default(null).describe("the lowest reward, null for none"),
    max: z.number().nullable().default(null).describe("the highest reward, null for none"),
  })
  .refine(({ min, max }) => min !== null || max !== null, { error: "min or max must be given" })
  .refine(({ min, max }) => min === null || max === null || min < max, { error: "min must be below max" });
/** What a user writes. */
export type ClipRewardOptions = z.input<typeof ClipRewardConfig>;

/** Cuts a reward to [min, max]; a bound that is null does not cut. */
export function clipReward(reward: number, { min, max }: z.infer<typeof ClipRewardConfig>): number {
  return Math.min(Math.max(reward, min ?? -Infinity), max ?? Infinity);
}

/** Pays rewards cut to [min, max]. */
export class ClipReward<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends TransformReward<Obs, Act, Info, M> {
  /** @throws ConfigError without any bound, or with bounds that are not in order. */
  constructor(env: Env<Obs, Act, Info, M>, options: ClipRewardOptions) {
    const config = parseOptions(ClipRewardConfig, options, "ClipReward");
    super(env, (reward) => clipReward(reward, config));
    this.record("ClipReward", config);
  }
}

registerWrapper("ClipReward", (env, options: ClipRewardOptions) => new ClipReward(env, options));
