import { z } from "zod";

import { ConfigError } from "./errors.ts";

/**
 * Options as a schema reads them, with its defaults filled in.
 * @throws ConfigError that lists every option which breaks a rule; `where` begins the message.
 */
export function parseOptions<T extends z.ZodType>(schema: T, options: unknown, where: string): z.infer<T> {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  throw new ConfigError(`${where}: ${z.prettifyError(result.error)}`);
}
