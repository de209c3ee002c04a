import { createEngine } from "../compute/create-engine.ts";
import { readWorld } from "./checkpoint.ts";
import { findWorld } from "./find-world.ts";
import { GenieWorld } from "./genie-world.ts";

/**
 * Loads a world, by the name of a bundled one or by its folder. `engine` is one of onnx (default), tensorflow, webgpu,
 * wasm, cpu.
 * @throws ConfigError for an unknown world or engine; CheckpointError for a damaged one; BackendError for an engine that
 * is not installed.
 */
export async function loadWorld(
  nameOrFolder: string,
  options: { readonly engine?: string | undefined } = {},
): Promise<GenieWorld> {
  const { config, params } = await readWorld(findWorld(nameOrFolder));
  return new GenieWorld(config.name, config.genie, params, await createEngine(options.engine), config.actionNames);
}
