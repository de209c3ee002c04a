import { RegistrationError } from "../core/errors.ts";
import { describe } from "./describe.ts";

/** The parts of an environment's id; null for a part that is missing. */
export type EnvId = {
  readonly namespace: string | null;
  readonly name: string;
  readonly version: number | null;
};

const ENV_ID = /^(?:(?<namespace>[\w:-]+)\/)?(?<name>[\w:.-]+?)(?:-v(?<version>\d+))?$/;

/**
 * Reads an id of the form `namespace/Name-v0`; namespace and version may be missing.
 * @throws RegistrationError for a malformed id.
 */
export function parseEnvId(id: string): EnvId {
  // What is no text would be read as the text that names it: null as "null".
  const { namespace = null, name, version } = (typeof id === "string" && ENV_ID.exec(id)?.groups) || {};
  if (name !== undefined) return { namespace, name, version: version === undefined ? null : Number(version) };
  throw new RegistrationError(
    `parseEnvId: an id must read [namespace/]Name[-v0], got ${describe(id)} - pass one as "CartPole-v1"`,
  );
}

/** The id of these parts, as `parseEnvId` reads it. */
export function formatEnvId({ namespace, name, version }: EnvId): string {
  return `${namespace === null ? "" : `${namespace}/`}${name}${version === null ? "" : `-v${version}`}`;
}
