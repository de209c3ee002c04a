import { parseOptions } from "../../core/options.ts";
import type { Env, EnvInfo } from "../env.ts";
import type { Mode } from "../reply.ts";
import type { Space } from "../spaces/space.ts";
import { registerWrapper } from "../wrapper-registry.ts";
import { ObservationWrapper } from "../wrapper.ts";
import type { NumericArray } from "../spaces/arrays.ts";
import { NormalizeObservationConfig, ObservationNormalizer } from "./observation-normalizer.ts";
import type { NormalizeObservationOptions } from "./observation-normalizer.ts";
import type { RunningMeanStd } from "./running-mean-std.ts";

/**
 * Shows observations moved to mean 0 and variance 1, float32, by all that it has seen. Every observation is counted
 * before it is moved; set `updateRunningMean` to false to count no more, as for evaluation.
 */
export class NormalizeObservation<Act, Info = EnvInfo, M extends Mode = "sync"> extends ObservationWrapper<
  Float32Array,
  NumericArray,
  Act,
  Info,
  M
> {
  readonly observationSpace: Space<Float32Array>;
  updateRunningMean = true;
  readonly #normalizer: ObservationNormalizer;

  /** @throws ConfigError unless observations are arrays and `epsilon` is positive. */
  constructor(env: Env<NumericArray, Act, Info, M>, options: NormalizeObservationOptions = {}) {
    super(env);
    const config = parseOptions(NormalizeObservationConfig, options, "NormalizeObservation");
    this.#normalizer = new ObservationNormalizer(env.observationSpace, config);
    this.observationSpace = this.#normalizer.space;
    this.record("NormalizeObservation", config);
  }

  /** What was counted so far. Set it to go on from another's, or to share it: no copy is made. */
  get obsRms(): RunningMeanStd {
    return this.#normalizer.rms;
  }

  set obsRms(rms: RunningMeanStd) {
    this.#normalizer.rms = rms;
  }

  observation(obs: NumericArray): Float32Array {
    if (this.updateRunningMean) this.#normalizer.rms.update(obs);
    return this.#normalizer.normalize(obs);
  }
}

registerWrapper(
  "NormalizeObservation",
  (env: Env<NumericArray, unknown, unknown, Mode>, options: NormalizeObservationOptions) =>
    new NormalizeObservation(env, options),
);
