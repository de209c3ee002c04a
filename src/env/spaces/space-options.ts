import { ConfigError } from "../../core/errors.ts";
import { isRecord } from "../../core/record.ts";
import { describe } from "../describe.ts";
import { expectKnownKeys } from "../known-keys.ts";

/**
 * @throws ConfigError for a space's options that are no record, or hold what the space does not know; `where` begins the
 * message.
 */
export function expectSpaceOptions(options: unknown, known: readonly string[], where: string): void {
  if (!isRecord(options)) {
    throw new ConfigError(`${where}: options must be a record of ${known.join(", ")}, got ${describe(options)}`);
  }
  if ("seed" in options) {
    throw new ConfigError(
      `${where}: a space takes no option seed, got ${describe(options["seed"])} - call seed() on it`,
    );
  }
  expectKnownKeys(options, known, where);
}
