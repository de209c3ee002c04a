import { ConfigError } from "../core/errors.ts";
import { EnvLayer } from "./wrapper.ts";
import type { AnyEnv } from "./wrapper.ts";

/** Whether the environment, or any within it, has an attribute. Wrappers do not show those of what they wrap. */
export function hasWrapperAttr(env: AnyEnv, name: string): boolean {
  return ownerOf(env, name) !== null;
}

/**
 * The attribute of the outermost layer that has it; a method goes with its layer, so that it can be called.
 * @throws ConfigError when none has.
 */
export function getWrapperAttr(env: AnyEnv, name: string): unknown {
  const owner = ownerOf(env, name);
  if (owner !== null) {
    const value: unknown = Reflect.get(owner, name);
    return typeof value === "function" && !Object.hasOwn(owner, name) ? value.bind(owner) : value;
  }
  throw new ConfigError(`getWrapperAttr: a layer must have the attribute, got ${name} for ${env.toString()}`);
}

/**
 * Sets an attribute of the outermost layer that has it, else of `env` itself; with `force: false` only where a layer has
 * it. Returns whether it was set.
 * @throws ConfigError when the layer's attribute is read-only.
 */
export function setWrapperAttr(
  env: AnyEnv,
  name: string,
  value: unknown,
  { force = true }: { readonly force?: boolean } = {},
): boolean {
  const owner = ownerOf(env, name) ?? (force ? env : null);
  if (owner === null) return false;
  if (Reflect.set(owner, name, value)) return true;
  throw new ConfigError(`setWrapperAttr: the attribute must be writable, got ${name} of ${owner.toString()}`);
}

/** The outermost layer that has an attribute; null when none has. */
export function ownerOf(env: AnyEnv, name: string): AnyEnv | null {
  if (name in env) return env;
  return env instanceof EnvLayer ? ownerOf(env.env, name) : null;
}
