import { z } from "zod";

import { closestMatch } from "./closest-match.ts";
import { ConfigError } from "./errors.ts";

/**
 * Options as a schema reads them, with its defaults filled in.
 * @throws ConfigError that lists every option which breaks a rule, with what an unknown one may have meant; `where`
 * begins the message.
 */
export function parseOptions<T extends z.ZodType>(schema: T, options: unknown, where: string): z.infer<T> {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  throw new ConfigError(
    `${where}: ${[z.prettifyError(result.error), ...suggestions(schema, result.error)].join("\n")}`,
  );
}

/** For each unknown key the known one that is most like it. */
function suggestions(schema: z.ZodType, { issues }: z.ZodError): string[] {
  if (!(schema instanceof z.ZodObject)) return [];
  const known = Object.keys(schema.shape);
  const unknown = issues.flatMap((issue) =>
    issue.code === "unrecognized_keys" && issue.path.length === 0 ? issue.keys : [],
  );
  return unknown.flatMap((key) => {
    const meant = closestMatch(key, known);
    return meant === null ? [] : [`  → ${key}: did you mean ${meant}?`];
  });
}
