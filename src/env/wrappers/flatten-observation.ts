import type { Env, EnvInfo, VectorEnv } from "../env.ts";
import type { Mode } from "../reply.ts";
import type { NumericArray } from "../spaces/arrays.ts";
import { flatten, flattenSpace } from "../spaces/flatten.ts";
import type { BatchOf } from "../spaces/rows.ts";
import { registerVectorWrapper, registerWrapper } from "../wrapper-registry.ts";
import { TransformObservation } from "./transform-observation.ts";
import { VectorTransformObservation } from "./vector-transforms.ts";

/** Shows any observation of a fixed size as one row of numbers; choices become one-hot. See `flattenSpace`. */
export class FlattenObservation<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends TransformObservation<
  NumericArray,
  Obs,
  Act,
  Info,
  M
> {
  /** @throws ConfigError where observations vary in size. */
  constructor(env: Env<Obs, Act, Info, M>) {
    const { observationSpace: space } = env;
    super(env, (obs) => flatten(space, obs), flattenSpace(space));
    this.record("FlattenObservation", {});
  }
}

registerWrapper("FlattenObservation", (env) => new FlattenObservation(env));

/** `FlattenObservation` of every row. */
export class VectorFlattenObservation<
  Obs,
  Act,
  Info = EnvInfo,
  M extends Mode = "sync",
> extends VectorTransformObservation<NumericArray, Obs, Act, Info, M> {
  /** @throws ConfigError where observations vary in size. */
  constructor(env: VectorEnv<BatchOf<Obs>, Act, Info, M>) {
    const { singleObservationSpace: space } = env;
    super(env, (obs: Obs) => flatten(space, obs), flattenSpace(space));
    this.record("VectorFlattenObservation", {});
  }
}

registerVectorWrapper("VectorFlattenObservation", (env) => new VectorFlattenObservation(env));
