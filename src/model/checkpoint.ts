import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { FileRecords, readRecordedFile, writeFolderAtomically } from "../core/atomic-file.ts";
import { CheckpointError } from "../core/errors.ts";
import type { HostTensors } from "../core/host-tensor.ts";
import { describeSystemError } from "../core/system-error.ts";
import { decodeSafetensors, encodeSafetensors } from "../core/safetensors.ts";
import { findMismatch, type ParamSpecs } from "../nn/params.ts";
import { WORLD_FILE } from "./find-world.ts";
import { GenieConfig, genieParams, setupGenie } from "./genie.ts";
import { removeStaleHeads } from "./heads-file.ts";
import { Provenance } from "./provenance.ts";

const WEIGHTS = "weights.safetensors";

/** What `world.json` says of a world; `files` names the weights, their length and their hash. */
export const WorldConfig = z.strictObject({
  format: z.literal("genie-env-world"),
  version: z.literal(1),
  name: z.string().min(1).describe("how the world is called"),
  description: z.string().default("").describe("where its video comes from, and under which licence"),
  genie: GenieConfig,
  actionNames: z.array(z.string()).optional().describe("what each latent action does, where somebody has looked"),
  training: z
    .strictObject({
      ...Provenance.shape,
      heldOut: z.array(z.string()).describe("names of the videos that were kept for evaluation"),
      steps: z.record(z.string(), z.number()).describe("updates per stage"),
      minutes: z.number().describe("minutes of training"),
      seed: z.number(),
    })
    .optional(),
  files: FileRecords,
});
export type WorldConfig = z.infer<typeof WorldConfig>;

/**
 * Writes a world: `world.json` and its weights (half precision on disk unless told otherwise). Heads beside it stay if they
 * read the tokens of this tokenizer; others are removed.
 */
export async function saveWorld(
  folder: string,
  world: Omit<WorldConfig, "format" | "version" | "files">,
  params: HostTensors,
  { halfPrecision = true }: { readonly halfPrecision?: boolean } = {},
): Promise<void> {
  const config = { format: "genie-env-world", version: 1, ...world };
  const data = { [WEIGHTS]: encodeSafetensors(params, {}, { halfPrecision }) };
  await writeFolderAtomically(folder, { data, configName: WORLD_FILE, config });
  await removeStaleHeads(folder, params);
}

/** Reads a world. @throws CheckpointError when a file is missing, damaged, of another version, or lacks a tensor. */
export async function readWorld(folder: string): Promise<{ config: WorldConfig; params: HostTensors }> {
  const config = await readWorldConfig(folder);
  const specs = expectParams(folder, config.genie);
  const { tensors } = decodeSafetensors(await readRecordedFile(folder, config.files, WEIGHTS), join(folder, WEIGHTS));
  const mismatch = findMismatch(specs, tensors);
  if (mismatch !== null) throw new CheckpointError(`${folder}: ${mismatch} - fetch the world again`);
  return { config, params: tensors };
}

/** Reads `world.json` alone. @throws CheckpointError when it is missing, damaged or of another version. */
export async function readWorldConfig(folder: string): Promise<WorldConfig> {
  const path = join(folder, WORLD_FILE);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new CheckpointError(`${path}: must be a readable file, got none: ${describeSystemError(error)}`, {
      cause: error,
    });
  });
  return parseWorldConfig(text, path);
}

function parseWorldConfig(text: string, path: string): WorldConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new CheckpointError(`${path}: must be JSON, got ${String(error)}`, { cause: error });
  }
  const parsed = WorldConfig.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new CheckpointError(`${path}: ${z.prettifyError(parsed.error)}`);
}

/** The parameters that a configuration describes; a damaged one may describe frames that cannot be cut into patches. */
function expectParams(folder: string, config: GenieConfig): ParamSpecs {
  try {
    return genieParams(setupGenie(config));
  } catch (cause) {
    throw new CheckpointError(`${folder}: ${WORLD_FILE} must describe a model, got ${String(cause)}`, { cause });
  }
}
