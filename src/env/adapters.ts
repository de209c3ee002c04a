import { ConfigError } from "../core/errors.ts";
import type { Rng } from "../core/rng.ts";
import type {
  AnyVectorEnv,
  AsyncEnv,
  Env,
  VectorEnv,
  EnvMetadata,
  RenderFrame,
  RenderMode,
  ResetArgs,
  ResetResult,
  StepResult,
} from "./env.ts";
import { modeOf } from "./reply.ts";
import type { Mode } from "./reply.ts";
import type { Space } from "./spaces/space.ts";
import type { EnvSpec } from "./spec.ts";

/**
 * The same environment with promises, for code that is written for environments which compute elsewhere. Calls run at
 * once, in the order in which they are made; what they throw becomes a rejection. `asSync` is the way back.
 */
export function asAsync<Obs, Act, Info>(env: Env<Obs, Act, Info>): AsyncEnv<Obs, Act, Info> & Disposable {
  return new PromisingEnv(env);
}

/**
 * An environment, single or vector, that answers at once, seen as such: what `make` returns for CartPole, and what
 * `asAsync` was given. Nothing is waited for.
 * @throws ConfigError for one that answers with promises: the thread that would have to wait is the one that keeps them.
 */
export function asSync<Obs, Act, Info>(env: Env<Obs, Act, Info, Mode> & Disposable): Env<Obs, Act, Info> & Disposable;
export function asSync<Obs, Act, Info>(env: Env<Obs, Act, Info, Mode>): Env<Obs, Act, Info>;
export function asSync<Obs, Act, Info>(
  env: VectorEnv<Obs, Act, Info, Mode> & Disposable,
): VectorEnv<Obs, Act, Info> & Disposable;
export function asSync<Obs, Act, Info>(env: VectorEnv<Obs, Act, Info, Mode>): VectorEnv<Obs, Act, Info>;
export function asSync(env: Env<unknown, unknown, unknown, Mode> | AnyVectorEnv): unknown {
  if (env instanceof PromisingEnv) return env.env;
  if (modeOf<Mode>(env) === "sync") return env;
  const remedy = "await it, or step it beside others with makeVec";
  throw new ConfigError(
    `asSync: the environment must answer at once, got ${env.toString()}, which promises - ${remedy}`,
  );
}

class PromisingEnv<Obs, Act, Info> implements AsyncEnv<Obs, Act, Info>, Disposable {
  readonly mode = "async";
  readonly metadata: EnvMetadata;
  readonly renderMode: RenderMode;
  readonly observationSpace: Space<Obs>;
  readonly actionSpace: Space<Act>;
  readonly env: Env<Obs, Act, Info>;

  constructor(env: Env<Obs, Act, Info>) {
    this.env = env;
    this.metadata = env.metadata;
    this.renderMode = env.renderMode;
    this.observationSpace = env.observationSpace;
    this.actionSpace = env.actionSpace;
  }

  get spec(): EnvSpec | null {
    return this.env.spec;
  }

  set spec(spec: EnvSpec | null) {
    this.env.spec = spec;
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

  /** Itself: what is within answers in another way. */
  get unwrapped(): this {
    return this;
  }

  async reset(args?: ResetArgs): Promise<ResetResult<Obs, Info>> {
    return this.env.reset(args);
  }

  async step(action: Act): Promise<StepResult<Obs, Info>> {
    return this.env.step(action);
  }

  async render(): Promise<RenderFrame> {
    return this.env.render();
  }

  close(): void {
    this.env.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  toString(): string {
    return `<PromisingEnv${this.env.toString()}>`;
  }
}
