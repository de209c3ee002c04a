import { closestMatch } from "../core/closest-match.ts";
import { ConfigError, RegistrationError } from "../core/errors.ts";
import type { AnyVectorEnv } from "./env.ts";
import type { WrapperOptions, WrapperSpec } from "./spec.ts";
import type { AnyEnv } from "./wrapper.ts";

/**
 * Puts a wrapper around an environment, with the options that the wrapper recorded in its `wrapperSpec`.
 *
 * A factory may name the narrower types that it serves, as `(env: Env<unknown, Float32Array>, options: ClipOptions)`: the
 * compiler cannot know what a spec holds, so the wrapper's constructor checks spaces and options.
 */
export type WrapperFactory = {
  // A method's parameters are compared in both directions, which a plain function type's are not.
  wrap(env: AnyEnv, options: WrapperOptions): AnyEnv & Disposable;
}["wrap"];

/** The same around a vector environment. */
export type VectorWrapperFactory = {
  wrap(env: AnyVectorEnv, options: WrapperOptions): AnyVectorEnv & Disposable;
}["wrap"];

const factories = new Map<string, WrapperFactory>();
const vectorFactories = new Map<string, VectorWrapperFactory>();

/**
 * Makes a wrapper known by name, so that specs can hold it: `additionalWrappers` of `register`, and `env.spec`.
 * @throws RegistrationError when the name is taken.
 */
export function registerWrapper(name: string, factory: WrapperFactory): void {
  expectFree(factories, name, "registerWrapper");
  factories.set(name, factory);
}

/**
 * Makes a vector wrapper known by name, so that `env.spec` of a vector environment can hold it.
 * @throws RegistrationError when the name is taken.
 */
export function registerVectorWrapper(name: string, factory: VectorWrapperFactory): void {
  expectFree(vectorFactories, name, "registerVectorWrapper");
  vectorFactories.set(name, factory);
}

/** The names of all registered wrappers, of single and of vector environments, sorted. */
export function registeredWrappers(): string[] {
  return [...factories.keys(), ...vectorFactories.keys()].toSorted();
}

/**
 * What puts the wrapper of a spec around an environment.
 * @throws ConfigError when the wrapper did not record its options; RegistrationError when nobody registered it.
 */
export function resolveWrapper(spec: WrapperSpec): (env: AnyEnv) => AnyEnv & Disposable {
  const [factory, options] = find(factories, spec, "make");
  return (env) => factory(env, options);
}

/** The same for a vector wrapper. */
export function resolveVectorWrapper(spec: WrapperSpec): (env: AnyVectorEnv) => AnyVectorEnv & Disposable {
  const [factory, options] = find(vectorFactories, spec, "makeVec");
  return (env) => factory(env, options);
}

function expectFree(known: ReadonlyMap<string, unknown>, name: string, where: string): void {
  if (!known.has(name)) return;
  throw new RegistrationError(`${where}: names must be unique, got ${name} again - choose another`);
}

function find<Factory>(
  known: ReadonlyMap<string, Factory>,
  { name, options }: WrapperSpec,
  where: string,
): [Factory, WrapperOptions] {
  if (options === null) {
    throw new ConfigError(
      `${where}: every wrapper of a spec must have recorded its options, got none for ${name} - wrap the environment by hand`,
    );
  }
  const factory = known.get(name);
  if (factory !== undefined) return [factory, options];
  const meant = closestMatch(name, known.keys());
  const call = where === "make" ? "call registerWrapper" : "call registerVectorWrapper";
  const remedy = meant === null ? call : `did you mean ${meant}?`;
  throw new RegistrationError(`${where}: every wrapper of a spec must be registered, got ${name} - ${remedy}`);
}
