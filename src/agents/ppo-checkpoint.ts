import { join } from "node:path";
import { z } from "zod";
import { FileRecords, readCheckpointFile, readRecordedFile, writeFolderAtomically } from "../core/atomic-file.ts";
import { CheckpointError } from "../core/errors.ts";
import type { HostTensors } from "../core/host-tensor.ts";
import { decodeSafetensors, encodeSafetensors } from "../core/safetensors.ts";
import { PPOConfig } from "./ppo-options.ts";

const CONFIG = "ppo.json";
const STATE = "state.safetensors";

/** What `ppo.json` says of an agent. */
const Checkpoint = z.strictObject({
  format: z.literal("genie-env-ppo"),
  version: z.literal(1),
  options: PPOConfig,
  seed: z.union([z.int(), z.string()]).describe("of all randomness"),
  globalStep: z.int().nonnegative().describe("steps that it has learnt from, of all environments together"),
  numUpdates: z.int().nonnegative().describe("minibatches that it has learnt from"),
  observationSpace: z.unknown().describe("of one environment, as JSON"),
  actionSpace: z.unknown().describe("of one environment, as JSON"),
  files: FileRecords,
});

/** An agent on disk, without its tensors. */
export type PPOCheckpoint = Omit<z.infer<typeof Checkpoint>, "format" | "version" | "files">;

/** Writes an agent: `ppo.json`, and its parameters and moments beside it; a crash leaves the old files or the new. */
export async function writeCheckpoint(folder: string, checkpoint: PPOCheckpoint, state: HostTensors): Promise<void> {
  const config = { format: "genie-env-ppo", version: 1, ...checkpoint };
  await writeFolderAtomically(folder, { data: { [STATE]: encodeSafetensors(state) }, configName: CONFIG, config });
}

/** Reads an agent. @throws CheckpointError when a file is missing, damaged or of another version. */
export async function readCheckpoint(folder: string): Promise<{ checkpoint: PPOCheckpoint; state: HostTensors }> {
  const path = join(folder, CONFIG);
  const { files, ...checkpoint } = parseCheckpoint(new TextDecoder().decode(await readCheckpointFile(path)), path);
  const { tensors } = decodeSafetensors(await readRecordedFile(folder, files, STATE), join(folder, STATE));
  return { checkpoint, state: tensors };
}

function parseCheckpoint(text: string, path: string): z.infer<typeof Checkpoint> {
  try {
    return Checkpoint.parse(JSON.parse(text));
  } catch (cause) {
    const problem = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new CheckpointError(`${path}: must describe a PPO agent, got ${problem}`, { cause });
  }
}
