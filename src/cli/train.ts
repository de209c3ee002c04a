import { basename, join, resolve } from "node:path";
import { ConfigError, DataError } from "../core/errors.ts";
import { parseOptions } from "../core/options.ts";
import type { HostTensors } from "../core/host-tensor.ts";
import { createProgress } from "../core/progress.ts";
import { buildClipStore, videoNames, type BuildProgress } from "../data/build-clip-store.ts";
import { CurationConfig } from "../data/curation.ts";
import { formatReport, type CurationReport } from "../data/curation-report.ts";
import { hashVideos } from "../data/video-hash.ts";
import { findVideos, videoDecoder } from "../data/video.ts";
import { genieParams, parseGenieConfig, setupGenie, type GenieConfig } from "../model/genie.ts";
import { readWorld } from "../model/checkpoint.ts";
import { findWorld } from "../model/find-world.ts";
import { thoseThatFit } from "../nn/params.ts";
import { expectSameRun } from "../model/training/resume.ts";
import { readRunState, type RunPlan, type RunState } from "../model/training/run-state.ts";
import { PRESETS, TrainingConfig, type Preset, type PresetName } from "../model/training/presets.ts";
import { trainGenie } from "../model/training/train-genie.ts";
import { merge, parseChanges } from "./changes.ts";
import { integerOption, numberOption } from "./options.ts";
import { expectTrainingLevels, findRecordings } from "./recordings.ts";
import { sampleDrawer } from "./samples.ts";
import { untilSignal } from "./until-signal.ts";

/** Options of `genie-env train`. */
export type TrainCommand = {
  readonly videos: string;
  readonly out: string;
  readonly preset?: string;
  readonly size?: string;
  readonly fps?: string;
  readonly engine?: string;
  readonly steps?: string;
  readonly minutes?: string;
  readonly seed?: string;
  readonly resume?: boolean;
  /** How many videos to keep for evaluation, or their names, comma-separated. */
  readonly holdOut?: string;
  /** A world to start from instead of fresh parameters. */
  readonly from?: string;
  /** `path.to.option=json` on top of the preset, such as `genie.dynamics.actions=add`. */
  readonly set?: readonly string[];
  readonly name?: string;
  /** The folder of the clips that the videos are cut into; inside --out when left out. */
  readonly clips?: string;
};

/**
 * Learns a world from a folder of videos; a signal stops it where `--resume` goes on. `onSaved` is told whenever the
 * run's state was saved.
 * @throws ConfigError for options that break a rule, before anything is written; DataError without videos.
 */
export async function train(
  command: TrainCommand,
  onSaved: (state: RunState) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const saved = await readRun(command);
  const { genie, seed, plan } = configure(command, saved);
  const videos = await findVideos(command.videos);
  const clips = command.clips ?? join(command.out, "clips");
  const drawSamples = sampleDrawer({ folder: command.out, clips, engine: command.engine });
  const names = videoNames(videos);
  const split = saved === null ? splitVideos(names, command.holdOut) : resumeSplit(saved.position, names, command);
  if (saved) expectSameRun(saved, { ...plan, genie, seed, heldOut: split.heldOut });
  const from = saved === null ? plan.from : undefined;
  const warmStart = from === undefined ? undefined : await paramsFrom(from, genie);
  const recordings = saved === null ? await findRecordings(videos, names) : saved.position.recordings;
  await expectTrainingLevels("videos", videos);
  const kept = await ingest(clips, videos, genie, plan.curation);
  expectClips(
    kept.videos.filter((_, i) => split.training.includes(names[i] ?? "")),
    longestClip(genie, plan),
  );
  const seen = videos.filter((_, i) => split.training.includes(names[i] ?? ""));
  const hashes = saved === null ? await hashVideos(seen) : saved.position.hashes;
  const state = await untilSignal((signal) =>
    trainGenie({
      folder: command.out,
      clips,
      ...split,
      hashes,
      recordings,
      ...plan,
      genie,
      seed,
      engine: command.engine,
      resume: command.resume ?? false,
      warmStart,
      signal,
      onCheckpoint: async (saved) => {
        await onSaved(saved);
        await drawSamples(saved);
      },
    }),
  );
  report(command, state);
}

/**
 * What the world `from` brings to one of this config: every tensor of the same name and shape. The others start fresh, and
 * are counted, so that nobody takes a fresh model for a trained one.
 * @throws ConfigError when nothing fits.
 */
async function paramsFrom(from: string, genie: GenieConfig): Promise<HostTensors> {
  const specs = genieParams(setupGenie(genie));
  const given = thoseThatFit(specs, (await readWorld(findWorld(from))).params);
  const fresh = Object.keys(specs).filter((name) => !(name in given));
  if (Object.keys(given).length === 0) {
    throw new ConfigError(`--from: must share tensors with this config, got ${from} without one - leave it out`);
  }
  console.log(`Starts from ${from}: ${Object.keys(given).length} tensors. ${describeFresh(fresh)}`);
  return given;
}

function describeFresh(names: readonly string[]): string {
  if (names.length === 0) return "Nothing starts fresh.";
  const shown = names.slice(0, 3).join(", ");
  return `Fresh: ${names.length} (${shown}${names.length > 3 ? ", …" : ""}).`;
}

/** The run in `--out` that `--resume` goes on with. Nothing of a run is touched without `--resume`. */
async function readRun({ out, resume = false }: TrainCommand): Promise<RunState | null> {
  const saved = await readRunState(join(out, "state"));
  if (resume === (saved !== null)) return saved;
  throw new ConfigError(
    resume
      ? `--resume: there must be a run in --out, got none in ${out} - leave --resume out`
      : `--out: must hold no run yet, got one in ${out} - add --resume, or choose another folder`,
  );
}

function parseMinutes(text: string): number {
  const minutes = numberOption("minutes", text);
  if (minutes > 0) return minutes;
  throw new ConfigError("--minutes: must be more than 0, got 0");
}

function report({ out, videos }: TrainCommand, { position }: RunState): void {
  if (position.stage === "done") {
    console.log(`World written to ${out}. Next: genie-env eval --world ${out} --videos ${videos}`);
    return;
  }
  console.log(`Stopped in stage ${position.stage} at step ${position.step}; everything is saved.`);
  console.log(`Go on with: genie-env train --videos ${videos} --out ${out} --resume`);
}

type Configured = {
  readonly genie: GenieConfig;
  readonly seed: number;
  readonly plan: RunPlan & { readonly curation: CurationConfig };
};

/** The command line's changes to the preset, or to what a resumed run began with. */
function configure(command: TrainCommand, saved: RunState | null): Configured {
  const position = saved?.position;
  const began = position?.plan;
  const preset = presetName(command.preset ?? began?.preset ?? "small");
  const { genie, config, curation } = applyOptions(command, {
    genie: position?.genie ?? PRESETS[preset].genie,
    training: began?.config ?? PRESETS[preset].training,
    curation: began?.curation ?? curationOf(PRESETS[preset]),
  });
  const plan = {
    config,
    curation,
    minutes: command.minutes === undefined ? began?.minutes : parseMinutes(command.minutes),
    name: command.name ?? began?.name ?? basename(resolve(command.out)),
    preset,
    from: command.from ?? began?.from,
  };
  const seed = command.seed === undefined ? (position?.seed ?? 0) : integerOption("seed", command.seed);
  return { genie, seed, plan };
}

function curationOf({ curation = {} }: Preset): object {
  return curation;
}

type Options = { readonly genie: object; readonly training: object; readonly curation: object };

function applyOptions(command: TrainCommand, base: Options) {
  const changes = parseChanges(command.set ?? [], ["genie", "training", "curation"]);
  const size = command.size === undefined ? {} : parseSize(command.size);
  const fps = command.fps === undefined ? {} : { fps: numberOption("fps", command.fps) };
  const steps = command.steps === undefined ? {} : { steps: parseSteps(command.steps) };
  const genie = parseGenieConfig(merge({ ...base.genie, ...size, ...fps }, changes["genie"]));
  // Refuses sizes that do not fit the patches before the videos are read.
  genieParams(setupGenie(genie));
  const config = parseOptions(TrainingConfig, merge({ ...base.training, ...steps }, changes["training"]), "train");
  const minFrames = Math.max(16, genie.numFrames);
  const curation = parseOptions(CurationConfig, merge({ minFrames, ...base.curation }, changes["curation"]), "train");
  return { genie, config, curation };
}

function presetName(name: string): PresetName {
  const known = Object.keys(PRESETS).find((preset): preset is PresetName => preset === name);
  if (known === "genie-11b") {
    throw new ConfigError("--preset: genie-11b is for counting only, got it to train - choose another");
  }
  if (known) return known;
  throw new ConfigError(`--preset: must be one of ${Object.keys(PRESETS).join(", ")}, got ${name}`);
}

function parseSize(text: string): { width: number; height: number } {
  const match = /^(\d+)x(\d+)$/.exec(text);
  if (match) return { width: Number(match[1]), height: Number(match[2]) };
  throw new ConfigError(`--size: must be WIDTHxHEIGHT such as 80x48, got ${text}`);
}

function parseSteps(text: string): [number, number] {
  const [tokenizer = 0, dynamics = tokenizer, ...more] = text.split(",").map((part) => integerOption("steps", part));
  if (more.length === 0) return [tokenizer, dynamics];
  throw new ConfigError(`--steps: must be one number, or two with a comma, got ${text}`);
}

/** The videos of a run by name: those to train on, and those to keep for evaluation. */
type Split = { readonly training: readonly string[]; readonly heldOut: readonly string[] };

/**
 * Refuses what `train` would refuse of a run that is to begin, without reading a frame or writing anything.
 * @throws ConfigError, DataError as `train`.
 */
export async function expectTrainable(command: TrainCommand): Promise<Split> {
  configure(command, null);
  const videos = await findVideos(command.videos);
  await expectTrainingLevels("videos", videos);
  return splitVideos(videoNames(videos), command.holdOut);
}

/** The split of a run that goes on, and `--hold-out` of its videos. @throws ConfigError when one of them is gone. */
function resumeSplit({ training, heldOut }: Split, names: readonly string[], { holdOut }: TrainCommand): Split {
  const own = [...training, ...heldOut];
  const gone = own.find((name) => !names.includes(name));
  if (gone === undefined) {
    const asked =
      holdOut === undefined
        ? heldOut
        : chooseHeldOut(
            names.filter((name) => own.includes(name)),
            holdOut,
          );
    return { training, heldOut: asked };
  }
  throw new ConfigError(`--videos: must hold the videos that the run began with, got none called ${gone}`);
}

function splitVideos(names: readonly string[], holdOut?: string): Split {
  const heldOut = chooseHeldOut(names, holdOut);
  return { training: names.filter((name) => !heldOut.includes(name)), heldOut };
}

/** One video in eight, spread over the list, unless told how many or which. */
function chooseHeldOut(names: readonly string[], choice?: string): string[] {
  if (choice !== undefined && !/^\d+$/.test(choice)) {
    const wanted = choice.split(",").map((name) => name.trim());
    const unknown = wanted.find((name) => !names.includes(name));
    if (unknown === undefined) return wanted;
    throw new ConfigError(`--hold-out: must name videos, got ${unknown} - they are ${names.slice(0, 5).join(", ")}…`);
  }
  const count = choice === undefined ? Math.floor(names.length / 8) : Number(choice);
  if (count >= names.length && names.length > 0) {
    throw new ConfigError(`--hold-out: must leave videos to train on, got ${count} of ${names.length}`);
  }
  return Array.from({ length: count }, (_, i) => names[Math.floor(((i + 0.5) * names.length) / count)] ?? "");
}

async function ingest(
  clips: string,
  videos: readonly string[],
  { height, width, fps }: { readonly height: number; readonly width: number; readonly fps: number },
  curation: CurationConfig,
): Promise<CurationReport> {
  using progress = createProgress({ total: videos.length, label: `reading videos (${await videoDecoder()})` });
  const onProgress = ({ done, video }: BuildProgress) => progress.update(done, { video: basename(video.path) });
  const split = await buildClipStore(clips, videos, { height, width, fps, ...curation }, onProgress);
  progress.finish();
  console.log(formatReport(split));
  return split;
}

/** The most frames that a step of training takes of a clip. */
function longestClip({ numFrames }: GenieConfig, { config }: RunPlan): number {
  return Math.max(config.tokenizer.numFrames ?? numFrames, config.dynamics.numFrames ?? numFrames);
}

/** A run that has nothing to learn from shall not begin. @throws DataError */
function expectClips(videos: CurationReport["videos"], numFrames: number): void {
  const clips = videos.flatMap((video) => video.clips);
  const longest = Math.max(0, ...clips.map(({ count }) => count));
  if (longest >= numFrames) return;
  throw new DataError(
    `--videos: some clip must have ${numFrames} frames to train on, got ${clips.length} clips of at most ${longest} in ` +
      `${videos.length} videos - give other videos, or keep more of them (--set curation.…)`,
  );
}
