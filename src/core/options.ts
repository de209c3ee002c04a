import { z } from "zod";

import { camelCase, meantKey } from "./closest-match.ts";
import { ConfigError } from "./errors.ts";

/**
 * Options as a schema reads them, with its defaults filled in.
 * @throws ConfigError that lists every option which breaks a rule, with what an unknown one may have meant and which
 * there are; `where` begins the message.
 */
export function parseOptions<T extends z.ZodType>(schema: T, options: unknown, where: string): z.infer<T> {
  const result = schema.safeParse(options, { error: explainUnknown });
  if (result.success) return result.data;
  throw new ConfigError(`${where}: ${z.prettifyError(result.error)}`);
}

/** What is said of keys that a schema does not know, at whatever depth; undefined leaves zod's words for the rest. */
function explainUnknown(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== "unrecognized_keys") return undefined;
  const known = issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape) : [];
  const advice = issue.keys.map((key) => `${key}: ${adviceOn(key, known)}`);
  const rule = known.length === 0 ? "there are no options here" : `permitted: ${known.join(", ")}`;
  return [`Unrecognized key${issue.keys.length === 1 ? "" : "s"}: ${quoted(issue.keys)}; ${rule}`, ...advice].join(
    "\n  → ",
  );
}

function adviceOn(key: string, known: readonly string[]): string {
  const meant = meantKey(key, known);
  if (meant !== null) return `did you mean ${meant}?`;
  return camelCase(key) === key ? "leave it out" : `leave it out; options are in camel case, as ${camelCase(key)}`;
}

function quoted(keys: readonly string[]): string {
  return keys.map((key) => JSON.stringify(key)).join(", ");
}
