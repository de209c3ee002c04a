import { availableParallelism } from "node:os";
import { shardsOf } from "../compute/shards.ts";
import { counted } from "../core/counted.ts";
import { readWorld, type WorldConfig } from "../model/checkpoint.ts";
import { findWorld } from "../model/find-world.ts";
import { genieParams, setupGenie, type GenieConfig } from "../model/genie.ts";
import { readHeads, type HeadsOnDisk } from "../model/heads-file.ts";
import { bytesText, estimateMemory, freeMemory, largestBatch } from "../model/memory.ts";
import { countVideos, type Provenance } from "../model/provenance.ts";
import { countParameters, underPrefix } from "../nn/params.ts";
import { integerOption } from "./options.ts";

/** Options of `genie-env info`, as the command line gives them. */
export type InfoOptions = { readonly world: string; readonly numEnvs?: string | undefined };

/**
 * Prints what a world is: sizes, actions, training, memory.
 * @throws ConfigError for an unknown world; CheckpointError for a damaged one.
 */
export async function info({ world, numEnvs = "1" }: InfoOptions): Promise<void> {
  const count = integerOption("num-envs", numEnvs, 1);
  const folder = findWorld(world);
  const { config, params } = await readWorld(folder);
  const heads = await readHeads(folder, { genie: config.genie, params });
  const rows = [
    ["folder", folder] as const,
    ...describeWorld(config),
    headsRow(heads),
    ...memoryRows(config.genie, count),
  ];
  const width = Math.max(...rows.map(([title]) => title.length));
  console.log([config.name, ...rows.map(([title, text]) => `  ${title.padEnd(width)}  ${text}`)].join("\n"));
}

type Row = readonly [title: string, text: string];

function describeWorld({ description, genie, actionNames, training, files }: WorldConfig): Row[] {
  const { tokensPerFrame, vocabularySize, numActions } = setupGenie(genie).dynamics;
  const names = actionNames === undefined ? "" : `: ${actionNames.join(", ")}`;
  const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
  return [
    ...(description === "" ? [] : [["about", description] as const]),
    ["frame", `${genie.width}x${genie.height} at ${genie.fps} a second`],
    ["tokens", `${tokensPerFrame} a frame, of ${vocabularySize}`],
    ["latent actions", `${numActions}${names}`],
    ["window", `${genie.numFrames} frames`],
    ["sampling", `${counted(genie.sampling.steps, "MaskGIT step")} a frame`],
    ["parameters", describeParameters(genie)],
    ["on disk", bytesText(bytes)],
    ...describeTraining(training),
  ];
}

function describeParameters(genie: GenieConfig): string {
  const specs = genieParams(setupGenie(genie));
  const parts = ["tokenizer", "actions", "dynamics"].map(
    (part) => `${part} ${millions(countParameters(underPrefix(part, specs)))}`,
  );
  return `${millions(countParameters(specs))}: ${parts.join(", ")}`;
}

function describeTraining(training: WorldConfig["training"]): Row[] {
  if (training === undefined) return [["training", "not recorded"]];
  const { steps, minutes, seed, heldOut } = training;
  const stages = Object.entries(steps).map(([stage, count]) => `${count} steps of ${stage}`);
  return [
    ["training", [...stages, `${minutes} minutes`, `seed ${seed}`].join(", ")],
    ["trained on", describeSources(training)],
    ["held out", heldOut.length === 0 ? "no video" : heldOut.join(", ")],
  ];
}

function describeSources(training: Provenance): string {
  const games = (training.recordings ?? []).map(
    ({ env, difficulty, levels, player, frames }) =>
      `${env} ${difficulty}, levels ${levels.join("..")}, ${player} player, ${frames} frames`,
  );
  return [`${countVideos(training)} videos`, ...games].join("; ");
}

function headsRow(heads: HeadsOnDisk | null): Row {
  if (heads === null) return ["reward heads", "none: rewards are 0, unless you give a reward model"];
  const { averagePrecision, heldOutEpisodes } = heads.training;
  const found = Object.entries(averagePrecision).map(([head, value]) => `${head} ${value?.toFixed(3) ?? "unknown"}`);
  const precision = `average precision on ${heldOutEpisodes} episodes kept out: ${found.join(", ")}`;
  return ["reward heads", `rewards ${heads.config.rewards.join(", ")}, and the end; ${precision}`];
}

function memoryRows(genie: GenieConfig, numEnvs: number): Row[] {
  // As the compiled engine shares rows out.
  const threadsFor = (rows: number): number => shardsOf(rows, availableParallelism());
  const threads = threadsFor(numEnvs);
  const estimate = estimateMemory(genie, numEnvs, threads);
  const { process, parameters, perThread, cachesPerEnv, workPerEnv, total } = estimate;
  const formula = [
    `process ${bytesText(process)}`,
    `parameters ${bytesText(parameters)}`,
    `${threads} x thread ${bytesText(perThread)}`,
    `${numEnvs} x (caches ${bytesText(cachesPerEnv)} + work ${bytesText(workPerEnv)})`,
  ];
  const free = freeMemory();
  const most = largestBatch(genie, free, Number.MAX_SAFE_INTEGER, threadsFor);
  return [
    [`memory, ${counted(numEnvs, "env")}`, `about ${bytesText(total)}: ${formula.join(" + ")}`],
    ["fit here", `${counted(most, "environment")} into the ${bytesText(free)} that are free`],
  ];
}

function millions(count: number): string {
  return `${(count / 1e6).toFixed(2)} M`;
}
