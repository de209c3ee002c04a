import { ConfigError } from "../../core/errors.ts";
import { BaseEnv } from "../base-env.ts";
import { describe } from "../describe.ts";
import type { AnyVectorEnv, Env, EnvInfo, VectorEnv } from "../env.ts";
import { expectFunction, expectKind } from "../layer.ts";
import type { Mode } from "../reply.ts";
import type { BatchOf } from "../spaces/rows.ts";
import type { Space } from "../spaces/space.ts";
import { TransformReward } from "./rewards.ts";
import { TransformAction } from "./transform-action.ts";
import { TransformObservation } from "./transform-observation.ts";
import { VectorTransformAction, VectorTransformObservation, VectorTransformReward } from "./vector-transforms.ts";

type Layered = { readonly env: object };

/** What is used of a wrapper: the environment that it takes is typed as its class likes. */
type Like<Kind, Members extends keyof Kind> = Layered & Pick<Kind, Members>;

/**
 * Shows every row as a wrapper of single environments would, `wrap` being what puts it around one:
 * `new VectorizeTransformObservation(envs, (env) => new DiscretizeObservation(env, { bins: 4 }))`. It must be a
 * `TransformObservation`, for one wrapper serves all rows; what remembers a row's past has a vector form of its own.
 * `Obs` and `InnerObs` are single observations.
 */
export class VectorizeTransformObservation<
  Obs,
  InnerObs,
  Act,
  Info = EnvInfo,
  M extends Mode = "sync",
> extends VectorTransformObservation<Obs, InnerObs, Act, Info, M> {
  /** @throws ConfigError for a wrapper that is no `TransformObservation`, and what the wrapper itself refuses. */
  constructor(
    env: VectorEnv<BatchOf<InnerObs>, Act, Info, M>,
    wrap: (
      env: Env<InnerObs>,
    ) => Like<TransformObservation<Obs, InnerObs, unknown>, "observation" | "observationSpace">,
  ) {
    const wrapper = wrapOneRow(env, wrap, TransformObservation);
    super(env, (obs) => wrapper.observation(obs), wrapper.observationSpace);
  }
}

/** Takes every row's actions as a wrapper of single environments would, which must be a `TransformAction`. */
export class VectorizeTransformAction<
  Obs,
  Act,
  InnerAct,
  Info = EnvInfo,
  M extends Mode = "sync",
> extends VectorTransformAction<Obs, Act, InnerAct, Info, M> {
  /** @throws ConfigError for a wrapper that is no `TransformAction`, and what the wrapper itself refuses. */
  constructor(
    env: VectorEnv<Obs, BatchOf<InnerAct>, Info, M>,
    wrap: (env: Env<unknown, InnerAct>) => Like<TransformAction<unknown, Act, InnerAct>, "action" | "actionSpace">,
  ) {
    const wrapper = wrapOneRow(env, wrap, TransformAction);
    super(env, (action) => wrapper.action(action), wrapper.actionSpace);
  }
}

/** Pays every row as a wrapper of single environments would, which must be a `TransformReward`. */
export class VectorizeTransformReward<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends VectorTransformReward<
  Obs,
  Act,
  Info,
  M
> {
  /** @throws ConfigError for a wrapper that is no `TransformReward`, and what the wrapper itself refuses. */
  constructor(
    env: VectorEnv<Obs, Act, Info, M>,
    wrap: (env: Env) => Like<TransformReward<unknown, unknown>, "reward">,
  ) {
    const wrapper = wrapOneRow(env, wrap, TransformReward);
    super(env, (reward) => wrapper.reward(reward));
  }
}

/** The wrapper around a stand-in of one row. @throws ConfigError unless it is one wrapper of this kind. */
function wrapOneRow<Obs, Act, Kind extends Layered>(
  env: AnyVectorEnv,
  wrap: (env: Env<Obs, Act>) => Kind,
  kind: abstract new (...args: never[]) => object,
): Kind {
  const where = `Vectorize${kind.name}`;
  expectKind(env, "vector", where);
  expectFunction(wrap, where);
  const row = standIn<Obs, Act>(env, where);
  const wrapper = wrap(row);
  if (wrapper instanceof kind && wrapper.env === row) return wrapper;
  throw new ConfigError(
    `${where}: the function must put one ${kind.name} around its argument, got ${describe(wrapper)} - ` +
      "take a vector wrapper for each, or wrap each row",
  );
}

function standIn<Obs, Act>(env: AnyVectorEnv, where: string): Env<Obs, Act>;
function standIn(env: AnyVectorEnv, where: string): Env {
  return new RowStandIn(env, where);
}

/** What a wrapper may ask of a single environment before that runs: one row's spaces. */
class RowStandIn extends BaseEnv<unknown, unknown> {
  readonly observationSpace: Space<unknown>;
  readonly actionSpace: Space<unknown>;
  readonly #where: string;

  constructor({ singleObservationSpace, singleActionSpace }: AnyVectorEnv, where: string) {
    super();
    this.observationSpace = singleObservationSpace;
    this.actionSpace = singleActionSpace;
    this.#where = where;
  }

  protected begin(): never {
    throw new ConfigError(
      `${this.#where}: the function must only wrap its argument, got a reset of it - leave that out`,
    );
  }

  protected advance(): never {
    return this.begin();
  }
}
