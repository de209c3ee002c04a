import { camelCase, meantKey } from "../core/closest-match.ts";
import { ConfigError } from "../core/errors.ts";

/** @throws ConfigError for a key that nobody reads, with the one that was meant; `where` begins the message. */
export function expectKnownKeys(given: object, known: readonly string[], where: string): void {
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    const meant = meantKey(key, known);
    const advice = meant === null ? "leave it out" : `did you mean ${meant}?`;
    const rule = known.length === 0 ? "there are none" : `keys must be among ${known.join(", ")}`;
    throw new ConfigError(`${where}: ${rule}, got ${JSON.stringify(key)} - ${advice}`);
  }
}

/**
 * `given`, whose other keys are somebody else's.
 * @throws ConfigError for one of the `known` keys as Python spells it, in snake case; `where` begins the message.
 */
export function expectCamelCase<T extends object>(given: T, known: readonly string[], where: string): T {
  for (const key of Object.keys(given ?? {})) {
    const meant = camelCase(key);
    if (meant === key || !known.includes(meant)) continue;
    throw new ConfigError(`${where}: options are in camel case, got ${JSON.stringify(key)} - did you mean ${meant}?`);
  }
  return given;
}
