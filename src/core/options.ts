import { z } from "zod";

import { camelCase, meantKey } from "./closest-match.ts";
import { ConfigError } from "./errors.ts";

/**
 * Options as a schema reads them, with its defaults filled in.
 * @throws ConfigError that lists every option which breaks a rule and what was got, with what an unknown one may have
 * meant and which there are; `where` begins the message.
 */
export function parseOptions<T extends z.ZodType>(schema: T, options: unknown, where: string): z.infer<T> {
  const result = schema.safeParse(options, { error: explain });
  if (result.success) return result.data;
  throw new ConfigError(`${where}: ${z.prettifyError(result.error)}`);
}

/** What is said of an option that breaks a rule, at whatever depth; undefined leaves it to zod. */
function explain(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === "unrecognized_keys") return explainUnknown(issue);
  const words = z.config().localeError?.(issue);
  const rule = typeof words === "string" ? words : words?.message;
  const got = shown(issue.input);
  return rule === undefined || got === undefined ? undefined : `${rule}, got ${got}`;
}

/** A value for a message, on one line; nothing for what zod's words name already, and for what does not fit. */
function shown(value: unknown): string | undefined {
  if (typeof value !== "string" && typeof value !== "boolean" && !Number.isFinite(value)) return undefined;
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function explainUnknown(issue: z.core.$ZodRawIssue<z.core.$ZodIssueUnrecognizedKeys>): string {
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
