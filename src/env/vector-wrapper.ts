import type { AnyVectorEnv, EnvInfo, ResetResult, VectorEnv, VectorMetadata, VectorResetArgs } from "./env.ts";
import type { VectorStepResult } from "./env.ts";
import { expectKind, Layer } from "./layer.ts";
import { andThen, attempt } from "./reply.ts";
import type { Mode, Reply } from "./reply.ts";
import { mapFinalObs, Restarts } from "./restarts.ts";
import type { Space } from "./spaces/space.ts";
import type { EnvSpec } from "./spec.ts";

/**
 * A vector environment around another, of the same mode. This layer forwards what has no type of its own; a wrapper says
 * what becomes of observations, actions and rewards. `Obs`, `Act` and `Info` are what the outside sees.
 */
export abstract class VectorLayer<Obs, Act, Info, M extends Mode, Inner extends AnyVectorEnv<M>>
  extends Layer<M, VectorMetadata, Inner>
  implements VectorEnv<Obs, Act, Info, M>
{
  abstract readonly observationSpace: Space<Obs>;
  abstract readonly actionSpace: Space<Act>;

  /** @throws ConfigError around anything but a vector environment. */
  constructor(env: Inner) {
    expectKind(env, "vector", new.target.name);
    super(env);
  }

  abstract reset(args?: VectorResetArgs): Reply<ResetResult<Obs, Info>, M>;
  abstract step(actions: Act): Reply<VectorStepResult<Obs, Info>, M>;

  protected extendSpec(spec: EnvSpec): EnvSpec {
    if (spec.vector === null) return spec;
    return { ...spec, vector: { ...spec.vector, wrappers: [...spec.vector.wrappers, this.wrapperSpec] } };
  }

  get numEnvs(): number {
    return this.env.numEnvs;
  }

  get singleObservationSpace(): Space<unknown> {
    return this.env.singleObservationSpace;
  }

  get singleActionSpace(): Space<unknown> {
    return this.env.singleActionSpace;
  }

  get unwrapped(): AnyVectorEnv<M> {
    return this.env.unwrapped;
  }
}

/** A vector wrapper that leaves the types as they are, and everything else until a subclass changes it. */
export class VectorWrapper<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends VectorLayer<
  Obs,
  Act,
  Info,
  M,
  VectorEnv<Obs, Act, Info, M>
> {
  get observationSpace(): Space<Obs> {
    return this.env.observationSpace;
  }

  get actionSpace(): Space<Act> {
    return this.env.actionSpace;
  }

  reset(args?: VectorResetArgs): Reply<ResetResult<Obs, Info>, M> {
    return this.env.reset(args);
  }

  step(actions: Act): Reply<VectorStepResult<Obs, Info>, M> {
    return this.env.step(actions);
  }
}

/**
 * A vector wrapper that shows other observations: the batches of `reset` and `step`, and the last observations of rows
 * that end in SameStep mode.
 */
export abstract class VectorObservationWrapper<
  Obs,
  InnerObs,
  Act,
  Info = EnvInfo,
  M extends Mode = "sync",
> extends VectorLayer<Obs, Act, Info, M, VectorEnv<InnerObs, Act, Info, M>> {
  /** What the outside sees instead of a batch of observations. */
  abstract observations(batch: InnerObs): Obs;

  /** What the outside sees instead of one row's last observation. */
  abstract finalObservation(obs: unknown): unknown;

  get actionSpace(): Space<Act> {
    return this.env.actionSpace;
  }

  reset(args?: VectorResetArgs): Reply<ResetResult<Obs, Info>, M> {
    return andThen<ResetResult<InnerObs, Info>, ResetResult<Obs, Info>, M>(this.env.reset(args), ([obs, info]) => [
      this.observations(obs),
      info,
    ]);
  }

  step(actions: Act): Reply<VectorStepResult<Obs, Info>, M> {
    return andThen<VectorStepResult<InnerObs, Info>, VectorStepResult<Obs, Info>, M>(
      this.env.step(actions),
      ([obs, rewards, terminated, truncated, info]) => {
        // The last observations came before those that the batch shows.
        const shown = mapFinalObs(info, (final) => this.finalObservation(final));
        return [this.observations(obs), rewards, terminated, truncated, shown];
      },
    );
  }
}

/** A vector wrapper that takes other actions. */
export abstract class VectorActionWrapper<
  Obs,
  Act,
  InnerAct,
  Info = EnvInfo,
  M extends Mode = "sync",
> extends VectorLayer<Obs, Act, Info, M, VectorEnv<Obs, InnerAct, Info, M>> {
  /** The inner environment's batch of actions for one from outside. */
  abstract actions(actions: Act): InnerAct;

  get observationSpace(): Space<Obs> {
    return this.env.observationSpace;
  }

  reset(args?: VectorResetArgs): Reply<ResetResult<Obs, Info>, M> {
    return this.env.reset(args);
  }

  step(actions: Act): Reply<VectorStepResult<Obs, Info>, M> {
    return attempt<VectorStepResult<Obs, Info>, M>(this.mode, () => this.env.step(this.actions(actions)));
  }
}

/** A vector wrapper that pays other rewards. */
export abstract class VectorRewardWrapper<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends VectorWrapper<
  Obs,
  Act,
  Info,
  M
> {
  readonly #restarts = new Restarts(this.env);

  /** What is paid instead of `rewards` [B]. The rows that are not in `rows` were reset, which pays nothing. */
  abstract rewards(rewards: Float64Array, rows: readonly number[]): Float64Array;

  override reset(args?: VectorResetArgs): Reply<ResetResult<Obs, Info>, M> {
    return andThen<ResetResult<Obs, Info>, ResetResult<Obs, Info>, M>(this.env.reset(args), (result) => {
      this.#restarts.reset(args);
      return result;
    });
  }

  override step(actions: Act): Reply<VectorStepResult<Obs, Info>, M> {
    return andThen<VectorStepResult<Obs, Info>, VectorStepResult<Obs, Info>, M>(
      this.env.step(actions),
      ([obs, rewards, terminated, truncated, info]) => {
        const rows = this.#restarts.step(terminated, truncated);
        return [obs, this.rewards(rewards, rows), terminated, truncated, info];
      },
    );
  }
}
