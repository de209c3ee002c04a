import { isRecord } from "../core/record.ts";
import { ConfigError } from "../core/errors.ts";

/**
 * What `--set a.b=1` asks for, as `{ a: { b: 1 } }`; values are JSON, or text where they are not.
 * @throws ConfigError unless every path starts with one of the `sections`.
 */
export function parseChanges(
  pairs: readonly string[],
  sections: readonly string[],
): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const changes: Record<string, Record<string, unknown>> = {};
  for (const pair of pairs) {
    const [path = "", text] = pair.split(/=(.*)/s);
    const [section = "", ...keys] = path.split(".");
    if (text === undefined || keys.length === 0 || !sections.includes(section)) {
      throw new ConfigError(`--set: must be (${sections.join("|")}).OPTION=VALUE, got ${pair}`);
    }
    const nested = keys.reduceRight<unknown>((value, key) => ({ [key]: value }), jsonOrText(text));
    changes[section] = merge(changes[section] ?? {}, nested);
  }
  return changes;
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Plain objects merged key by key; anything else is replaced. */
export function merge(base: object, changes: unknown): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  if (!isRecord(changes)) return merged;
  for (const [key, value] of Object.entries(changes)) {
    const known = merged[key];
    merged[key] = isRecord(known) && isRecord(value) ? merge(known, value) : value;
  }
  return merged;
}
