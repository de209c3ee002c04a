import type { z } from "zod";

import { RegistrationError } from "../core/errors.ts";
import { parseOptions } from "../core/options.ts";
import { formatEnvId, parseEnvId } from "./env-id.ts";
import type { EnvId } from "./env-id.ts";
import type { AnyVectorEnv } from "./env.ts";
import { EnvSpec } from "./spec.ts";
import { warn } from "./warn.ts";
import type { AnyEnv } from "./wrapper.ts";

/**
 * Makes one environment out of a spec's options. One that answers at once is returned, or promised where a module or a
 * file has to be loaded first; one that answers with promises is promised, so that `makeSync` never returns it.
 *
 * An entry point may name the options that it takes, as `(options: CartPoleOptions) => new CartPoleEnv(options)`: the
 * compiler cannot know what a caller passes, so the constructor checks them.
 */
export type EntryPoint = {
  // A method's parameters are compared in both directions, which a plain function type's are not.
  make(options: Readonly<Record<string, unknown>>): (AnyEnv<"sync"> & Disposable) | Promise<AnyEnv & Disposable>;
}["make"];

/** What a `vectorEntryPoint` is given: the spec's options and the caller's vector options beside these. */
export type VectorEntryOptions = {
  readonly numEnvs: number;
  /** Steps after which a row is truncated; null for no limit. Wrappers do not do it here. */
  readonly maxEpisodeSteps: number | null;
  readonly [option: string]: unknown;
};

/** Makes environments side by side. The same rules hold as for an `EntryPoint`. */
export type VectorEntryPoint = {
  make(options: VectorEntryOptions): (AnyVectorEnv<"sync"> & Disposable) | Promise<AnyVectorEnv & Disposable>;
}["make"];

/** An environment that `make` knows. */
export type Registration = {
  readonly spec: EnvSpec;
  readonly entryPoint: EntryPoint | null;
  readonly vectorEntryPoint: VectorEntryPoint | null;
  /** URL of a module whose import registers this environment, so that worker threads can make it. */
  readonly module: string | null;
};

/** What `register` takes: the spec of the environments to be made, and what makes them. */
export type RegisterOptions = Omit<z.input<typeof EnvSpec>, "vector"> & {
  readonly entryPoint?: EntryPoint;
  readonly vectorEntryPoint?: VectorEntryPoint;
  readonly module?: string;
};

const registrations = new Map<string, Registration>();

/** Every registered environment by its full id, in the order of registration. */
export const registry: ReadonlyMap<string, Registration> = registrations;

/** The namespace of the `namespace` call that is under way. */
let currentNamespace: string | null = null;

/**
 * Makes an environment known to `make` and `makeVec`. An id that is registered already is replaced, with a warning.
 * @throws RegistrationError for a malformed id, without any entry point, in another namespace than the `namespace` call
 * around it, or when a versioned and an unversioned environment would share one name; ConfigError for a spec that breaks
 * a rule.
 */
export function register(options: RegisterOptions): void {
  const { entryPoint = null, vectorEntryPoint = null, module = null, ...given } = options;
  const parts = inCurrentNamespace(parseEnvId(given.id));
  const id = formatEnvId(parts);
  if (entryPoint === null && vectorEntryPoint === null) {
    throw new RegistrationError(`register: an entryPoint or a vectorEntryPoint is needed, got none for ${id}`);
  }
  expectNoConflict(parts);
  const spec = parseOptions(EnvSpec, { ...given, id }, "register");
  if (registrations.has(id)) warn(`register: ${id} is registered already - it is replaced`);
  registrations.set(id, { spec, entryPoint, vectorEntryPoint, module });
}

/** Puts what `define` registers into a namespace. @throws RegistrationError for a malformed namespace. */
export function namespace(name: string, define: () => void): void {
  parseEnvId(`${name}/Name`);
  const outer = currentNamespace;
  currentNamespace = name;
  try {
    define();
  } finally {
    currentNamespace = outer;
  }
}

function inCurrentNamespace(parts: EnvId): EnvId {
  if (currentNamespace === null || parts.namespace === currentNamespace) return parts;
  if (parts.namespace === null) return { ...parts, namespace: currentNamespace };
  throw new RegistrationError(
    `register: within namespace ${currentNamespace} an id must not name another, got ${formatEnvId(parts)}`,
  );
}

function expectNoConflict(parts: EnvId): void {
  const other = sameName(parts).find(({ version }) => (version === null) !== (parts.version === null));
  if (other === undefined) return;
  throw new RegistrationError(
    `register: a name must have versions always or never, got ${formatEnvId(parts)} beside ${formatEnvId(other)}`,
  );
}

/** The registered ids that differ in their version at most. */
export function sameName({ namespace, name }: EnvId): EnvId[] {
  return [...registrations.keys()].map(parseEnvId).filter((id) => id.namespace === namespace && id.name === name);
}
