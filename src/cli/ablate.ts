import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { writeFileAtomically } from "../core/atomic-file.ts";
import { ConfigError, DataError } from "../core/errors.ts";
import { videoNames } from "../data/build-clip-store.ts";
import { hashVideos } from "../data/video-hash.ts";
import { findVideos } from "../data/video.ts";
import { readWorldConfig } from "../model/checkpoint.ts";
import { checkVideoNetwork } from "../model/fvd.ts";
import { genieParams, setupGenie, type GenieConfig } from "../model/genie.ts";
import { LONG_HORIZON } from "../model/long-roll-outs.ts";
import { readRunState, type RunState } from "../model/training/run-state.ts";
import { countParameters, underPrefix } from "../nn/params.ts";
import { ABLATIONS, AblationResult, ablationTable, StageCost, type AblationName } from "./ablations.ts";
import { measureWorld, unseenVideos } from "./evaluate.ts";
import { expectSameStudy } from "./study-options.ts";
import { expectTrainable, train, type TrainCommand } from "./train.ts";
import { INTERRUPTED, unlessStopped, untilSignal } from "./until-signal.ts";

/** Options of `genie-env ablate`. */
export type AblateCommand = Pick<
  TrainCommand,
  "size" | "fps" | "engine" | "steps" | "minutes" | "seed" | "holdOut" | "set"
> & {
  readonly videos: string;
  readonly out: string;
  readonly preset: string;
  /** Videos to measure on; those held out of training when left out. */
  readonly testVideos?: string;
  readonly clips: number;
  readonly rollouts: number;
  readonly fvdNetwork?: string;
  /** The one variant to train in this process. */
  readonly only?: string;
  readonly json?: boolean;
};

/** A variant's training, which is on videos. */
type VideoTraining = TrainCommand & Pick<AblateCommand, "videos">;

const [RESULT, COSTS] = ["result.json", "costs.json"];

/**
 * Trains the variants of one of the paper's ablations with equal budgets, measures each, and prints the table. Each
 * variant runs in a process of its own, so that its memory is its own. What is done is kept: the same command goes on
 * after it was stopped.
 * @throws ConfigError for options that break a rule, or are not those that the study in `out` began with, before anything
 * is trained; what `train` and `eval` throw.
 */
export async function ablate(name: AblationName, command: AblateCommand): Promise<void> {
  const { out, only, json = false } = command;
  await expectStudy(name, command);
  if (only !== undefined) return runVariant(name, only, command);
  const variants = Object.keys(ABLATIONS[name].variants);
  for (const variant of variants) {
    if (isDone(out, variant)) continue;
    const hasEnded = await untilSignal((signal) => spawnVariant(variant, signal));
    if (hasEnded) continue;
    console.error(`ablate: stopped in ${variant}; the same command goes on`);
    process.exitCode = INTERRUPTED;
    return;
  }
  const results: AblationResult[] = [];
  for (const variant of variants) results.push(await readResult(join(out, variant, RESULT)));
  const table = `${ablationTable(name, results).join("\n")}\n`;
  await writeFileAtomically(join(out, `${name}.md`), table);
  await writeFileAtomically(join(out, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`);
  console.log(json ? JSON.stringify(results, null, 2) : table.trimEnd());
}

function isDone(out: string, variant: string): boolean {
  return existsSync(join(out, variant, RESULT));
}

/** Refuses what would fail after hours of training, or mix two studies in one table. */
async function expectStudy(name: AblationName, command: AblateCommand): Promise<void> {
  const { out, only, json: _, videos, testVideos, fvdNetwork, ...options } = command;
  if (fvdNetwork !== undefined) {
    await checkVideoNetwork(fvdNetwork, { count: command.rollouts, frames: LONG_HORIZON });
  }
  const variants = only === undefined ? Object.keys(ABLATIONS[name].variants) : [only];
  for (const variant of variants) {
    const training = trainingOf(join(out, variant), changeOf(name, variant), command);
    if (!isDone(out, variant)) await expectMeasurable(training, testVideos);
  }
  const [where, tests, network] = [videos, testVideos, fvdNetwork].map((path) => path && resolve(path));
  const study = { ...options, videos: where, testVideos: tests, fvdNetwork: network };
  await expectSameStudy(join(out, `${name}-options.json`), study);
}

async function expectMeasurable(training: VideoTraining, testVideos: string | undefined): Promise<void> {
  const { training: trained, heldOut } = await expectTrainable(training);
  if (testVideos !== undefined) await expectUnseen(testVideos, { videos: training.videos, trained });
  else if (heldOut.length === 0) {
    throw new ConfigError("--test-videos: videos to measure on are needed, got none and no video held out - name some");
  }
}

/** @throws ConfigError where everything to measure on is trained on. */
async function expectUnseen(
  testVideos: string,
  { videos, trained }: { readonly videos: string; readonly trained: readonly string[] },
): Promise<void> {
  const all = await findVideos(videos);
  const names = videoNames(all);
  const isTrained = new Set(trained);
  const shown = new Set(await hashVideos(all.filter((_, i) => isTrained.has(names[i] ?? ""))));
  const tests = await hashVideos(await findVideos(testVideos));
  if (tests.some((hash) => !shown.has(hash))) return;
  throw new ConfigError(
    `--test-videos: must hold videos that are not trained on, got ${tests.length} that are - name others, or hold some out`,
  );
}

/** This very command, for one variant. Its output is no result: it goes to standard error. False when it was stopped. */
async function spawnVariant(variant: string, signal: AbortSignal): Promise<boolean> {
  const args = [...process.execArgv, ...process.argv.slice(1), "--only", variant];
  // Detached: a terminal's control-C would reach it beside the one that is passed on, and a second one kills.
  const child = spawn(process.execPath, args, { stdio: ["ignore", 2, 2], detached: true });
  signal.addEventListener("abort", () => child.kill("SIGINT"));
  const [status] = (await once(child, "close")) as [number | null];
  if (signal.aborted || status === INTERRUPTED) return false;
  if (status === 0) return true;
  throw new DataError(`ablate: variant ${variant} must end well, got status ${status} - its error stands above`);
}

async function readResult(path: string): Promise<AblationResult> {
  const parsed = AblationResult.safeParse(JSON.parse(await readFile(path, "utf8")));
  if (parsed.success) return parsed.data;
  throw new DataError(
    `${path}: must be a variant's result, got ${z.prettifyError(parsed.error)} - remove it to run anew`,
  );
}

function changeOf(name: AblationName, variant: string): string {
  const { variants } = ABLATIONS[name];
  const change = Object.entries(variants).find(([known]) => known === variant)?.[1];
  if (change !== undefined) return change;
  throw new ConfigError(`--only: must be one of ${Object.keys(variants).join(", ")}, got ${variant}`);
}

async function runVariant(name: AblationName, variant: string, command: AblateCommand): Promise<void> {
  const folder = join(command.out, variant);
  await mkdir(folder, { recursive: true });
  if (!existsSync(join(folder, "world.json"))) await trainVariant(trainingOf(folder, changeOf(name, variant), command));
  if (!existsSync(join(folder, "world.json"))) process.exitCode = INTERRUPTED;
  else await measureVariant(folder, variant, command);
}

function trainingOf(folder: string, change: string, command: AblateCommand): VideoTraining {
  const { videos, size, fps, engine, steps, minutes, seed, holdOut, preset, set = [] } = command;
  const given = { size, fps, engine, steps, minutes, seed, holdOut };
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { videos, out: folder, ...options, preset, set: [...set, change], clips: join(command.out, "clips") };
}

async function trainVariant(training: TrainCommand): Promise<void> {
  const { out: folder } = training;
  const resume = (await readRunState(join(folder, "state"))) !== null;
  await train({ ...training, resume }, (state) => noteCost(folder, state));
}

/** At the end of a stage: the seconds that it took, and the most memory that the process has held until then. */
async function noteCost(folder: string, { position }: RunState): Promise<void> {
  const { stage, step, stepsDone, secondsDone } = position;
  const isStageEnd = stage === "done" || (stage === "dynamics" && step === 0);
  if (!isStageEnd) return;
  const costs = await readCosts(folder);
  const ended = stage === "done" ? "dynamics" : "tokenizer";
  const before = ended === "dynamics" ? (costs["tokenizer"]?.seconds ?? 0) : 0;
  const cost = {
    steps: stepsDone[ended] ?? 0,
    seconds: secondsDone - before,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
  await writeFileAtomically(join(folder, COSTS), `${JSON.stringify({ ...costs, [ended]: cost })}\n`);
}

const Costs = z.record(z.string(), StageCost);

async function readCosts(folder: string): Promise<z.infer<typeof Costs>> {
  const path = join(folder, COSTS);
  return existsSync(path) ? Costs.parse(JSON.parse(await readFile(path, "utf8"))) : {};
}

async function measureVariant(folder: string, variant: string, command: AblateCommand): Promise<void> {
  const config = await readWorldConfig(folder);
  const videos = await unseenVideos(command.testVideos ?? command.videos, config);
  const { clips, rollouts, fvdNetwork, engine, seed = "0" } = command;
  const plan = { folder, config, videos, clips, rollouts, fvdNetwork, engine, seed: Number(seed) };
  await unlessStopped("ablate", async (signal) => {
    const { report } = await measureWorld(plan, signal);
    const result = { variant, parameters: parametersOf(config.genie), costs: await readCosts(folder), report };
    await writeFileAtomically(join(folder, RESULT), `${JSON.stringify(AblationResult.parse(result), null, 2)}\n`);
  });
}

function parametersOf(genie: GenieConfig): AblationResult["parameters"] {
  const specs = genieParams(setupGenie(genie));
  const count = (part: string) => countParameters(underPrefix(part, specs));
  return { tokenizer: count("tokenizer"), actions: count("actions"), dynamics: count("dynamics") };
}
