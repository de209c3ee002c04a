import { parseOptions } from "../../core/options.ts";
import type { Env, EnvInfo, ResetArgs, ResetResult, StepResult } from "../env.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import { registerWrapper } from "../wrapper-registry.ts";
import { RewardWrapper } from "../wrapper.ts";
import { NormalizeRewardConfig, RewardNormalizer } from "./reward-normalizer.ts";
import type { NormalizeRewardOptions } from "./reward-normalizer.ts";
import type { RunningMeanStd } from "./running-mean-std.ts";

/**
 * Pays rewards divided by the standard deviation of the discounted returns so far, so that returns have a variance of
 * about 1. An episode's return begins at 0, however the last one ended. Set `updateRunningMean` to false to count no
 * more, as for evaluation.
 */
export class NormalizeReward<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends RewardWrapper<
  Obs,
  Act,
  Info,
  M
> {
  updateRunningMean = true;
  readonly #normalizer: RewardNormalizer;

  /** @throws ConfigError for a `gamma` outside [0, 1] or an `epsilon` that is not positive. */
  constructor(env: Env<Obs, Act, Info, M>, options: NormalizeRewardOptions = {}) {
    super(env);
    const config = parseOptions(NormalizeRewardConfig, options, "NormalizeReward");
    this.#normalizer = new RewardNormalizer(1, config);
    this.record("NormalizeReward", config);
  }

  /** The discounted returns that were counted so far. Set it to go on from another's, or to share it: no copy is made. */
  get returnRms(): RunningMeanStd {
    return this.#normalizer.rms;
  }

  set returnRms(rms: RunningMeanStd) {
    this.#normalizer.rms = rms;
  }

  override reset(args?: ResetArgs): Reply<ResetResult<Obs, Info>, M> {
    return andThen<ResetResult<Obs, Info>, ResetResult<Obs, Info>, M>(this.env.reset(args), (result) => {
      this.#normalizer.restart([0]);
      return result;
    });
  }

  override step(action: Act): Reply<StepResult<Obs, Info>, M> {
    return andThen<StepResult<Obs, Info>, StepResult<Obs, Info>, M>(super.step(action), (result) => {
      if (result[2] || result[3]) this.#normalizer.restart([0]);
      return result;
    });
  }

  reward(reward: number): number {
    this.#normalizer.count([reward], [0], !this.updateRunningMean);
    return this.#normalizer.normalize(reward);
  }
}

registerWrapper("NormalizeReward", (env, options: NormalizeRewardOptions) => new NormalizeReward(env, options));
