import { ConfigError, DataError } from "../core/errors.ts";
import { createProgress } from "../core/progress.ts";
import { Rng } from "../core/rng.ts";
import { videoNames } from "../data/build-clip-store.ts";
import { hashVideos } from "../data/video-hash.ts";
import { findVideos } from "../data/video.ts";
import { TEST_LEVELS } from "../games/platformer/platformer-env.ts";
import { readWorldConfig, type WorldConfig } from "../model/checkpoint.ts";
import { CONTEXT, evaluateWorld, type EvaluationClip } from "../model/evaluation.ts";
import { findWorld } from "../model/find-world.ts";
import { checkVideoNetwork, videoDistance, type VideoDistance } from "../model/fvd.ts";
import type { GenieWorld } from "../model/genie-world.ts";
import { judgeEpisode, tokenizeEpisode } from "../model/judge-episodes.ts";
import { loadWorld, type LoadWorldOptions } from "../model/load-world.ts";
import { trainedOn } from "../model/provenance.ts";
import { LONG_HORIZON, longRollOuts, measureDrift, type Drift } from "../model/long-roll-outs.ts";
import { parseChanges } from "./changes.ts";
import { HeldOutVideos, note } from "./evaluation-clips.ts";
import { formatReport, type EvaluationReport } from "./evaluation-report.ts";
import { integerOption } from "./options.ts";
import { findRecorded, ofKnownLevels, type RecordedVideo } from "./recorded-episodes.ts";
import { measureTruth, type StepJudge, type TruthReport } from "./true-actions.ts";
import { unlessStopped } from "./until-signal.ts";

/** Options of `genie-env eval`. */
export type EvaluateCommand = {
  readonly world: string;
  readonly videos: string;
  readonly json?: boolean;
  readonly clips?: string;
  /** 100-frame roll-outs; none for 0. */
  readonly rollouts?: string;
  /** An ONNX file whose features FVD is measured over. */
  readonly fvdNetwork?: string;
  readonly seed?: string;
  readonly engine?: string;
  readonly precision?: string;
  /** Names of the videos to measure on, with commas. */
  readonly only?: string;
  /** `sampling.option=json` in place of the world's own. */
  readonly set?: readonly string[];
};

const DEFAULT_CLIPS = "64";
const DEFAULT_ROLLOUTS = "16";

/**
 * Measures a world on the videos of a folder that it was not trained on, and prints what came out. Control-C ends it
 * with nothing printed and nothing left behind.
 * @throws ConfigError for options that break a rule, DataError when there is no such video.
 */
export async function evaluate(command: EvaluateCommand): Promise<void> {
  const plan = await planOf(command);
  const { json = false } = command;
  await unlessStopped("eval", async (signal) => {
    const { report, clips } = await measureWorld(plan, signal);
    const counts = { unseen: plan.videos.length, clips };
    console.log(json ? JSON.stringify(report, null, 2) : formatReport(report, counts));
  });
}

/** What is measured, on what. */
export type MeasurePlan = {
  readonly folder: string;
  readonly config: WorldConfig;
  /** Videos that the world was not trained on. */
  readonly videos: readonly string[];
  readonly clips: number;
  readonly rollouts: number;
  readonly fvdNetwork?: string | undefined;
  readonly seed: number;
} & LoadWorldOptions;

async function planOf(command: EvaluateCommand): Promise<MeasurePlan> {
  const seed = integerOption("seed", command.seed ?? "0");
  const clips = integerOption("clips", command.clips ?? DEFAULT_CLIPS, 1);
  const rollouts = integerOption("rollouts", command.rollouts ?? DEFAULT_ROLLOUTS);
  const { fvdNetwork, engine, precision } = command;
  if (fvdNetwork !== undefined && rollouts === 0) {
    throw new ConfigError("--fvd-network: needs 100-frame roll-outs, got --rollouts 0 - leave one of the two out");
  }
  if (fvdNetwork !== undefined) await checkVideoNetwork(fvdNetwork, { count: rollouts, frames: LONG_HORIZON });
  const folder = findWorld(command.world);
  const config = await readWorldConfig(folder);
  const { sampling } = parseChanges(command.set ?? [], ["sampling"]);
  const videos = chosen(await unseenVideos(command.videos, config), command.only);
  return { folder, config, videos, clips, rollouts, fvdNetwork, seed, engine, precision, sampling };
}

/**
 * The videos of a folder that the world was not trained on: by content, or for a world that does not record it by name.
 * @throws DataError when there is none.
 */
export async function unseenVideos(folder: string, { name, training }: WorldConfig): Promise<string[]> {
  const videos = await findVideos(folder);
  const names = videoNames(videos);
  const hashes = await hashVideos(videos);
  const isSeen = trainedOn(training);
  const unseen = videos.filter((_, i) => !isSeen({ name: names[i] ?? "", hash: hashes[i] ?? "" }));
  if (unseen.length > 0) return unseen;
  throw new DataError(
    `eval: ${folder} must hold videos that ${name} was not trained on, got ${videos.length} that it was - give others`,
  );
}

function chosen(videos: readonly string[], only: string | undefined): readonly string[] {
  if (only === undefined) return videos;
  const names = videoNames(videos);
  return only.split(",").map((name) => {
    const video = videos[names.indexOf(name)];
    if (video !== undefined) return video;
    throw new ConfigError(`--only: must name videos that the world was not trained on, got ${name}`);
  });
}

/** Measures all that the videos allow; stops by throwing what `signal` was aborted with. */
export async function measureWorld(
  plan: MeasurePlan,
  signal: AbortSignal,
): Promise<{ readonly report: EvaluationReport; readonly clips: number }> {
  const { folder, config, videos, seed, engine, precision, sampling } = plan;
  const recorded = await findRecorded(videos);
  noteKnownLevels(recorded, config);
  await using held = await HeldOutVideos.open(videos, config.genie);
  signal.throwIfAborted();
  const clips = await held.clips(plan.clips, new Rng(seed).split("clips"));
  const long = await longClips(held, plan);
  const world = await loadWorld(folder, { engine, precision, sampling });
  try {
    const evaluation = await measureClips(world, clips, { seed, signal });
    const drift = await measureLong(world, long, plan, signal);
    const truth = await measureTruths(world, recorded, { seed, signal });
    const report = {
      ...evaluation,
      actions: { ...evaluation.actions, ...truth.actions },
      ...drift,
      heads: truth.heads,
    };
    return { report, clips: clips.length };
  } finally {
    world.close();
  }
}

/** A new video of a level that was trained on flatters. */
function noteKnownLevels(recorded: readonly RecordedVideo[], { name, training }: WorldConfig): void {
  const known = ofKnownLevels(recorded, training?.recordings ?? []).length;
  if (known === 0) return;
  note(
    `${known} of ${recorded.length} recordings are of levels that ${name} may have been trained on: ` +
      `what is measured is not of new ones (genie-env record --levels ${TEST_LEVELS.join("..")})`,
  );
}

type Run = { readonly seed: number; readonly signal: AbortSignal };

async function measureClips(world: GenieWorld, clips: readonly EvaluationClip[], { seed, signal }: Run) {
  using progress = createProgress({ total: clips.length, label: "clips" });
  return await evaluateWorld(world, clips, {
    seed,
    onProgress: (done) => {
      progress.update(Math.floor(done));
      signal.throwIfAborted();
    },
  });
}

type Long = { readonly drift: Drift | null; readonly fvd: VideoDistance | null };

/** What 100-frame roll-outs are held against. @throws DataError where FVD is asked for and the videos have no room for one. */
async function longClips(
  held: HeldOutVideos,
  { rollouts, fvdNetwork, seed }: MeasurePlan,
): Promise<readonly EvaluationClip[]> {
  const length = CONTEXT + LONG_HORIZON;
  const clips =
    rollouts === 0 ? [] : await held.stretches({ length, count: rollouts }, new Rng(seed).split("long clips"));
  if (clips.length > 0 || fvdNetwork === undefined) return clips;
  throw new DataError(
    `--fvd-network: the videos must hold ${length} frames without a cut, got none so long - give longer ones, or leave it out`,
  );
}

async function measureLong(
  world: GenieWorld,
  clips: readonly EvaluationClip[],
  { fvdNetwork, seed }: MeasurePlan,
  signal: AbortSignal,
): Promise<Long> {
  if (clips.length === 0) return { drift: null, fvd: null };
  using progress = createProgress({ total: LONG_HORIZON + 1, label: "100-frame roll-outs" });
  let frame = 0;
  const onFrame = () => {
    progress.update(++frame);
    signal.throwIfAborted();
  };
  const made = await longRollOuts(
    world,
    clips.map(({ frames }) => frames),
    { seed, onFrame },
  );
  const drift = await measureDrift(world, made);
  signal.throwIfAborted();
  if (fvdNetwork === undefined) return { drift, fvd: null };
  const [real, predicted] = [made.map(({ truth }) => truth), made.map((one) => one.predicted)];
  return { drift, fvd: await videoDistance(fvdNetwork, real, predicted, () => signal.throwIfAborted()) };
}

async function measureTruths(
  world: GenieWorld,
  recorded: readonly RecordedVideo[],
  { seed, signal }: Run,
): Promise<TruthReport> {
  using progress = createProgress({ total: recorded.length, label: "true actions", silent: recorded.length === 0 });
  return await measureTruth(world, recorded, {
    rng: new Rng(seed).split("truth"),
    judge: judgeOf(world),
    onVideo: (done) => {
      progress.update(done);
      signal.throwIfAborted();
    },
  });
}

/** A world's heads as evaluation asks them; undefined where it has none. */
function judgeOf(world: GenieWorld): StepJudge | undefined {
  const { heads, tokensPerFrame } = world;
  if (heads === undefined) return undefined;
  return async (episode) => {
    const { reward, end } = await judgeEpisode(heads, await tokenizeEpisode(world, episode), tokensPerFrame);
    return { pays: reward, ends: end };
  };
}
