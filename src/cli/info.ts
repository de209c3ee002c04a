import { ConfigError } from "../core/errors.ts";

/** Options of `genie-env info`, as the command line gives them. */
export type InfoOptions = { readonly world: string };

/**
 * Prints what a world is: sizes, actions, training.
 * @throws ConfigError always: it is not built yet.
 */
export function info(_options: InfoOptions): Promise<void> {
  return Promise.reject(new ConfigError("info: this command is not built yet"));
}
