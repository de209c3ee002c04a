import type { Frames } from "../../core/frames.ts";
import { Rng } from "../../core/rng.ts";
import { PlatformerEnv, TRAINING_LEVELS } from "./platformer-env.ts";
import type { PlatformerOptions } from "./platformer-env.ts";
import { createPlayer, DisturbedExpert } from "./players.ts";
import type { Player, PlayerName } from "./players.ts";

/** One episode of T steps: what was seen, and the truth behind it. */
export type Episode = {
  readonly level: number;
  /** What `reset` and each step showed, uint8 [T + 1, 64, 64, 3]. */
  readonly frames: Frames;
  /** The action between frame i and frame i + 1, in [0, 7), [T]. */
  readonly actions: Uint8Array;
  /** What that step paid, [T]. */
  readonly rewards: Float32Array;
  /** How the last step ended the episode. */
  readonly terminated: boolean;
  readonly truncated: boolean;
};

/** Who plays what. Everything random comes from `seed`. */
export type EpisodesOptions = Pick<PlatformerOptions, "difficulty" | "levels" | "horizon"> & {
  readonly player: PlayerName;
  readonly seed: number;
};

/**
 * Episodes without end, played as they are asked for, so that training may read straight from the game. Each level of
 * the range comes once before any comes again.
 * @throws ConfigError for an option that breaks a rule.
 */
export function* playEpisodes({ player, seed, levels, ...options }: EpisodesOptions): Generator<Episode, never> {
  const rng = new Rng(seed);
  const { env, levelAt } = schedule({ levels, options, rng });
  for (let i = 0; ; i++) yield playEpisode(env, levelAt(i), createPlayer(player, rng.split("player", i)));
}

/** An episode of an expert that was disturbed; `weights`: 1 for the steps that are its own, 0 for its stumbles, [T]. */
export type ExpertEpisode = Episode & { readonly weights: Uint8Array };

/** Who demonstrates what. Everything random comes from `seed`. */
export type DemonstrationsOptions = Omit<EpisodesOptions, "player"> & {
  /** The probability that a step begins a disturbance: a few steps of a random action. Default 0.03. */
  readonly disturbance?: number;
};

/**
 * Episodes without end of an expert that is now and then made to stumble, and finds its way from where that led: so that
 * who learns from it sees how mistakes are mended (after DART, Laskey et al. 2017). Learn from the steps that are its own.
 * @throws ConfigError for an option that breaks a rule.
 */
export function* playDemonstrations({
  seed,
  levels,
  disturbance = 0.03,
  ...options
}: DemonstrationsOptions): Generator<ExpertEpisode, never> {
  const rng = new Rng(seed);
  const { env, levelAt } = schedule({ levels, options, rng });
  for (let i = 0; ; i++) {
    const player = new DisturbedExpert(rng.split("player", i), { disturbance });
    const episode = playEpisode(env, levelAt(i), player);
    yield { ...episode, weights: Uint8Array.from(player.weights) };
  }
}

type Schedule = Pick<EpisodesOptions, "levels"> & {
  readonly options: Omit<PlatformerOptions, "levels">;
  readonly rng: Rng;
};

/** The environment, and the level of each episode: from a random one on, around. */
function schedule({ levels: [from, to] = [...TRAINING_LEVELS], options, rng }: Schedule): {
  readonly env: PlatformerEnv;
  readonly levelAt: (episode: number) => number;
} {
  const count = to - from + 1;
  const first = rng.split("level").integer(count);
  return {
    env: new PlatformerEnv({ levels: [from, to], ...options }),
    levelAt: (episode) => from + ((first + episode) % count),
  };
}

function playEpisode(env: PlatformerEnv, level: number, player: Player): Episode {
  const [start] = env.reset({ options: { level } });
  const seen = [start];
  const actions: number[] = [];
  const rewards: number[] = [];
  while (true) {
    const action = player.act(env.game);
    const [obs, reward, terminated, truncated] = env.step(action);
    seen.push(obs);
    actions.push(action);
    rewards.push(reward);
    if (!terminated && !truncated) continue;
    return {
      level,
      frames: joinFrames(seen, env.observationSpace.shape),
      actions: Uint8Array.from(actions),
      rewards: Float32Array.from(rewards),
      terminated,
      truncated,
    };
  }
}

function joinFrames(frames: readonly Uint8Array[], [height = 0, width = 0]: readonly number[]): Frames {
  const bytes = height * width * 3;
  const data = new Uint8Array(frames.length * bytes);
  for (const [i, frame] of frames.entries()) data.set(frame, i * bytes);
  return { data, count: frames.length, height, width };
}
