import { createEngine } from "../compute/create-engine.ts";
import type { Engine } from "../compute/engine.ts";
import type { Frames } from "../core/frames.ts";
import { readImage } from "../data/image.ts";
import { readWorld } from "./checkpoint.ts";
import { findWorld, worldPrompts } from "./find-world.ts";
import { GenieWorld } from "./genie-world.ts";

/**
 * Loads a world, by the name of a bundled one or by its folder, with the prompts that lie in it. `engine` is one of onnx
 * (default), tensorflow, webgpu, wasm, cpu; or an engine of the caller's.
 * @throws ConfigError for an unknown world or engine; CheckpointError for a damaged one; BackendError for an engine that
 * is not installed.
 */
export async function loadWorld(
  nameOrFolder: string,
  options: { readonly engine?: string | Engine | undefined } = {},
): Promise<GenieWorld> {
  const folder = findWorld(nameOrFolder);
  const { config, params } = await readWorld(folder);
  const prompts = await readPrompts(folder, config.genie);
  const engine = typeof options.engine === "object" ? options.engine : await createEngine(options.engine);
  return new GenieWorld(config.name, config.genie, params, engine, { actionNames: config.actionNames, prompts });
}

function readPrompts(folder: string, size: { readonly height: number; readonly width: number }): Promise<Frames[]> {
  return Promise.all(worldPrompts(folder).map((path) => readImage(path, size)));
}
