import {
  ActionClusters,
  ActionDictionary,
  describeVideo,
  type Demonstration,
  type LabelledStep,
  type StepDescriber,
} from "../../agents/index.ts";
import { shuffled } from "../../agents/minibatch.ts";
import { ConfigError } from "../../core/errors.ts";
import { Rng } from "../../core/rng.ts";
import { replayStates, visibleOutcomes, type BranchState } from "../../games/platformer/effects.ts";
import { playDemonstrations, type ExpertEpisode, type DemonstrationsOptions } from "../../games/platformer/episodes.ts";
import { ACTIONS } from "../../games/platformer/game.ts";
import type { Difficulty } from "../../games/platformer/level.ts";
import { effectAccuracy, type ActionSample } from "../../metrics/effect-accuracy.ts";
import { normalisedMutualInformation } from "../../metrics/information.ts";
import type { BCPlan, LabelQuality } from "./bc-plan.ts";

/** Episodes of the expert with what happened in them: `actions` true or latent, `weights` 1 for the expert's own steps. */
export type ExpertVideo = readonly Demonstration[];
/** The same with the level of each episode, so that the game can tell what else might have happened. */
export type TrueExpertVideo = readonly (Demonstration & { readonly level: number })[];
/** The same with latent actions, and the features of each step. */
export type LatentExpertVideo = readonly (Demonstration & { readonly features: readonly Float32Array[] })[];

const VIDEO_SEED = 0;

/** What the expert shows on training levels, with the true actions. The last episode is whole. */
export function recordExpert(difficulty: Difficulty, plan: BCPlan): TrueExpertVideo {
  return [...watchExpert(plan.frames, { difficulty, disturbance: plan.disturbance })];
}

/** What the expert plays on training levels until it has shown so many frames; the last episode is whole. */
export function* watchExpert(
  frames: number,
  options: Omit<DemonstrationsOptions, "seed">,
): Generator<ExpertEpisode, void> {
  let count = 0;
  for (const episode of playDemonstrations({ seed: VIDEO_SEED, ...options })) {
    yield episode;
    count += episode.frames.count;
    if (count >= frames) return;
  }
}

/** Plays no more than it must. @throws ConfigError unless the expert shows as many steps as shall have labels. */
export function expectLabels(difficulty: Difficulty, plan: BCPlan): void {
  const wanted = Math.max(...plan.labels);
  let steps = 0;
  for (const episode of watchExpert(plan.frames, { difficulty, disturbance: plan.disturbance })) {
    steps += expertSteps([episode]).length;
    if (steps >= wanted) return;
  }
  throw tooFewSteps(steps, wanted);
}

/** The same video with latent actions in place of the true ones. */
export async function labelExpert(
  video: ExpertVideo,
  labeler: StepDescriber,
  onProgress: (episodes: number) => void,
): Promise<LatentExpertVideo> {
  const labelled: LatentExpertVideo[number][] = [];
  for (const episode of video) {
    const steps = await describeVideo(labeler, episode.frames);
    const actions = Int32Array.from(steps, ({ action }) => action);
    labelled.push({ ...episode, actions, features: steps.map(({ features }) => features) });
    onProgress(labelled.length);
  }
  return labelled;
}

/**
 * As a control: the true actions renamed by a permutation, and a share `noise` of them drawn anew, evenly. Features say which action it
 * is, and no more.
 */
export function renameActions(video: ExpertVideo, noise: number): LatentExpertVideo {
  const rng = new Rng(VIDEO_SEED).split("rename");
  const names = shuffled(ACTIONS.length, rng.split("names"));
  const renamed = (action: number) => (rng.uniform() < noise ? rng.integer(ACTIONS.length) : Number(names[action]));
  const oneHot = (action: number) => Float32Array.from(ACTIONS, (_, i) => Number(i === action));
  return video.map((episode) => {
    const actions = Array.from(episode.actions, renamed);
    return { ...episode, actions, features: actions.map(oneHot) };
  });
}

/** The expert's own steps. */
function expertSteps(video: ExpertVideo): { readonly episode: number; readonly at: number }[] {
  return video.flatMap(({ actions, weights = [] }, episode) =>
    Array.from({ length: actions.length }, (_, at) => ({ episode, at })).filter(({ at }) => weights[at] !== 0),
  );
}

/** The first `count` of the steps in an order that the seed draws. @throws ConfigError where there are fewer. */
export function drawSteps<Step>(
  steps: readonly Step[],
  { count, seed }: { readonly count: number; readonly seed: number },
): readonly Step[] {
  if (count > steps.length) throw tooFewSteps(steps.length, count);
  const order = shuffled(steps.length, new Rng(seed).split("labels"));
  return Array.from(order.subarray(0, count)).map((index) => steps[index] as Step);
}

function tooFewSteps(steps: number, labels: number): ConfigError {
  return new ConfigError(
    `--labels: must be at most ${steps}, the expert's own steps in the video, got ${labels} - show more (--frames)`,
  );
}

/** `drawSteps` of the expert's own, each with its true action. */
export function drawLabels(
  truth: ExpertVideo,
  latent: ExpertVideo,
  choice: { readonly count: number; readonly seed: number },
): readonly LabelledStep[] {
  return drawSteps(expertSteps(truth), choice).flatMap(({ episode: index, at }) => {
    const episode = latent[index];
    return episode ? [{ episode, at, action: Number(truth[index]?.actions[at]) }] : [];
  });
}

/** The labelled steps alone, as demonstrations of true actions. */
export function onlyLabelled(truth: ExpertVideo, latent: ExpertVideo, labels: readonly LabelledStep[]): ExpertVideo {
  return truth.flatMap((episode, i) => {
    const own = labels.filter((label) => label.episode === latent[i]);
    if (own.length === 0) return [];
    const weights = new Uint8Array(episode.actions.length);
    for (const { at } of own) weights[at] = 1;
    return [{ ...episode, weights }];
  });
}

/** What the labels most often call each latent action, [numLatentActions]. */
export function namesOf(labels: readonly LabelledStep[], numLatentActions: number): Int32Array {
  const pairs = {
    latentActions: labels.map(({ episode, at }) => Number(episode.actions[at])),
    actions: labels.map(({ action }) => action),
  };
  const dictionary = ActionDictionary.fill(pairs, { numLatentActions, numActions: ACTIONS.length });
  return dictionary.translate(Array.from({ length: numLatentActions }, (_, latent) => latent));
}

/** The whole video in real actions: latent action a is `names[a]`. */
export function translate(latent: ExpertVideo, names: Int32Array): ExpertVideo {
  return latent.map((episode) => ({ ...episode, actions: Array.from(episode.actions, (a) => Number(names[a])) }));
}

/**
 * The whole video in real actions, each step named by what the latent action model saw in its context: steps that look alike are called
 * what one of them is, of whose true actions there are `count`.
 * @throws ConfigError where the expert has fewer steps.
 */
export function translateByClusters(
  truth: ExpertVideo,
  latent: LatentExpertVideo,
  { count, seed }: { readonly count: number; readonly seed: number },
): ExpertVideo {
  const steps = expertSteps(truth).flatMap(({ episode, at }) => {
    const features = latent[episode]?.features[at];
    return features ? [{ features, action: Number(truth[episode]?.actions[at]) }] : [];
  });
  if (count > steps.length) throw tooFewSteps(steps.length, count);
  const seen = steps.map(({ features }) => features);
  const clusters = ActionClusters.fit(seen, { count }, new Rng(seed).split("labels"));
  const names = clusters.representatives.map((step) => Number(steps[step]?.action));
  return latent.map((episode) => ({ ...episode, actions: clusters.translate(episode.features, names) }));
}

/** How well latent actions stand for the true ones, over the expert's own steps. */
export function labelQuality(difficulty: Difficulty, truth: TrueExpertVideo, latent: ExpertVideo): LabelQuality {
  const steps = expertSteps(truth);
  const [actions, latents] = [truth, latent].map((video) =>
    steps.map(({ episode, at }) => Number(video[episode]?.actions[at])),
  ) as [number[], number[]];
  const counts = [...new Set(latents)].map((name) => countActions(actions.filter((_, i) => latents[i] === name)));
  const effect = effectAccuracy(samplesOf(difficulty, truth, latent), {
    numActions: ACTIONS.length,
    nextState: visibleOutcomes(),
  });
  return {
    difficulty,
    steps: steps.length,
    used: counts.length,
    agreement: counts.reduce((sum, row) => sum + Math.max(...row), 0) / steps.length,
    constantAgreement: Math.max(...countActions(actions)) / steps.length,
    effectAccuracy: effect.accuracy,
    constantEffectAccuracy: effect.constantAccuracy,
    nmi: normalisedMutualInformation(latents, actions),
  };
}

function countActions(actions: readonly number[]): number[] {
  return ACTIONS.map((_, action) => actions.filter((taken) => taken === action).length);
}

/** The expert's own steps with the states that they began in. */
function samplesOf(difficulty: Difficulty, truth: TrueExpertVideo, latent: ExpertVideo): ActionSample<BranchState>[] {
  return truth.flatMap(({ level, actions, weights = [] }, episode) =>
    Array.from(replayStates({ level, difficulty, actions }), (state, at) => ({
      state,
      action: Number(actions[at]),
      latentAction: Number(latent[episode]?.actions[at]),
    })).filter((_, at) => weights[at] !== 0),
  );
}
