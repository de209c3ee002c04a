import { concatFrames, sliceFrames, type Frames } from "../core/frames.ts";
import { DataError } from "../core/errors.ts";
import type { Rng } from "../core/rng.ts";
import { fitFrames, tile } from "../data/image.ts";
import { playEpisodes, type Episode } from "../games/platformer/episodes.ts";
import { ACTIONS } from "../games/platformer/game.ts";
import { TEST_LEVELS } from "../games/platformer/platformer-env.ts";
import { CONTEXT, HORIZON, rollOut, type EvaluationClip } from "../model/evaluation.ts";
import type { GenieWorld } from "../model/genie-world.ts";

/** A stretch of the real game, and the world's dream of it. */
export type Dream = {
  readonly level: number;
  /** The true actions that the player took, by name, one per step. */
  readonly trueActions: readonly string[];
  /** What the latent action model made of them, from the frames alone. */
  readonly latentActions: readonly number[];
  /** Left the game, right the dream, from the last frame of the prompt on. */
  readonly sideBySide: Frames;
  /** Seconds that the dream took, pixels included. */
  readonly seconds: number;
};

const MAX_TRIES = 100;

/** Episodes of levels that nothing is trained on, played by the mixed player, who tries things as people do. */
export function testEpisodes(seed: number): Generator<Episode, never> {
  return playEpisodes({ player: "mixed", difficulty: "easy", levels: [...TEST_LEVELS], seed });
}

/**
 * The real game is played on a test level; latent actions are inferred from its frames; the world starts from the first
 * four of these and dreams on under the same actions, without seeing more.
 */
export async function dreamAlong(
  world: GenieWorld,
  { seed, steps, rng }: { readonly seed: number; readonly steps: number; readonly rng: Rng },
): Promise<Dream> {
  const { level, frames: seen, actions } = cut(longEpisode(seed, CONTEXT + steps), CONTEXT + steps);
  const frames = await fitFrames(seen, world.config);
  const inferred = await world.inferActions(frames);
  const ahead = inferred.slice(CONTEXT - 1);
  const session = await world.open(1);
  try {
    const began = performance.now();
    const [dream] = await rollOut(session, world, [sliceFrames(frames, 0, CONTEXT)], [ahead], rng);
    const seconds = (performance.now() - began) / 1000;
    if (dream === undefined) throw new DataError("dreamAlong: the roll-out must have a row, got none");
    return {
      level,
      trueActions: Array.from(actions.subarray(CONTEXT - 1), (action) => ACTIONS[action]?.name ?? `${action}`),
      latentActions: [...ahead],
      sideBySide: pairFrames(sliceFrames(frames, CONTEXT - 1, steps + 1), dream),
      seconds,
    };
  } finally {
    session.close();
  }
}

/** At most `count` clips for `evaluateWorld`, from as many test levels as it takes. */
export async function testClips(
  seed: number,
  { count, ...size }: { readonly count: number; readonly height: number; readonly width: number },
): Promise<EvaluationClip[]> {
  const length = CONTEXT + HORIZON;
  const clips: EvaluationClip[] = [];
  for (const { level, frames, actions } of testEpisodes(seed)) {
    const room = Math.min(2, Math.floor(frames.count / length));
    for (let i = 0; i < room && clips.length < count; i++) {
      const keys = Array.from(actions.subarray(i * length, (i + 1) * length), (action) => ACTIONS[action]?.name ?? "");
      const fitted = await fitFrames(sliceFrames(frames, i * length, length), size);
      clips.push({ frames: fitted, video: `level-${level}`, keys });
    }
    if (clips.length >= count) break;
  }
  return clips;
}

/** The first episode that is long enough, else the longest of those tried. */
function longEpisode(seed: number, frames: number): Episode {
  let longest: Episode | null = null;
  const episodes = testEpisodes(seed);
  for (let i = 0; i < MAX_TRIES && (longest?.frames.count ?? 0) < frames; i++) {
    const episode = episodes.next().value;
    if (episode.frames.count > (longest?.frames.count ?? 0)) longest = episode;
  }
  if (longest !== null && longest.frames.count >= frames) return longest;
  throw new DataError(
    `demo: the game must last ${frames} frames, got at most ${longest?.frames.count} - use fewer --steps`,
  );
}

function cut({ level, frames, actions }: Episode, count: number): Pick<Episode, "level" | "frames" | "actions"> {
  return { level, frames: sliceFrames(frames, 0, count), actions: actions.subarray(0, count - 1) };
}

function pairFrames(left: Frames, right: Frames): Frames {
  const pairs = Array.from({ length: left.count }, (_, t) => tile([sliceFrames(left, t), sliceFrames(right, t)], 2));
  return concatFrames(pairs);
}
