import { ConfigError } from "../core/errors.ts";

/** Options of `genie-env demo`, as the command line gives them. */
export type DemoOptions = { readonly out: string; readonly seed: string; readonly engine?: string };

/**
 * Plays the bundled worlds and writes what is seen.
 * @throws ConfigError always: it is not built yet.
 */
export function demo(_options: DemoOptions): Promise<void> {
  return Promise.reject(new ConfigError("demo: this command is not built yet"));
}
