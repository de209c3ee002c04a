import { z } from "zod";

import { ConfigError, RegistrationError } from "../core/errors.ts";
import { parseOptions } from "../core/options.ts";
import { isRecord } from "../core/record.ts";
import { describe } from "./describe.ts";
import type { Env, EnvInfo, RenderMode } from "./env.ts";
import { expectCamelCase } from "./known-keys.ts";
import { expectKind } from "./layer.ts";
import { findRegistration } from "./find-registration.ts";
import { registry } from "./registry.ts";
import type { EntryPoint } from "./registry.ts";
import { andThen } from "./reply.ts";
import type { Mode, Reply } from "./reply.ts";
import { EnvSpec } from "./spec.ts";
import { warn } from "./warn.ts";
import { resolveWrapper } from "./wrapper-registry.ts";
import type { AnyEnv } from "./wrapper.ts";
import { OrderEnforcing } from "./wrappers/order-enforcing.ts";
import { PassiveEnvChecker } from "./wrappers/passive-env-checker.ts";
import { TimeLimit } from "./wrappers/time-limit.ts";

/** What `make` changes about a spec. */
const Overrides = z.looseObject({
  maxEpisodeSteps: z.union([z.int().positive(), z.literal(-1), z.null()]).optional(),
  disableEnvChecker: z.boolean().optional(),
});

/** What every environment or `make` itself reads, so that a name in snake case is a slip. */
const OWN_KEYS: readonly string[] = [...Object.keys(Overrides.shape), "renderMode"];

/** What `make` takes beside a spec: overrides of it, and options that go to the environment. */
export type MakeOptions = {
  /** Steps after which an episode is truncated, instead of the spec's; null, or Gymnasium's -1, for no limit. */
  readonly maxEpisodeSteps?: number | null | undefined;
  /** Whether to leave out `PassiveEnvChecker`, instead of the spec's. */
  readonly disableEnvChecker?: boolean | undefined;
  /** Goes to the environment; "rgb_array_list" and "human" add the wrapper that makes them out of "rgb_array". */
  readonly renderMode?: RenderMode | undefined;
  readonly [option: string]: unknown;
};

type Closable = { close(): void };
type Wrap = (env: AnyEnv) => AnyEnv;

/** The wrapper, by name, that makes a render mode out of "rgb_array". */
const RENDER_WRAPPERS: Readonly<Record<string, string>> = {
  rgb_array_list: "RenderCollection",
  human: "HumanRendering",
};

/**
 * Makes a registered environment, by its id or from a spec, as `env.spec` of another: the environment within
 * `PassiveEnvChecker`, `OrderEnforcing`, `TimeLimit` and the spec's other wrappers, as far as the spec wants them.
 *
 * Promised, because an environment may have to load a module or a world first; `makeSync` returns what needs no loading
 * at once. `Obs` and `Act` are what the caller knows about the spaces; nothing checks them.
 * @throws UnregisteredEnvError, DeprecatedEnvError or RegistrationError for an id that names nothing; ConfigError for
 * options that break a rule, and a spec with a wrapper that did not record its options.
 */
export function make<Obs = unknown, Act = unknown>(
  id: string | EnvSpec,
  options?: MakeOptions,
): Promise<Env<Obs, Act, EnvInfo, Mode> & Disposable>;
export async function make(id: string | EnvSpec, options: MakeOptions = {}): Promise<AnyEnv> {
  return build(planSpec(id, options));
}

/**
 * `make` for environments that need no loading and answer at once, as CartPole: no promise anywhere.
 * @throws as `make`; ConfigError for an environment that has to be loaded or answers with promises.
 */
export function makeSync<Obs = unknown, Act = unknown>(
  id: string | EnvSpec,
  options?: MakeOptions,
): Env<Obs, Act> & Disposable;
export function makeSync(id: string | EnvSpec, options: MakeOptions = {}): AnyEnv {
  return buildSync(planSpec(id, options), "makeSync");
}

/** A spec with overrides and options applied. @throws ConfigError for those that break a rule. */
export function planSpec(id: string | EnvSpec, given: MakeOptions): EnvSpec {
  const base = baseSpec(id);
  const {
    maxEpisodeSteps = base.maxEpisodeSteps,
    disableEnvChecker = base.disableEnvChecker,
    ...options
  } = parseOptions(Overrides, expectCamelCase(given, OWN_KEYS, "make"), "make");
  return withRenderWrapper({
    ...base,
    maxEpisodeSteps: maxEpisodeSteps === -1 ? null : maxEpisodeSteps,
    disableEnvChecker,
    options: { ...base.options, ...withoutUndefined(options) },
    vector: null,
  });
}

/** Builds what a complete spec describes: at once, unless the entry point promises it. */
export function build(spec: EnvSpec): AnyEnv<"sync"> | Promise<AnyEnv>;
export function build(spec: EnvSpec): Reply<AnyEnv, Mode> {
  const wrappers = [...standardWrappers(spec), ...spec.additionalWrappers.map(resolveWrapper)];
  return andThen<AnyEnv, AnyEnv, Mode>(entryPointOf(spec)(spec.options), (env) => {
    expectKind(env, "single", `make: the entryPoint of ${spec.id}`);
    try {
      return wrap(env, spec, wrappers);
    } catch (error) {
      env.close();
      throw error;
    }
  });
}

/** `build` for what needs no loading. @throws ConfigError, led by `where`, for what does. */
export function buildSync(spec: EnvSpec, where: string): AnyEnv<"sync"> {
  const made = build(spec);
  return made instanceof Promise ? refuseLoading(made, spec.id, where) : made;
}

/** Refuses to wait for what is being made. @throws ConfigError, led by `where`. */
export function refuseLoading(made: Promise<Closable>, id: string, where: string): never {
  closeLater(made);
  throw new ConfigError(`${where}: the environment must need no loading, got ${id}`);
}

/** Closes what arrives, if anything does, where nobody waits for it. */
export function closeLater(made: Promise<Closable>): void {
  made.then(
    (env) => env.close(),
    () => {},
  );
}

/** The registered spec of an id, or a spec whose id is registered. */
function baseSpec(id: string | EnvSpec): EnvSpec {
  if (typeof id === "string") return findRegistration(id).spec;
  if (!isRecord(id) || !("id" in id)) {
    throw new ConfigError(
      `make: the first argument must be an environment's id, or a spec, got ${describe(id)} - pass an id such as "CartPole-v1"`,
    );
  }
  const given = parseOptions(EnvSpec, id, "make");
  return { ...given, id: findRegistration(given.id).spec.id };
}

/** An option that is undefined counts as not given. */
function withoutUndefined(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function withRenderWrapper(spec: EnvSpec): EnvSpec {
  const wrapper = RENDER_WRAPPERS[String(spec.options["renderMode"])];
  if (wrapper === undefined) return spec;
  const options = { ...spec.options, renderMode: "rgb_array" };
  return { ...spec, options, additionalWrappers: [...spec.additionalWrappers, { name: wrapper, options: {} }] };
}

function entryPointOf({ id }: EnvSpec): EntryPoint {
  const entryPoint = registry.get(id)?.entryPoint ?? null;
  if (entryPoint !== null) return entryPoint;
  throw new RegistrationError(`make: an entryPoint must be registered, got none for ${id} - use makeVec`);
}

/** From the inside out. */
function standardWrappers({ disableEnvChecker, orderEnforce, maxEpisodeSteps }: EnvSpec): Wrap[] {
  const wrappers: Wrap[] = [];
  if (!disableEnvChecker) wrappers.push((env) => new PassiveEnvChecker(env));
  if (orderEnforce) wrappers.push((env) => new OrderEnforcing(env));
  if (maxEpisodeSteps !== null) wrappers.push((env) => new TimeLimit(env, { maxEpisodeSteps }));
  return wrappers;
}

/** Says how the bare environment was made, and puts the wrappers around it, which complete its spec. */
function wrap(env: AnyEnv, spec: EnvSpec, wrappers: readonly Wrap[]): AnyEnv {
  env.spec = { ...spec, maxEpisodeSteps: null, orderEnforce: false, disableEnvChecker: true, additionalWrappers: [] };
  warnOfRenderMode(env, spec);
  return wrappers.reduce((inner, wrapper) => wrapper(inner), env);
}

function warnOfRenderMode({ metadata }: AnyEnv, { id, options }: EnvSpec): void {
  const { renderMode } = options;
  if (typeof renderMode !== "string" || metadata.renderModes.includes(renderMode)) return;
  warn(`make: renderMode must be one of ${metadata.renderModes.join(", ") || "none"} for ${id}, got ${renderMode}`);
}
