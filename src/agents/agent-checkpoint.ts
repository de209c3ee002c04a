import { join } from "node:path";
import { z } from "zod";
import { FileRecords, readCheckpointFile, readRecordedFile, writeFolderAtomically } from "../core/atomic-file.ts";
import { CheckpointError } from "../core/errors.ts";
import type { HostTensors } from "../core/host-tensor.ts";
import { decodeSafetensors, encodeSafetensors } from "../core/safetensors.ts";

const STATE = "state.safetensors";
const Files = z.looseObject({ files: FileRecords });

/** Where and as what an agent is stored. */
export type AgentFile<T extends z.ZodType> = {
  /** The JSON file's name. */
  readonly name: string;
  /** What it holds beside `files`. */
  readonly schema: T;
  /** What it describes, for errors: `a PPO agent`. */
  readonly subject: string;
};

/** Writes an agent: its JSON, and its tensors beside it; a crash leaves the old files or the new. */
export async function writeAgent<T extends z.ZodType<Record<string, unknown>>>(
  folder: string,
  { name, schema }: AgentFile<T>,
  config: z.input<T>,
  state: HostTensors,
): Promise<void> {
  const data = { [STATE]: encodeSafetensors(state) };
  await writeFolderAtomically(folder, { data, configName: name, config: schema.parse(config) });
}

/** Reads an agent. @throws CheckpointError when a file is missing, damaged or of another version. */
export async function readAgent<T extends z.ZodType>(
  folder: string,
  { name, schema, subject }: AgentFile<T>,
): Promise<{ config: z.infer<T>; state: HostTensors }> {
  const path = join(folder, name);
  const text = new TextDecoder().decode(await readCheckpointFile(path));
  try {
    const { files, ...rest } = Files.parse(JSON.parse(text));
    const config = schema.parse(rest);
    const { tensors } = decodeSafetensors(await readRecordedFile(folder, files, STATE), join(folder, STATE));
    return { config, state: tensors };
  } catch (cause) {
    if (cause instanceof CheckpointError) throw cause;
    const problem = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new CheckpointError(`${path}: must describe ${subject}, got ${problem}`, { cause });
  }
}
