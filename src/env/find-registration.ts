import { DeprecatedEnvError, NameNotFoundError, NamespaceNotFoundError, VersionNotFoundError } from "../core/errors.ts";
import { closestMatch } from "../core/closest-match.ts";
import { formatEnvId, parseEnvId } from "./env-id.ts";
import type { EnvId } from "./env-id.ts";
import { registry, sameName } from "./registry.ts";
import type { Registration } from "./registry.ts";
import type { EnvSpec } from "./spec.ts";
import { warn } from "./warn.ts";

/** What `genie-env/games` registers, for those who ask without having imported it. */
export const GAMES: readonly string[] = ["CartPole", "MountainCar", "Pendulum", "Catch", "Platformer"];

/**
 * The spec that an id names: what `make` starts from, the very object in `registry`.
 * @throws as `findRegistration`.
 */
export function spec(id: string): EnvSpec {
  return findRegistration(id).spec;
}

/**
 * What an id names. Without a version it is the newest, with a warning; a version older than the newest is found with a
 * deprecation warning.
 * @throws NamespaceNotFoundError or NameNotFoundError with the closest name; VersionNotFoundError with the versions that
 * there are; DeprecatedEnvError for a version that is gone; RegistrationError for a malformed id.
 */
export function findRegistration(id: string): Registration {
  const parts = parseEnvId(id);
  const versions = versionsOf(parts);
  const newest = versions.at(-1) ?? null;
  const version = parts.version ?? newest;
  const found = registry.get(formatEnvId({ ...parts, version }));
  if (found === undefined) throw notFound(parts, versions);
  if (version !== parts.version) warn(`registry: ${id} names no version - took the newest, ${found.spec.id}`);
  if (version !== newest) {
    warn(`registry: ${id} is out of date - use ${formatEnvId({ ...parts, version: newest })}`, "DeprecationWarning");
  }
  return found;
}

/** Ascending; empty for an environment without versions. */
function versionsOf(parts: EnvId): number[] {
  return sameName(parts)
    .flatMap(({ version }) => version ?? [])
    .toSorted((a, b) => a - b);
}

function notFound(parts: EnvId, versions: readonly number[]): Error {
  const ids = [...registry.keys()].map(parseEnvId);
  const inNamespace = ids.filter(({ namespace }) => namespace === parts.namespace);
  if (parts.namespace !== null && inNamespace.length === 0) return namespaceNotFound(parts, ids);
  if (!inNamespace.some(({ name }) => name === parts.name)) return nameNotFound(parts, ids);
  return versionNotFound(parts, versions);
}

function namespaceNotFound(parts: EnvId, ids: readonly EnvId[]): Error {
  const namespaces = ids.flatMap(({ namespace }) => namespace ?? []);
  const advice = adviseOn(closestMatch(String(parts.namespace), namespaces));
  return new NamespaceNotFoundError(`registry: the namespace must exist, got ${formatEnvId(parts)} - ${advice}`);
}

/** Looks for a name like this one in the same namespace, then for this very name in another. */
function nameNotFound(parts: EnvId, ids: readonly EnvId[]): Error {
  const names = ids.filter(({ namespace }) => namespace === parts.namespace).map(({ name }) => name);
  const elsewhere = ids.find(({ name }) => name.toLowerCase() === parts.name.toLowerCase());
  const closest = closestMatch(parts.name, names) ?? (elsewhere ? formatEnvId({ ...elsewhere, version: null }) : null);
  const game = parts.namespace === null ? closestMatch(parts.name, GAMES) : null;
  const isGame = game !== null && !names.includes(game) && (game === parts.name || closest === null);
  const advice = isGame ? adviseOnGame(game, parts.name) : adviseOn(closest);
  return new NameNotFoundError(`registry: the name must exist, got ${formatEnvId(parts)} - ${advice}`);
}

/** A game of ours whose module nobody imported. */
function adviseOnGame(game: string, asked: string): string {
  const meant = game === asked ? "" : `did you mean ${game}? `;
  return `${meant}import "genie-env/games" to register ${game === asked ? "it" : "that"}`;
}

function adviseOn(closest: string | null): string {
  return closest === null ? "import the module that registers it" : `did you mean ${closest}?`;
}

function versionNotFound(parts: EnvId, versions: readonly number[]): Error {
  const id = formatEnvId(parts);
  const newest = versions.at(-1);
  const newestId = formatEnvId({ ...parts, version: newest ?? null });
  if (newest === undefined) return new DeprecatedEnvError(`registry: ${newestId} has no versions, got ${id}`);
  if (Number(parts.version) < newest) {
    return new DeprecatedEnvError(`registry: ${id} is replaced by a newer version - use ${newestId}`);
  }
  const list = versions.map((version) => `v${version}`).join(", ");
  return new VersionNotFoundError(`registry: the version must be one of ${list}, got ${id} - use ${newestId}`);
}
