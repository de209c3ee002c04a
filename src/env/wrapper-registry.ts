import { ConfigError, RegistrationError } from "../core/errors.ts";
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

const factories = new Map<string, WrapperFactory>();

/**
 * Makes a wrapper known by name, so that specs can hold it: `additionalWrappers` of `register`, and `env.spec`.
 * @throws RegistrationError when the name is taken.
 */
export function registerWrapper(name: string, factory: WrapperFactory): void {
  if (factories.has(name)) {
    throw new RegistrationError(`registerWrapper: names must be unique, got ${name} again - choose another`);
  }
  factories.set(name, factory);
}

/** The names of all registered wrappers, sorted. */
export function registeredWrappers(): string[] {
  return [...factories.keys()].toSorted();
}

/**
 * What puts the wrapper of a spec around an environment.
 * @throws ConfigError when the wrapper did not record its options; RegistrationError when nobody registered it.
 */
export function resolveWrapper({ name, options }: WrapperSpec): (env: AnyEnv) => AnyEnv & Disposable {
  if (options === null) {
    throw new ConfigError(
      `make: every wrapper of a spec must have recorded its options, got none for ${name} - wrap the environment by hand`,
    );
  }
  const factory = factories.get(name);
  if (factory !== undefined) return (env) => factory(env, options);
  throw new RegistrationError(`make: every wrapper of a spec must be registered, got ${name} - call registerWrapper`);
}
