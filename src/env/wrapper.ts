import type { Rng } from "../core/rng.ts";
import type { Env, EnvInfo, EnvMetadata, ResetArgs, ResetResult, StepResult } from "./env.ts";
import { expectKind, Layer } from "./layer.ts";
import { andThen, attempt } from "./reply.ts";
import type { Mode, Reply } from "./reply.ts";
import type { Space } from "./spaces/space.ts";
import type { EnvSpec } from "./spec.ts";

/** An environment of any types. */
export type AnyEnv<M extends Mode = Mode> = Env<unknown, unknown, unknown, M>;

/**
 * An environment around another, of the same mode. This layer forwards what has no type of its own; a wrapper says what
 * becomes of observations, actions and rewards. `Obs`, `Act` and `Info` are what the outside sees.
 */
export abstract class EnvLayer<Obs, Act, Info, M extends Mode, Inner extends AnyEnv<M>>
  extends Layer<M, EnvMetadata, Inner>
  implements Env<Obs, Act, Info, M>
{
  abstract readonly observationSpace: Space<Obs>;
  abstract readonly actionSpace: Space<Act>;

  /** @throws ConfigError around anything but a single environment. */
  constructor(env: Inner) {
    expectKind(env, "single", new.target.name);
    super(env);
  }

  abstract reset(args?: ResetArgs): Reply<ResetResult<Obs, Info>, M>;
  abstract step(action: Act): Reply<StepResult<Obs, Info>, M>;

  /** The standard wrappers set a field of their own instead. */
  protected extendSpec(spec: EnvSpec): EnvSpec {
    return { ...spec, additionalWrappers: [...spec.additionalWrappers, this.wrapperSpec] };
  }

  get unwrapped(): AnyEnv<M> {
    return this.env.unwrapped;
  }

  get rng(): Rng {
    return this.env.rng;
  }

  set rng(rng: Rng) {
    this.env.rng = rng;
  }

  get rngSeed(): number {
    return this.env.rngSeed;
  }
}

/** A wrapper that leaves the types as they are, and everything else until a subclass changes it. */
export class Wrapper<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends EnvLayer<
  Obs,
  Act,
  Info,
  M,
  Env<Obs, Act, Info, M>
> {
  get observationSpace(): Space<Obs> {
    return this.env.observationSpace;
  }

  get actionSpace(): Space<Act> {
    return this.env.actionSpace;
  }

  reset(args?: ResetArgs): Reply<ResetResult<Obs, Info>, M> {
    return this.env.reset(args);
  }

  step(action: Act): Reply<StepResult<Obs, Info>, M> {
    return this.env.step(action);
  }
}

/** A wrapper that shows another observation, in `reset` and in `step`. */
export abstract class ObservationWrapper<Obs, InnerObs, Act, Info = EnvInfo, M extends Mode = "sync"> extends EnvLayer<
  Obs,
  Act,
  Info,
  M,
  Env<InnerObs, Act, Info, M>
> {
  /** What the outside sees instead of an observation. */
  abstract observation(obs: InnerObs): Obs;

  get actionSpace(): Space<Act> {
    return this.env.actionSpace;
  }

  reset(args?: ResetArgs): Reply<ResetResult<Obs, Info>, M> {
    return andThen<ResetResult<InnerObs, Info>, ResetResult<Obs, Info>, M>(this.env.reset(args), ([obs, info]) => [
      this.observation(obs),
      info,
    ]);
  }

  step(action: Act): Reply<StepResult<Obs, Info>, M> {
    return andThen<StepResult<InnerObs, Info>, StepResult<Obs, Info>, M>(this.env.step(action), ([obs, ...rest]) => [
      this.observation(obs),
      ...rest,
    ]);
  }
}

/** A wrapper that takes another action. */
export abstract class ActionWrapper<Obs, Act, InnerAct, Info = EnvInfo, M extends Mode = "sync"> extends EnvLayer<
  Obs,
  Act,
  Info,
  M,
  Env<Obs, InnerAct, Info, M>
> {
  /** The inner environment's action for one from outside. */
  abstract action(action: Act): InnerAct;

  get observationSpace(): Space<Obs> {
    return this.env.observationSpace;
  }

  reset(args?: ResetArgs): Reply<ResetResult<Obs, Info>, M> {
    return this.env.reset(args);
  }

  step(action: Act): Reply<StepResult<Obs, Info>, M> {
    return attempt<StepResult<Obs, Info>, M>(this.mode, () => this.env.step(this.action(action)));
  }
}

/** A wrapper that pays another reward. */
export abstract class RewardWrapper<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends Wrapper<
  Obs,
  Act,
  Info,
  M
> {
  /** What the outside is paid instead of a reward. */
  abstract reward(reward: number): number;

  override step(action: Act): Reply<StepResult<Obs, Info>, M> {
    return andThen<StepResult<Obs, Info>, StepResult<Obs, Info>, M>(this.env.step(action), ([obs, reward, ...rest]) => [
      obs,
      this.reward(reward),
      ...rest,
    ]);
  }
}
