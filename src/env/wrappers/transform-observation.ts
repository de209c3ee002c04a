import type { Env, EnvInfo } from "../env.ts";
import { expectFunction } from "../layer.ts";
import type { Mode } from "../reply.ts";
import { expectSpace } from "../spaces/batching.ts";
import type { Space } from "../spaces/space.ts";
import { ObservationWrapper } from "../wrapper.ts";

/** Shows `func` of every observation. */
export class TransformObservation<
  Obs,
  InnerObs,
  Act,
  Info = EnvInfo,
  M extends Mode = "sync",
> extends ObservationWrapper<Obs, InnerObs, Act, Info, M> {
  readonly observationSpace: Space<Obs>;
  readonly #func: (obs: InnerObs) => Obs;

  /** `observationSpace` is that of what `func` returns. `func` must leave its argument alone. */
  constructor(env: Env<InnerObs, Act, Info, M>, func: (obs: InnerObs) => Obs, observationSpace: Space<Obs>) {
    super(env);
    expectFunction(func, new.target.name);
    this.#func = func;
    this.observationSpace = expectSpace(observationSpace, new.target.name);
  }

  observation(obs: InnerObs): Obs {
    return this.#func(obs);
  }
}
