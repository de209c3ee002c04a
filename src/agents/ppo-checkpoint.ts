import { z } from "zod";
import type { HostTensors } from "../core/host-tensor.ts";
import { readAgent, writeAgent } from "./agent-checkpoint.ts";
import { PPOConfig } from "./ppo-options.ts";

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
});

const FILE = { name: "ppo.json", schema: Checkpoint, subject: "a PPO agent" } as const;

/** An agent on disk, without its tensors. */
export type PPOCheckpoint = Omit<z.infer<typeof Checkpoint>, "format" | "version">;

/** Writes an agent: `ppo.json`, and its parameters and moments beside it; a crash leaves the old files or the new. */
export async function writeCheckpoint(folder: string, checkpoint: PPOCheckpoint, state: HostTensors): Promise<void> {
  await writeAgent(folder, FILE, { format: "genie-env-ppo", version: 1, ...checkpoint }, state);
}

/** Reads an agent. @throws CheckpointError when a file is missing, damaged or of another version. */
export async function readCheckpoint(folder: string): Promise<{ checkpoint: PPOCheckpoint; state: HostTensors }> {
  const { config, state } = await readAgent(folder, FILE);
  return { checkpoint: config, state };
}
