import { ConfigError } from "../core/errors.ts";
import { describe } from "./describe.ts";
import type { RenderFrame, RenderMode } from "./env.ts";
import { modeOf } from "./reply.ts";
import type { Mode, Reply } from "./reply.ts";
import type { EnvSpec, WrapperOptions, WrapperSpec } from "./spec.ts";

/** What single and vector environments have in common. */
type Wrapped<M extends Mode, Metadata> = {
  readonly mode?: M | undefined;
  readonly metadata: Metadata;
  readonly renderMode: RenderMode;
  readonly spec: EnvSpec | null;
  readonly unwrapped: object;
  render(): Reply<RenderFrame, M>;
  close(): void;
  toString(): string;
};

/** A layer around an environment, single or vector: it forwards what no wrapper of either kind changes. */
export abstract class Layer<M extends Mode, Metadata, Inner extends Wrapped<M, Metadata>> implements Disposable {
  readonly env: Inner;
  readonly #mode: M;
  #spec: EnvSpec | null = null;
  #recorded: WrapperSpec | null = null;

  constructor(env: Inner) {
    this.env = env;
    this.#mode = modeOf<M>(env);
  }

  /** That of the inner environment. */
  get mode(): M {
    return this.#mode;
  }

  /** The inner environment's spec with this layer. */
  protected abstract extendSpec(spec: EnvSpec): EnvSpec;

  /**
   * Notes, in a constructor, what `wrapperSpec` tells: the name that this wrapper is registered by, and its options as
   * plain data. What holds a function, or a clock of its own, records nothing.
   */
  protected record(name: string, options: WrapperOptions): void {
    this.#recorded = { name, options };
  }

  /** This wrapper as data; without options, so that `make` refuses to rebuild it, unless it recorded them. */
  get wrapperSpec(): WrapperSpec {
    return this.#recorded ?? { name: this.constructor.name, options: null };
  }

  /** How to build the inner environment and this layer around it; null when the inner one was built by hand. */
  get spec(): EnvSpec | null {
    const inner = this.env.spec;
    return this.#spec ?? (inner === null ? null : this.extendSpec(inner));
  }

  /** Set by `make` on what an entry point returns: a layer within it is no wrapper to be added again. */
  set spec(spec: EnvSpec | null) {
    this.#spec = spec;
  }

  get metadata(): Metadata {
    return this.env.metadata;
  }

  get renderMode(): RenderMode {
    return this.env.renderMode;
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

/** @throws ConfigError unless `env` is an environment of this kind; `where` begins the message. */
export function expectKind(env: unknown, kind: "single" | "vector", where: string): void {
  if (typeof env !== "object" || env === null || !("step" in env)) {
    throw new ConfigError(`${where}: an environment is needed, got ${describe(env)}`);
  }
  const isVector = "numEnvs" in env && "singleActionSpace" in env;
  if (isVector === (kind === "vector")) return;
  const got = isVector ? "a vector one - take a vector wrapper, or wrap each row" : "a single one - take makeVec's";
  throw new ConfigError(`${where}: it must be around a ${kind} environment, got ${got}`);
}

/** @throws ConfigError for what is no function; `where` begins the message. */
export function expectFunction(value: unknown, where: string): void {
  if (typeof value === "function") return;
  throw new ConfigError(`${where}: a function is needed, got ${describe(value)}`);
}
