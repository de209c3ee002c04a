import type { Rng } from "../core/rng.ts";
import type { AsyncEnv, Env, EnvMetadata, RenderFrame, RenderMode, ResetArgs, ResetResult, StepResult } from "./env.ts";
import type { Space } from "./spaces/space.ts";
import type { EnvSpec } from "./spec.ts";

/**
 * The same environment with promises, for code that is written for environments which compute elsewhere. Calls run at
 * once, in the order in which they are made; what they throw becomes a rejection.
 *
 * There is no adapter the other way: a promise is kept by the thread that would have to wait for it. An asynchronous
 * environment in a worker can be waited for there, which is what a vector environment of workers does.
 */
export function asAsync<Obs, Act, Info>(env: Env<Obs, Act, Info>): AsyncEnv<Obs, Act, Info> & Disposable {
  return new PromisingEnv(env);
}

class PromisingEnv<Obs, Act, Info> implements AsyncEnv<Obs, Act, Info>, Disposable {
  readonly metadata: EnvMetadata;
  readonly renderMode: RenderMode;
  readonly observationSpace: Space<Obs>;
  readonly actionSpace: Space<Act>;
  readonly #env: Env<Obs, Act, Info>;

  constructor(env: Env<Obs, Act, Info>) {
    this.#env = env;
    this.metadata = env.metadata;
    this.renderMode = env.renderMode;
    this.observationSpace = env.observationSpace;
    this.actionSpace = env.actionSpace;
  }

  get spec(): EnvSpec | null {
    return this.#env.spec;
  }

  set spec(spec: EnvSpec | null) {
    this.#env.spec = spec;
  }

  get rng(): Rng {
    return this.#env.rng;
  }

  set rng(rng: Rng) {
    this.#env.rng = rng;
  }

  get rngSeed(): number {
    return this.#env.rngSeed;
  }

  /** Itself: what is within answers in another way. */
  get unwrapped(): this {
    return this;
  }

  async reset(args?: ResetArgs): Promise<ResetResult<Obs, Info>> {
    return this.#env.reset(args);
  }

  async step(action: Act): Promise<StepResult<Obs, Info>> {
    return this.#env.step(action);
  }

  async render(): Promise<RenderFrame> {
    return this.#env.render();
  }

  close(): void {
    this.#env.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  toString(): string {
    return `<PromisingEnv${this.#env.toString()}>`;
  }
}
