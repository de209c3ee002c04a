import { parseOptions } from "../../core/options.ts";
import type { EnvInfo, ResetResult, VectorEnv, VectorResetArgs } from "../env.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import type { Space } from "../spaces/space.ts";
import { VectorObservationWrapper } from "../vector-wrapper.ts";
import { maskedRows } from "../vector/reset-plan.ts";
import { registerVectorWrapper } from "../wrapper-registry.ts";
import { expectBox } from "./boxes.ts";
import type { NumericArray } from "../spaces/arrays.ts";
import { NormalizeObservationConfig, ObservationNormalizer } from "./observation-normalizer.ts";
import type { NormalizeObservationOptions } from "./observation-normalizer.ts";
import type { RunningMeanStd } from "./running-mean-std.ts";

/**
 * `NormalizeObservation` by the observations of all rows together. Each is counted once: after a partial reset those of
 * the rows that were reset, in SameStep mode the last ones of an episode too.
 */
export class VectorNormalizeObservation<Act, Info = EnvInfo, M extends Mode = "sync"> extends VectorObservationWrapper<
  Float32Array,
  NumericArray,
  Act,
  Info,
  M
> {
  readonly observationSpace: Space<Float32Array>;
  updateRunningMean = true;
  readonly #normalizer: ObservationNormalizer;

  constructor(env: VectorEnv<NumericArray, Act, Info, M>, options: NormalizeObservationOptions = {}) {
    super(env);
    const config = parseOptions(NormalizeObservationConfig, options, "VectorNormalizeObservation");
    this.#normalizer = new ObservationNormalizer(env.singleObservationSpace, config);
    this.observationSpace = this.#normalizer.space.batch(env.numEnvs);
    this.record("VectorNormalizeObservation", config);
  }

  override get singleObservationSpace(): Space<Float32Array> {
    return this.#normalizer.space;
  }

  /** What was counted so far. Set it to go on from another's, or to share it: no copy is made. */
  get obsRms(): RunningMeanStd {
    return this.#normalizer.rms;
  }

  set obsRms(rms: RunningMeanStd) {
    this.#normalizer.rms = rms;
  }

  override reset(args?: VectorResetArgs): Reply<ResetResult<Float32Array, Info>, M> {
    return andThen<ResetResult<NumericArray, Info>, ResetResult<Float32Array, Info>, M>(
      this.env.reset(args),
      ([obs, info]) => {
        const size = obs.length / this.numEnvs;
        for (const row of maskedRows(args?.options?.["reset_mask"], this.numEnvs)) {
          this.#count(obs.subarray(row * size, (row + 1) * size));
        }
        return [this.#normalizer.normalize(obs), info];
      },
    );
  }

  observations(batch: NumericArray): Float32Array {
    this.#count(batch);
    return this.#normalizer.normalize(batch);
  }

  finalObservation(obs: unknown): unknown {
    const { singleObservationSpace: space } = this.env;
    if (!expectBox(space, "VectorNormalizeObservation").contains(obs)) return obs;
    this.#count(obs);
    return this.#normalizer.normalize(obs);
  }

  #count(rows: NumericArray): void {
    if (this.updateRunningMean) this.#normalizer.rms.update(rows);
  }
}

registerVectorWrapper(
  "VectorNormalizeObservation",
  (env: VectorEnv<NumericArray, unknown, unknown, Mode>, options: NormalizeObservationOptions) =>
    new VectorNormalizeObservation(env, options),
);
