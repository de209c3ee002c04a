import { parseOptions } from "../../core/options.ts";
import type { EnvInfo, ResetResult, VectorEnv, VectorResetArgs, VectorStepResult } from "../env.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import { VectorRewardWrapper } from "../vector-wrapper.ts";
import { maskedRows } from "../vector/reset-plan.ts";
import { registerVectorWrapper } from "../wrapper-registry.ts";
import { clip, rescaleActions } from "./action-transforms.ts";
import { RescaleConfig, rescaleToJSON } from "./box-observations.ts";
import type { RescaleOptions } from "./box-observations.ts";
import { NormalizeRewardConfig, RewardNormalizer } from "./reward-normalizer.ts";
import type { NormalizeRewardOptions } from "./reward-normalizer.ts";
import { clipReward, ClipRewardConfig } from "./rewards.ts";
import type { ClipRewardOptions } from "./rewards.ts";
import type { RunningMeanStd } from "./running-mean-std.ts";
import { VectorTransformAction, VectorTransformReward } from "./vector-transforms.ts";

/** `ClipAction` of every row. */
export class VectorClipAction<Obs, Info = EnvInfo, M extends Mode = "sync"> extends VectorTransformAction<
  Obs,
  Float32Array,
  unknown,
  Info,
  M
> {
  constructor(env: VectorEnv<Obs, unknown, Info, M>) {
    const { apply, space } = clip(env.singleActionSpace);
    super(env, apply, space);
    this.record("VectorClipAction", {});
  }
}

registerVectorWrapper("VectorClipAction", (env) => new VectorClipAction(env));

/** `RescaleAction` of every row. */
export class VectorRescaleAction<Obs, Info = EnvInfo, M extends Mode = "sync"> extends VectorTransformAction<
  Obs,
  Float32Array,
  unknown,
  Info,
  M
> {
  constructor(env: VectorEnv<Obs, unknown, Info, M>, options: RescaleOptions) {
    const config = parseOptions(RescaleConfig, options, "VectorRescaleAction");
    const { apply, space } = rescaleActions(env.singleActionSpace, config);
    super(env, apply, space);
    this.record("VectorRescaleAction", rescaleToJSON(config));
  }
}

registerVectorWrapper("VectorRescaleAction", (env, options: RescaleOptions) => new VectorRescaleAction(env, options));

/** `ClipReward` of every row. */
export class VectorClipReward<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends VectorTransformReward<
  Obs,
  Act,
  Info,
  M
> {
  constructor(env: VectorEnv<Obs, Act, Info, M>, options: ClipRewardOptions) {
    const config = parseOptions(ClipRewardConfig, options, "VectorClipReward");
    super(env, (reward) => clipReward(reward, config));
    this.record("VectorClipReward", config);
  }
}

registerVectorWrapper("VectorClipReward", (env, options: ClipRewardOptions) => new VectorClipReward(env, options));

/**
 * `NormalizeReward` by the returns of all rows together. Every row's return begins at 0 with its episode, however the row
 * came to be reset.
 */
export class VectorNormalizeReward<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends VectorRewardWrapper<
  Obs,
  Act,
  Info,
  M
> {
  updateRunningMean = true;
  readonly #normalizer: RewardNormalizer;

  constructor(env: VectorEnv<Obs, Act, Info, M>, options: NormalizeRewardOptions = {}) {
    super(env);
    const config = parseOptions(NormalizeRewardConfig, options, "VectorNormalizeReward");
    this.#normalizer = new RewardNormalizer(env.numEnvs, config);
    this.record("VectorNormalizeReward", config);
  }

  /** The discounted returns that were counted so far. Set it to go on from another's, or to share it: no copy is made. */
  get returnRms(): RunningMeanStd {
    return this.#normalizer.rms;
  }

  set returnRms(rms: RunningMeanStd) {
    this.#normalizer.rms = rms;
  }

  override reset(args?: VectorResetArgs): Reply<ResetResult<Obs, Info>, M> {
    return andThen<ResetResult<Obs, Info>, ResetResult<Obs, Info>, M>(super.reset(args), (result) => {
      this.#normalizer.restart(maskedRows(args?.options?.["reset_mask"], this.numEnvs));
      return result;
    });
  }

  override step(actions: Act): Reply<VectorStepResult<Obs, Info>, M> {
    return andThen<VectorStepResult<Obs, Info>, VectorStepResult<Obs, Info>, M>(super.step(actions), (result) => {
      const [, , terminated, truncated] = result;
      this.#normalizer.restart([...terminated.keys()].filter((row) => terminated[row] === 1 || truncated[row] === 1));
      return result;
    });
  }

  rewards(rewards: Float64Array, rows: readonly number[]): Float64Array {
    this.#normalizer.count(rewards, rows, !this.updateRunningMean);
    return rewards.map((reward) => this.#normalizer.normalize(reward));
  }
}

registerVectorWrapper(
  "VectorNormalizeReward",
  (env, options: NormalizeRewardOptions) => new VectorNormalizeReward(env, options),
);
