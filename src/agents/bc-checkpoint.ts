import { z } from "zod";
import type { HostTensors } from "../core/host-tensor.ts";
import { MapRecord } from "./action-map.ts";
import { readAgent, writeAgent } from "./agent-checkpoint.ts";
import { BehavioralCloningConfig } from "./bc-options.ts";

/** What `bc.json` says of an agent. */
const Checkpoint = z.strictObject({
  format: z.literal("genie-env-bc"),
  version: z.literal(1),
  options: BehavioralCloningConfig,
  seed: z.union([z.int(), z.string()]).describe("of all randomness"),
  numUpdates: z.int().nonnegative().describe("batches that it has learnt from"),
  frameShape: z.tuple([z.int().positive(), z.int().positive(), z.literal(3)]),
  numActions: z.int().min(2).describe("actions of the policy: latent ones, or real ones where it has no map"),
  map: MapRecord.nullable().describe("from latent to real actions"),
});

const FILE = { name: "bc.json", schema: Checkpoint, subject: "a behavioural cloning agent" } as const;

/** An agent on disk, without its tensors. */
export type BCCheckpoint = Omit<z.infer<typeof Checkpoint>, "format" | "version">;

/** Writes an agent: `bc.json`, and its tensors beside it; a crash leaves the old files or the new. */
export async function writeCheckpoint(folder: string, checkpoint: BCCheckpoint, state: HostTensors): Promise<void> {
  await writeAgent(folder, FILE, { format: "genie-env-bc", version: 1, ...checkpoint }, state);
}

/** Reads an agent. @throws CheckpointError when a file is missing, damaged or of another version. */
export async function readCheckpoint(folder: string): Promise<{ checkpoint: BCCheckpoint; state: HostTensors }> {
  const { config, state } = await readAgent(folder, FILE);
  return { checkpoint: config, state };
}
