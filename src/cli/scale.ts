import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { writeFileAtomically } from "../core/atomic-file.ts";
import { ConfigError, DataError } from "../core/errors.ts";
import type { HostTensors } from "../core/host-tensor.ts";
import { createProgress } from "../core/progress.ts";
import { readRunLog } from "../core/run-log.ts";
import { buildClipStore, videoNames } from "../data/build-clip-store.ts";
import { ClipStore } from "../data/clip-store.ts";
import { writePngOfSvg } from "../data/image.ts";
import { findVideos } from "../data/video.ts";
import { fitPowerLaw } from "../metrics/power-law.ts";
import { readWorld } from "../model/checkpoint.ts";
import { findWorld } from "../model/find-world.ts";
import { dynamicsTrainingFlops } from "../model/flops.ts";
import { genieParams, parseGenieConfig, setupGenie, type GenieConfig } from "../model/genie.ts";
import { TrainingConfig } from "../model/training/presets.ts";
import { readRunState } from "../model/training/run-state.ts";
import { trainGenie } from "../model/training/train-genie.ts";
import { countParameters, startingWith, underPrefix } from "../nn/params.ts";
import { expectTrainingLevels } from "./recordings.ts";
import { ScalingRun, scalingSvg, scalingTable, type ScalingReport } from "./scaling-report.ts";
import { expectSameStudy } from "./study-options.ts";
import { INTERRUPTED, untilSignal } from "./until-signal.ts";

/** Options of `genie-env scale`. */
export type ScaleCommand = {
  /** Whose tokenizer and latent actions all runs share. */
  readonly world: string;
  readonly videos: string;
  readonly out: string;
  /** BLOCKSxWIDTHxHEADS, with commas. */
  readonly sizes: string;
  /** Clips a step, with commas; the middle one is what the ladder of sizes is trained with. */
  readonly batches: string;
  /** Tokens that each run sees. */
  readonly tokens: number;
  readonly seed: number;
  readonly engine?: string;
  readonly json?: boolean;
};

type Plan = { readonly size: string; readonly batchSize: number };

const RESULT = "result.json";

/**
 * Trains dynamics models of several sizes and with several batch sizes on equally many tokens, on one tokenizer and one
 * latent action model, and plots final loss against parameters, compute and batch size, as figure 9 of the paper. What is
 * done is kept: the same command goes on after it was stopped.
 * @throws ConfigError for options that break a rule, are not those that the study in `out` began with, or name recordings of
 * test levels, before anything is trained; what training throws.
 */
export async function scale(command: ScaleCommand): Promise<void> {
  const { out, json = false } = command;
  const folder = findWorld(command.world);
  const { config, params } = await readWorld(folder);
  const { plans, sizes, batches } = ladder(command);
  for (const { size } of plans) parseGenieConfig(resized(config.genie, size));
  const { tokens, seed, engine } = command;
  const paths = await findVideos(command.videos);
  await expectTrainingLevels("videos", paths);
  const [world, videos] = [resolve(folder), resolve(command.videos)];
  await expectSameStudy(join(out, "scale-options.json"), { world, videos, tokens, seed, engine });
  const source = await ingest(join(out, "clips"), paths, config.genie);
  const runs = new Map<string, ScalingRun>();
  for (const plan of plans) {
    const run = await untilSignal((signal) => runOnce(plan, { command, params, genie: config.genie, source, signal }));
    if (run === null) {
      console.error(`scale: stopped in ${nameOf(plan)}; the same command goes on`);
      process.exitCode = INTERRUPTED;
      return;
    }
    runs.set(nameOf(plan), run);
  }
  const pick = (wanted: readonly Plan[]) => wanted.flatMap((plan) => runs.get(nameOf(plan)) ?? []);
  const report = reportOf(pick(sizes), pick(batches));
  await writeReport(out, report);
  console.log(
    json
      ? JSON.stringify(report, null, 2)
      : [...scalingTable(report), "", `Plots: ${join(out, "scaling.svg")} and .png`].join("\n"),
  );
}

/** Sizes at the middle batch size, then batch sizes at the middle size; what is in both is trained once. */
function ladder(command: ScaleCommand): { plans: Plan[]; sizes: Plan[]; batches: Plan[] } {
  const names = command.sizes.split(",").map((size) => size.trim());
  const counts = command.batches.split(",").map((text) => {
    if (/^[1-9]\d{0,5}$/.test(text.trim())) return Number(text);
    throw new ConfigError(`--batches: must be clips a step with commas, such as 4,8,16, got ${text}`);
  });
  const middle = <T>(list: readonly T[]) => list[Math.floor((list.length - 1) / 2)];
  const [batchSize = 1, size = ""] = [middle(counts), middle(names)];
  const sizes = names.map((name) => ({ size: name, batchSize }));
  const batches = counts.map((count) => ({ size, batchSize: count }));
  const plans = [...new Map([...sizes, ...batches].map((plan) => [nameOf(plan), plan])).values()];
  return { plans, sizes, batches };
}

function nameOf({ size, batchSize }: Plan): string {
  return `${size}-batch-${batchSize}`;
}

/** The world with another dynamics transformer. */
function resized(genie: GenieConfig, size: string): GenieConfig {
  const match = /^(\d{1,4})x(\d{1,6})x(\d{1,4})$/.exec(size);
  if (!match) throw new ConfigError(`--sizes: must be BLOCKSxWIDTHxHEADS with commas, such as 2x64x4, got ${size}`);
  const [numBlocks = 0, modelDim = 0, numHeads = 0] = match.slice(1).map(Number);
  return parseGenieConfig({
    ...genie,
    dynamics: { ...genie.dynamics, transformer: { numBlocks, modelDim, numHeads } },
  });
}

type Source = { readonly clips: ClipStore; readonly names: readonly string[] };

async function ingest(
  folder: string,
  paths: readonly string[],
  { height, width, fps, numFrames }: GenieConfig,
): Promise<Source> {
  using progress = createProgress({ total: paths.length, label: "reading videos" });
  await buildClipStore(folder, paths, { height, width, fps, minFrames: Math.max(16, numFrames) }, ({ done }) =>
    progress.update(done),
  );
  return { clips: await ClipStore.open(folder), names: videoNames(paths) };
}

type RunParts = {
  readonly command: ScaleCommand;
  readonly params: HostTensors;
  readonly genie: GenieConfig;
  readonly source: Source;
  readonly signal: AbortSignal;
};

/** Trains one model, or goes on, or finds that it is done; null when it was stopped. */
async function runOnce(
  plan: Plan,
  { command, params, genie: base, source, signal }: RunParts,
): Promise<ScalingRun | null> {
  const folder = join(command.out, nameOf(plan));
  if (existsSync(join(folder, RESULT))) return readResult(join(folder, RESULT));
  const genie = resized(base, plan.size);
  const { dynamics } = setupGenie(genie);
  const tokensPerStep = plan.batchSize * genie.numFrames * dynamics.tokensPerFrame;
  const steps = Math.max(1, Math.round(command.tokens / tokensPerStep));
  // Latent actions that went on learning would do so in more updates where batches are smaller.
  const config = TrainingConfig.parse({
    dynamics: { batchSize: plan.batchSize, learns: "dynamics" },
    steps: [0, steps],
  });
  const resume = (await readRunState(join(folder, "state"))) !== null;
  const shared = startingWith(params, ["tokenizer.", "actions."]);
  const state = await trainGenie({
    folder,
    clips: source.clips,
    training: source.names,
    heldOut: [],
    genie,
    config,
    name: nameOf(plan),
    seed: command.seed,
    engine: command.engine,
    resume,
    warmStart: shared,
    signal,
  });
  if (state.position.stage !== "done") return null;
  const rows = readRunLog(join(folder, "logs", "dynamics")).flatMap(({ step, values }) => {
    const loss = values["crossEntropy"];
    return loss === undefined ? [] : [{ step, loss }];
  });
  const last = rows.filter(({ step }) => step > 0.9 * steps);
  const counted = last.length > 0 ? last : rows.slice(-1);
  const run = {
    ...plan,
    parameters: countParameters(underPrefix("dynamics", genieParams(setupGenie(genie)))),
    steps,
    tokens: steps * tokensPerStep,
    flops: steps * dynamicsTrainingFlops(dynamics, plan.batchSize, genie.numFrames),
    seconds: state.position.secondsDone,
    loss: counted.reduce((sum, { loss }) => sum + loss, 0) / counted.length,
    curve: rows.map(({ step, loss }): [number, number] => [step * tokensPerStep, loss]),
  };
  await writeFileAtomically(join(folder, RESULT), `${JSON.stringify(run, null, 2)}\n`);
  return run;
}

async function readResult(path: string): Promise<ScalingRun> {
  const parsed = ScalingRun.safeParse(JSON.parse(await readFile(path, "utf8")));
  if (parsed.success) return parsed.data;
  throw new DataError(`${path}: must be a run's result, got ${z.prettifyError(parsed.error)} - remove it to run anew`);
}

function reportOf(sizes: readonly ScalingRun[], batches: readonly ScalingRun[]): ScalingReport {
  const losses = sizes.map(({ loss }) => loss);
  const fit = (key: "parameters" | "flops") => {
    const x = sizes.map((run) => run[key]);
    return new Set(x).size < 2 ? null : fitPowerLaw(x, losses);
  };
  return { sizes, batches, lossOverParameters: fit("parameters"), lossOverFlops: fit("flops") };
}

async function writeReport(out: string, report: ScalingReport): Promise<void> {
  const svg = scalingSvg(report);
  await writeFileAtomically(join(out, "scaling.json"), `${JSON.stringify(report, null, 2)}\n`);
  await writeFileAtomically(join(out, "scaling.svg"), svg);
  await writePngOfSvg(join(out, "scaling.png"), svg, { scale: 2 });
}
