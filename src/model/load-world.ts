import { createEngine } from "../compute/create-engine.ts";
import type { Engine } from "../compute/engine.ts";
import { ConfigError } from "../core/errors.ts";
import { parseOptions } from "../core/options.ts";
import type { Frames } from "../core/frames.ts";
import { readImage } from "../data/image.ts";
import { readWorld } from "./checkpoint.ts";
import { findWorld, worldPrompts } from "./find-world.ts";
import { GenieWorld } from "./genie-world.ts";
import { readHeads } from "./heads-file.ts";
import { MaskGITConfig } from "./maskgit.ts";

/** How a world is loaded. */
export type LoadWorldOptions = {
  readonly engine?: string | Engine | undefined;
  /** What products with weights are computed in, as `createEngine` takes it; an engine of the caller's has its own. */
  readonly precision?: string | undefined;
  /** Whether the heads beside the world, if any, are read too; true unless told. */
  readonly heads?: boolean | undefined;
  /** Bytes that environments opened together may take; what is free at that moment when left out. */
  readonly memoryLimit?: number | undefined;
  /** What differs from the world's own way of sampling (`MaskGITConfig`): steps, temperature, order. Checked. */
  readonly sampling?: Partial<MaskGITConfig> | Readonly<Record<string, unknown>> | undefined;
};

/**
 * Loads a world, by the name of a bundled one or by its folder, with the prompts and heads that lie in it. `engine` is one of onnx
 * (default), tensorflow, webgpu, wasm, cpu; or an engine of the caller's.
 * @throws ConfigError for an unknown world, engine or way of sampling; CheckpointError for a damaged one; BackendError for an engine that
 * is not installed.
 */
export async function loadWorld(nameOrFolder: string, options: LoadWorldOptions = {}): Promise<GenieWorld> {
  const folder = findWorld(nameOrFolder);
  const { config, params } = await readWorld(folder);
  const prompts = await readPrompts(folder, config.genie);
  const wantsHeads = options.heads ?? true;
  const heads = (wantsHeads ? await readHeads(folder, { genie: config.genie, params }) : null) ?? undefined;
  const engine = await engineOf(options);
  const sampling = { ...config.genie.sampling, ...options.sampling };
  const genie = { ...config.genie, sampling: parseOptions(MaskGITConfig, sampling, "loadWorld") };
  const { memoryLimit } = options;
  const notes = { actionNames: config.actionNames, prompts, heads, memoryLimit };
  return new GenieWorld(config.name, genie, params, engine, notes);
}

async function engineOf({ engine, precision }: LoadWorldOptions): Promise<Engine> {
  if (typeof engine !== "object") return createEngine(engine, { precision });
  if (precision === undefined) return engine;
  throw new ConfigError(
    `loadWorld: precision is for engines by name, got ${precision} beside an engine - leave it out`,
  );
}

function readPrompts(folder: string, size: { readonly height: number; readonly width: number }): Promise<Frames[]> {
  return Promise.all(worldPrompts(folder).map((path) => readImage(path, size)));
}
