import { DataError, GenieError } from "../core/errors.ts";
import { bytesPerFrame } from "../core/frames.ts";
import type { Rng } from "../core/rng.ts";
import { replayStates, visibleOutcomes } from "../games/platformer/effects.ts";
import { ACTIONS } from "../games/platformer/game.ts";
import { PlatformerEnv } from "../games/platformer/platformer-env.ts";
import { crossFittedEffectAccuracy, effectSteps, type EffectGroup } from "../metrics/effect-accuracy.ts";
import { shuffledNmi } from "../metrics/information.ts";
import { averagePrecision } from "../metrics/precision-recall.ts";
import { meanDifference } from "../metrics/mean.ts";
import type { GenieWorld } from "../model/genie-world.ts";
import { inferVideoActions } from "../model/video-actions.ts";
import { note } from "./evaluation-clips.ts";
import { readRecorded, type RecordedEpisode, type RecordedVideo } from "./recorded-episodes.ts";

/** How latent actions stand for true ones, on recordings whose truth is known; null where it is not. */
export type TrueActions = {
  /** The share of steps, in [0, 1], in which the true action that a latent one stands for has the effect of the one taken. */
  readonly effectAccuracy: number | null;
  /** 95 % bootstrap interval over videos. */
  readonly effectCi95: readonly [number, number] | null;
  /** What one action for all steps reaches. */
  readonly effectConstant: number | null;
  /** Normalised mutual information over the steps that count, and what chance would give. */
  readonly effectNmi: number | null;
  readonly effectNmiShuffled: number | null;
  /** Steps that count: at least two actions differ in effect. */
  readonly effectSteps: number;
  readonly effectVideos: number;
  /** The true action that each latent action stands for, by number; null for one that never counts. */
  readonly effectMap: readonly (string | null)[] | null;
};

/** Average precision of the reward and end heads; chance gives the share of positives. */
export type HeadPrecision = {
  readonly reward: HeadScore | null;
  readonly end: HeadScore | null;
};
export type HeadScore = { readonly averagePrecision: number; readonly positives: number; readonly steps: number };

/** What heads say of the T steps of an episode. All that evaluation knows of heads. */
export type StepJudge = (episode: RecordedEpisode) => Promise<StepsJudged>;
/** Probabilities, or any other scores that rise with them, [T] each. */
export type StepsJudged = { readonly pays: ArrayLike<number>; readonly ends: ArrayLike<number> };

/** What is measured on recordings. */
export type TruthReport = { readonly actions: TrueActions; readonly heads: HeadPrecision | null };

export type TruthOptions = {
  readonly rng: Rng;
  /** The world's heads, where it has some. */
  readonly judge?: StepJudge | undefined;
  /** Told after every video; may throw to stop. */
  readonly onVideo?: ((done: number) => void) | undefined;
};

/** All that is asked of a world: how it tells latent actions. */
type ActionWorld = Pick<GenieWorld, "config" | "numActions" | "inferActions">;

/** Measures a world on recorded episodes. A video whose truth does not fit is named on standard error and left out. */
export async function measureTruth(
  world: ActionWorld,
  videos: readonly RecordedVideo[],
  { rng, judge, onVideo = () => {} }: TruthOptions,
): Promise<TruthReport> {
  const groups: EffectGroup[] = [];
  const judged: JudgedSteps[] = [];
  const nextState = visibleOutcomes();
  const { height, width, fps } = world.config;
  for (const [i, video] of videos.entries()) {
    const episode = await readFitting(video, { height, width, fps });
    if (episode !== null) {
      const latent = await inferVideoActions(world, episode.frames);
      const group = `${episode.difficulty} ${episode.level}`;
      groups.push({ group, steps: effectSteps(samplesOf(episode, latent), { numActions: ACTIONS.length, nextState }) });
      if (judge) {
        const { rewards, ends } = episode;
        judged.push({ rewards, ends, said: await judge(episode) });
      }
    }
    onVideo(i + 1);
  }
  return { actions: trueActions(world, groups, rng), heads: judge ? precisionOf(judged) : null };
}

async function readFitting(
  video: RecordedVideo,
  format: { readonly height: number; readonly width: number; readonly fps: number },
): Promise<RecordedEpisode | null> {
  try {
    const episode = await readRecorded(video, format);
    expectSameGame(episode, video.path);
    return episode;
  } catch (error) {
    if (!(error instanceof GenieError)) throw error;
    note(`${error.message}: left out`);
    return null;
  }
}

/** The most that a picture may differ from the game's, of 255: what a recording in another colour space would. */
const TOLERANCE = 3;

/** Where the frames have the game's size, the first one must be what the game shows: levels are another version's else. */
function expectSameGame({ level, difficulty, frames, actions }: RecordedEpisode, path: string): void {
  const env = new PlatformerEnv({ difficulty });
  const [start] = env.reset({ options: { level } });
  const size = bytesPerFrame(frames);
  if (start.length === size && meanDifference(start, frames.data.subarray(0, size)) > TOLERANCE) {
    throw new DataError(
      `recordings: ${path} must show ${difficulty} level ${level} of this version of the game, got another`,
    );
  }
  // Throws where the episode ends before its actions do.
  for (const _ of replayStates({ level, difficulty, actions }));
}

function* samplesOf(episode: RecordedEpisode, latent: Int32Array) {
  let step = 0;
  for (const state of replayStates(episode)) {
    yield { state, action: episode.actions[step] ?? 0, latentAction: latent[step] ?? 0 };
    step++;
  }
}

const UNKNOWN = {
  effectAccuracy: null,
  effectCi95: null,
  effectConstant: null,
  effectNmi: null,
  effectNmiShuffled: null,
  effectMap: null,
} as const;

function trueActions(world: ActionWorld, groups: readonly EffectGroup[], rng: Rng): TrueActions {
  const steps = groups.flatMap((group) => group.steps);
  const effectVideos = new Set(groups.flatMap(({ group, steps }) => (steps.length > 0 ? [group] : []))).size;
  const counts = { effectSteps: steps.length, effectVideos };
  if (effectVideos < 2) return { ...UNKNOWN, ...counts };
  const { accuracy, constantAccuracy, nmi, map } = crossFittedEffectAccuracy(groups, rng.split("effects"));
  return {
    effectAccuracy: accuracy.mean,
    effectCi95: [accuracy.low, accuracy.high],
    effectConstant: constantAccuracy,
    effectNmi: nmi,
    effectNmiShuffled: shuffledNmi(
      steps.map(({ latentAction }) => latentAction),
      steps.map(({ action }) => action),
      rng.split("shuffle"),
      { shuffles: 10 },
    ),
    effectMap: Array.from({ length: world.numActions }, (_, latent) => ACTIONS[map.get(latent) ?? -1]?.name ?? null),
    ...counts,
  };
}

type JudgedSteps = Pick<RecordedEpisode, "rewards" | "ends"> & { readonly said: StepsJudged };

/** Over the steps of all episodes together. */
function precisionOf(episodes: readonly JudgedSteps[]): HeadPrecision {
  return {
    reward: score(
      episodes.flatMap(({ rewards }) => Array.from(rewards, (reward) => reward > 0)),
      episodes.flatMap(({ said }) => Array.from(said.pays)),
    ),
    end: score(
      episodes.flatMap(({ ends }) => Array.from(ends, (end) => end === 1)),
      episodes.flatMap(({ said }) => Array.from(said.ends)),
    ),
  };
}

/** Null where nothing ever pays or ends: there is no precision to tell. */
function score(truth: readonly boolean[], scores: readonly number[]): HeadScore | null {
  const positives = truth.filter(Boolean).length;
  if (positives === 0) return null;
  return { averagePrecision: averagePrecision(truth, scores), positives, steps: truth.length };
}
