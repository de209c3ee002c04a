import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { FileRecords, readRecordedFile, writeFolderAtomically } from "../core/atomic-file.ts";
import { CheckpointError } from "../core/errors.ts";
import type { HostTensors } from "../core/host-tensor.ts";
import { decodeSafetensors, encodeSafetensors } from "../core/safetensors.ts";
import { findMismatch, startingWith } from "../nn/params.ts";
import { HEADS_FILE } from "./find-world.ts";
import { setupGenie, type GenieConfig } from "./genie.ts";
import { headsParams, RewardHeadsConfig, setupHeads } from "./reward-heads.ts";
import type { StoredHeads } from "./world-heads.ts";

const WEIGHTS = "heads.safetensors";

/** How heads were trained, and how well they did on the episodes that were kept out. */
export const HeadsTraining = z.strictObject({
  episodes: z.int().nonnegative(),
  steps: z.int().nonnegative().describe("labelled steps of these episodes"),
  updates: z.int().nonnegative(),
  seed: z.number(),
  heldOutEpisodes: z.int().nonnegative().describe("episodes that were measured on instead"),
  averagePrecision: z
    .strictObject({ reward: z.number().nullable(), end: z.number().nullable() })
    .describe("on the episodes that were kept out; null where nothing was paid or ended"),
});
export type HeadsTraining = z.infer<typeof HeadsTraining>;

const HeadsFile = z.strictObject({
  format: z.literal("genie-env-heads"),
  version: z.literal(1),
  heads: RewardHeadsConfig,
  tokenizer: z.string().describe("hash of the tokenizer whose tokens the heads read"),
  training: HeadsTraining,
  files: FileRecords,
});

/** The world that heads belong to. */
type WorldOfHeads = { readonly genie: GenieConfig; readonly params: HostTensors };

/** Writes heads beside a world, in half precision like its weights. */
export async function saveHeads(
  folder: string,
  heads: StoredHeads,
  { world, training }: { readonly world: WorldOfHeads; readonly training: HeadsTraining },
): Promise<void> {
  const config = {
    format: "genie-env-heads",
    version: 1,
    heads: heads.config,
    tokenizer: hashTokenizer(world.params),
    training,
  };
  const data = { [WEIGHTS]: encodeSafetensors(heads.params, {}, { halfPrecision: true }) };
  await writeFolderAtomically(folder, { data, configName: HEADS_FILE, config });
}

/** Heads and how they were trained. */
export type HeadsOnDisk = StoredHeads & { readonly training: HeadsTraining };

/**
 * Reads the heads beside a world; null where there are none.
 * @throws CheckpointError when they are damaged, of another version, or read other tokens than this world's.
 */
export async function readHeads(folder: string, world: WorldOfHeads): Promise<HeadsOnDisk | null> {
  const path = join(folder, HEADS_FILE);
  if (!existsSync(path)) return null;
  const { heads: config, tokenizer, training, files } = parseHeads(await readFile(path, "utf8"), path);
  if (tokenizer !== hashTokenizer(world.params)) {
    throw new CheckpointError(
      `${path}: must be of this world's tokenizer, got heads of another - train them again (genie-env train-heads --replace), ` +
        "or remove the file",
    );
  }
  const specs = headsParams(setupHeads(config, setupGenie(world.genie)));
  const { tensors } = decodeSafetensors(await readRecordedFile(folder, files, WEIGHTS), join(folder, WEIGHTS));
  const mismatch = findMismatch(specs, tensors);
  if (mismatch !== null) throw new CheckpointError(`${path}: ${mismatch} - train the heads again`);
  return { config, params: tensors, training };
}

/** Removes heads of another tokenizer than that of the world which was just written here: they would judge noise. */
export async function removeStaleHeads(folder: string, params: HostTensors): Promise<void> {
  const path = join(folder, HEADS_FILE);
  if (!existsSync(path)) return;
  const { tokenizer, files } = parseHeads(await readFile(path, "utf8"), path);
  if (tokenizer === hashTokenizer(params)) return;
  await rm(path);
  await Promise.all(Object.values(files).map(({ file }) => rm(join(folder, basename(file)), { force: true })));
}

function parseHeads(text: string, path: string): z.infer<typeof HeadsFile> {
  try {
    return HeadsFile.parse(JSON.parse(text));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new CheckpointError(`${path}: must be the heads of a world, got ${reason}`, { cause: error });
  }
}

/**
 * Tells tokenizers apart, at the precision that worlds are stored in: tokens mean nothing to another's heads. How tokens are
 * painted is no matter to those who read them.
 */
function hashTokenizer(params: HostTensors): string {
  const reads = startingWith(params, ["tokenizer.encoder.", "tokenizer.quantizer."]);
  const bytes = encodeSafetensors(reads, {}, { halfPrecision: true });
  return createHash("sha256").update(bytes).digest("hex");
}
