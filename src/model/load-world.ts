import { ConfigError } from "../core/errors.ts";
import type { WorldModel } from "./world-model.ts";

/** Loads a world, by the name of a bundled one or by its folder. */
export async function loadWorld(
  nameOrFolder: string,
  _options: { readonly engine?: string | undefined } = {},
): Promise<WorldModel> {
  throw new ConfigError(`loadWorld: loading worlds is not built yet, got ${nameOrFolder}`);
}
