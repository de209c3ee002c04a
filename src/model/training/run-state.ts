import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { FileRecords, readRecordedFile, writeFolderAtomically } from "../../core/atomic-file.ts";
import { CheckpointError } from "../../core/errors.ts";
import type { HostTensors } from "../../core/host-tensor.ts";
import { decodeSafetensors, encodeSafetensors } from "../../core/safetensors.ts";
import { CurationConfig } from "../../data/curation.ts";
import { GenieConfig } from "../genie.ts";
import { Provenance, RecordingSource } from "../provenance.ts";
import { TrainingConfig } from "./presets.ts";

const STATE_FILE = "run.json";
const TENSORS = "state.safetensors";

/** What a run was told when it began, beside its seed, model and videos. */
export const RunPlan = z.strictObject({
  config: TrainingConfig,
  curation: CurationConfig.optional().describe("how the videos were split; older runs took the defaults"),
  minutes: z.number().positive().optional().describe("for both stages together; the configured steps when left out"),
  name: z.string().describe("name of the world"),
  preset: z.string().optional(),
  from: z.string().optional().describe("the world whose parameters the run began with"),
});
export type RunPlan = z.infer<typeof RunPlan>;

/** How far a run is: with the tensors beside it, all that training needs to continue exactly. */
export const RunPosition = z.strictObject({
  version: z.literal(1),
  seed: z.number(),
  genie: GenieConfig,
  stage: z.enum(["tokenizer", "dynamics", "done"]),
  step: z.int().nonnegative().describe("updates done in this stage"),
  seconds: z.number().nonnegative().describe("seconds spent in this stage"),
  stepsDone: z.record(z.string(), z.number()).describe("updates of the finished stages"),
  secondsDone: z.number().nonnegative().describe("seconds spent in the finished stages"),
  training: z.array(z.string()).describe("videos that are trained on"),
  hashes: z.array(z.string()).optional().describe("their content hashes, in the same order; older runs have none"),
  recordings: z.array(RecordingSource).optional().describe("the recordings among the folders of the videos"),
  ancestor: Provenance.optional().describe("what the world that the run began from was trained on"),
  heldOut: z.array(z.string()).describe("videos that are kept for evaluation"),
  plan: RunPlan.optional().describe("left out by runs that began before plans were kept"),
  files: FileRecords,
});
export type RunPosition = z.infer<typeof RunPosition>;

/** A run as it stands: its position, all parameters, and the optimiser's moments of the stage that it is in. */
export type RunState = { readonly position: Omit<RunPosition, "files" | "version">; readonly tensors: HostTensors };

/** Writes a run's state, or after a crash leaves the last one. */
export async function saveRunState(folder: string, { position, tensors }: RunState): Promise<void> {
  await writeFolderAtomically(folder, {
    data: { [TENSORS]: encodeSafetensors(tensors) },
    configName: STATE_FILE,
    config: { version: 1, ...position },
  });
}

/** Reads a run's state; null when the folder holds none. @throws CheckpointError when it is damaged. */
export async function readRunState(folder: string): Promise<RunState | null> {
  const path = join(folder, STATE_FILE);
  if (!existsSync(path)) return null;
  const { files, version: _version, ...position } = parsePosition(await readFile(path, "utf8"), path);
  const bytes = await readRecordedFile(folder, files, TENSORS);
  return { position, tensors: decodeSafetensors(bytes, join(folder, TENSORS)).tensors };
}

function parsePosition(text: string, path: string): RunPosition {
  try {
    return RunPosition.parse(JSON.parse(text));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new CheckpointError(`${path}: must be the state of a run, got ${reason}`, { cause: error });
  }
}
