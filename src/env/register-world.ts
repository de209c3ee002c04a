import { ConfigError } from "../core/errors.ts";
import { GenieEnv } from "./genie-env.ts";
import type { LoadOptions } from "./genie-env.ts";
import { register } from "./registry.ts";
import type { VectorEntryOptions } from "./registry.ts";

/**
 * Registers a learnt world as `Genie/<name>-v0`: a bundled one by its name, any other by its folder. Options of `make`
 * go to `GenieEnv.load`; the world is read then, not now.
 * @throws RegistrationError for a name that is no name of an environment.
 */
export function registerWorld(name: string, folder: string = name): void {
  register({
    id: `Genie/${name}-v0`,
    entryPoint: (options: LoadOptions) => {
      if (options.numEnvs === undefined) return GenieEnv.load(folder, { ...options, numEnvs: undefined });
      throw new ConfigError(
        `make: numEnvs must be left out for a single environment, got ${options.numEnvs} - use makeVec`,
      );
    },
    vectorEntryPoint: ({ maxEpisodeSteps, ...options }: VectorEntryOptions) =>
      GenieEnv.load(folder, { ...options, horizon: maxEpisodeSteps ?? undefined }),
  });
}
