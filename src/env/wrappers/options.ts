import { z } from "zod";

import { ConfigError } from "../../core/errors.ts";

/** A wrapper's options, checked and completed with their defaults. @throws ConfigError that lists every broken rule. */
export function parseOptions<T extends z.ZodType>(schema: T, options: z.input<T>, where: string): z.output<T> {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  throw new ConfigError(`${where}: ${z.prettifyError(result.error)}`);
}
