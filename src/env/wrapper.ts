import type { Rng } from "../core/rng.ts";
import type { Env, EnvInfo, EnvMetadata, RenderFrame, RenderMode, ResetArgs, ResetResult, StepResult } from "./env.ts";
import { andThen } from "./reply.ts";
import type { Mode, Reply } from "./reply.ts";
import type { Space } from "./spaces/space.ts";
import type { EnvSpec, WrapperSpec } from "./spec.ts";

/** An environment of any types. */
export type AnyEnv<M extends Mode = Mode> = Env<unknown, unknown, unknown, M>;

/**
 * An environment around another, of the same mode. This layer forwards what has no type of its own; a wrapper says what
 * becomes of observations, actions and rewards. `Obs`, `Act` and `Info` are what the outside sees.
 */
export abstract class EnvLayer<Obs, Act, Info, M extends Mode, Inner extends AnyEnv<M>>
  implements Env<Obs, Act, Info, M>, Disposable
{
  readonly env: Inner;
  #spec: EnvSpec | null = null;
  abstract readonly observationSpace: Space<Obs>;
  abstract readonly actionSpace: Space<Act>;

  constructor(env: Inner) {
    this.env = env;
  }

  abstract reset(args?: ResetArgs): Reply<ResetResult<Obs, Info>, M>;
  abstract step(action: Act): Reply<StepResult<Obs, Info>, M>;

  get metadata(): EnvMetadata {
    return this.env.metadata;
  }

  get renderMode(): RenderMode {
    return this.env.renderMode;
  }

  /**
   * This wrapper as data. Here without options, so that `make` refuses to rebuild it; a wrapper whose options are plain
   * data returns them, under the name that it is registered by.
   */
  get wrapperSpec(): WrapperSpec {
    return { name: this.constructor.name, options: null };
  }

  /** How `make` builds the inner environment and this layer around it; null when the inner one was built by hand. */
  get spec(): EnvSpec | null {
    const inner = this.env.spec;
    return this.#spec ?? (inner === null ? null : this.extendSpec(inner));
  }

  /** Set by `make` on what an entry point returns: a layer within it is no wrapper to be added again. */
  set spec(spec: EnvSpec | null) {
    this.#spec = spec;
  }

  /** The inner environment's spec with this layer. The standard wrappers set a field of their own instead. */
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

  render(): Reply<RenderFrame, M> {
    return this.env.render();
  }

  close(): void {
    this.env.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** `<Outer<Inner<CartPoleEnv<CartPole-v1>>>>`. */
  toString(): string {
    return `<${this.constructor.name}${String(this.env)}>`;
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
    return this.env.step(this.action(action));
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
