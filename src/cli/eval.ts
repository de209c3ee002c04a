import { ConfigError } from "../core/errors.ts";

/** Options of `genie-env eval`, as the command line gives them. */
export type EvaluateOptions = {
  readonly world: string;
  readonly videos: string;
  readonly clips?: string;
  readonly seed: string;
  readonly json?: boolean;
  readonly engine?: string;
};

/**
 * Measures a world on videos that it was not trained on.
 * @throws ConfigError always: it is not built yet.
 */
export function evaluate(_options: EvaluateOptions): Promise<void> {
  return Promise.reject(new ConfigError("eval: this command is not built yet"));
}
