import { basename, join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { createEngine } from "../compute/create-engine.ts";
import { ConfigError, DataError } from "../core/errors.ts";
import { parseOptions } from "../core/options.ts";
import type { HostTensors } from "../core/host-tensor.ts";
import { CurationConfig } from "../data/curation.ts";
import type { VideoReport } from "../data/curation-report.ts";
import { genieParams, parseGenieConfig, setupGenie, type GenieConfig } from "../model/genie.ts";
import { readWorld } from "../model/checkpoint.ts";
import { pickProvenance, type Provenance } from "../model/provenance.ts";
import { findWorld } from "../model/find-world.ts";
import { thoseThatFit } from "../nn/params.ts";
import { expectSameRun } from "../model/training/resume.ts";
import { readRunState, type RunPlan, type RunState } from "../model/training/run-state.ts";
import { PRESETS, TrainingConfig, type Preset, type PresetName } from "../model/training/presets.ts";
import { trainGenie } from "../model/training/train-genie.ts";
import { merge, parseChanges } from "./changes.ts";
import { playedFootage, videoFootage, type Footage } from "./footage.ts";
import { integerOption, numberOption } from "./options.ts";
import { sampleDrawer } from "./samples.ts";
import { untilSignal } from "./until-signal.ts";

/** Options of `genie-env train`. */
export type TrainCommand = {
  /** A folder of videos; or else `play`, a file that lists recordings to play again. */
  readonly videos?: string;
  readonly play?: string;
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
  /** The folder of the clips that `videos` are cut into; inside --out when left out. */
  readonly clips?: string;
};

/**
 * Learns a world from videos, or from a game that is played in memory; a signal stops it where `--resume` goes on.
 * `onSaved` is told whenever the run's state was saved.
 * @throws ConfigError for options that break a rule, before anything is written; DataError without videos.
 */
export async function train(
  command: TrainCommand,
  onSaved: (state: RunState) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const saved = await readRun(command);
  const { genie, seed, plan } = configure(command, saved);
  const from = saved === null ? plan.from : undefined;
  const begin = from === undefined ? undefined : await beginFrom(from, genie);
  await sayDevice(command);
  const footage = await findFootage(command, genie, plan.curation);
  const asked = { ...plan, genie, seed };
  if (saved) {
    // Before minutes go into playing; which videos are held out is known after that.
    expectSameFootage(saved, footage);
    expectSameRun(saved, { ...asked, heldOut: saved.position.heldOut });
  }
  const names = await footage.list();
  const split = saved === null ? splitVideos(names, command.holdOut) : resumeSplit(saved, names, command);
  if (saved) expectSameRun(saved, { ...asked, heldOut: split.heldOut });
  const { clips, videos } = await footage.read();
  const trained = new Set(split.training);
  const seen = videos.filter((_, i) => trained.has(names[i] ?? ""));
  expectClips(footage.option, seen, longestClip(genie, plan));
  const hashes = saved === null ? await footage.hash(split.training) : saved.position.hashes;
  const recordings = saved === null ? footage.recordings : saved.position.recordings;
  const drawSamples = sampleDrawer({ folder: command.out, clips, engine: command.engine });
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
      warmStart: begin?.params,
      ancestor: begin?.training,
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
 * What the world `from` brings to one of this config: every tensor of the same name and shape, and what it was trained on. The others start fresh, and
 * are counted, so that nobody takes a fresh model for a trained one.
 * @throws ConfigError when nothing fits.
 */
async function beginFrom(
  from: string,
  genie: GenieConfig,
): Promise<{ readonly params: HostTensors; readonly training: Provenance | undefined }> {
  const specs = genieParams(setupGenie(genie));
  const world = await readWorld(findWorld(from));
  const given = thoseThatFit(specs, world.params);
  const fresh = Object.keys(specs).filter((name) => !(name in given));
  if (Object.keys(given).length === 0) {
    throw new ConfigError(`--from: must share tensors with this config, got ${from} without one - leave it out`);
  }
  console.log(`Starts from ${from}: ${Object.keys(given).length} tensors. ${describeFresh(fresh)}`);
  return { params: given, training: world.config.training && pickProvenance(world.config.training) };
}

function describeFresh(names: readonly string[]): string {
  if (names.length === 0) return "Nothing starts fresh.";
  const shown = names.slice(0, 3).join(", ");
  return `Fresh: ${names.length} (${shown}${names.length > 3 ? ", …" : ""}).`;
}

/** Starts the engine before anything is read or played, and says on which device it trains, where it knows. */
async function sayDevice({ engine }: TrainCommand): Promise<void> {
  const { device } = await createEngine(engine);
  if (device) console.log(`Trains on ${device.name}.`);
}

/** What the command names to learn from. @throws ConfigError unless it names one thing; what finding it throws. */
function findFootage(command: TrainCommand, genie: GenieConfig, curation: CurationConfig): Promise<Footage> {
  const { height, width, fps } = genie;
  const config = { height, width, fps, ...curation };
  const { videos, play, out, clips = join(out, "clips") } = command;
  if (videos !== undefined && play === undefined) return videoFootage(videos, clips, config);
  if (play !== undefined && videos === undefined) return playedFootage(play, config);
  const got = play === undefined ? "neither" : "both";
  throw new ConfigError(`--videos: one of --videos and --play must be given, got ${got}`);
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

function report({ out, videos, play, engine }: TrainCommand, { position }: RunState): void {
  if (position.stage === "done") {
    // Episodes that were held out have no videos: recordings of test levels are what to measure on.
    const next = videos ?? "VIDEOS (see genie-env record --levels)";
    console.log(`World written to ${out}. Next: genie-env eval --world ${out} --videos ${next}`);
    return;
  }
  console.log(`Stopped in stage ${position.stage} at step ${position.step}; everything is saved.`);
  const source = play === undefined ? `--videos ${videos}` : `--play ${play}`;
  const computing = engine === undefined ? "" : ` --engine ${engine}`;
  console.log(`Go on with: genie-env train ${source} --out ${out}${computing} --resume`);
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
  const { genie, plan } = configure(command, null);
  const footage = await findFootage(command, genie, plan.curation);
  return splitVideos(await footage.list(), command.holdOut);
}

/** Of other recordings an episode may have the same name, and show something else. */
function expectSameFootage({ position }: RunState, { option, recordings: given }: Footage): void {
  if (option !== "play") return;
  const [wanted, got] = [position.recordings ?? [], given].map((list) =>
    list.toSorted((a, b) => (a.folder < b.folder ? -1 : 1)),
  );
  if (isDeepStrictEqual(wanted, got)) return;
  throw new ConfigError(`--play: must list the recordings that the run began with, got ${JSON.stringify(given)}`);
}

/** The split of a run that goes on, and `--hold-out` of its videos. @throws ConfigError when one of them is gone. */
function resumeSplit({ position }: RunState, names: readonly string[], { holdOut, play }: TrainCommand): Split {
  const { training, heldOut } = position;
  const own = new Set([...training, ...heldOut]);
  const known = names.filter((name) => own.has(name));
  if (known.length === own.size) {
    return { training, heldOut: holdOut === undefined ? heldOut : chooseHeldOut(known, holdOut) };
  }
  const present = new Set(known);
  const gone = [...own].find((name) => !present.has(name));
  const option = play === undefined ? "videos" : "play";
  throw new ConfigError(`--${option}: must hold the videos that the run began with, got none called ${gone}`);
}

function splitVideos(names: readonly string[], holdOut?: string): Split {
  const heldOut = chooseHeldOut(names, holdOut);
  const kept = new Set(heldOut);
  return { training: names.filter((name) => !kept.has(name)), heldOut };
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

/** The most frames that a step of training takes of a clip. */
function longestClip({ numFrames }: GenieConfig, { config }: RunPlan): number {
  return Math.max(config.tokenizer.numFrames ?? numFrames, config.dynamics.numFrames ?? numFrames);
}

/** A run that has nothing to learn from shall not begin. `videos` are those to train on. @throws DataError */
function expectClips(option: Footage["option"], videos: readonly VideoReport[], numFrames: number): void {
  const clips = videos.flatMap((video) => video.clips);
  const longest = clips.reduce((most, { count }) => Math.max(most, count), 0);
  if (longest >= numFrames) return;
  throw new DataError(
    `--${option}: some clip must have ${numFrames} frames to train on, got ${clips.length} clips of at most ${longest} in ` +
      `${videos.length} videos - give others, or keep more of them (--set curation.…)`,
  );
}
