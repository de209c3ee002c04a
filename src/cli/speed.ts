import { ConfigError } from "../core/errors.ts";

/** Options of `genie-env speed`, as the command line gives them. */
export type SpeedOptions = { readonly json?: boolean; readonly engine?: string };

/**
 * Measures the engines that are installed here.
 * @throws ConfigError always: it is not built yet.
 */
export function speed(_options: SpeedOptions): Promise<void> {
  return Promise.reject(new ConfigError("speed: this command is not built yet"));
}
