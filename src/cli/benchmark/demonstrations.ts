import { labelVideo, type LatentActionLabeler, type ShownEpisode } from "../../agents/index.ts";
import { ConfigError } from "../../core/errors.ts";
import { concatFrames, sliceFrames, type Frames } from "../../core/frames.ts";
import { Rng } from "../../core/rng.ts";
import { fitFrames } from "../../data/image.ts";
import { findVideos, readVideo, type VideoFormat } from "../../data/video.ts";
import type { AnyEnv } from "../../env/index.ts";
import { playDemonstrations } from "../../games/platformer/episodes.ts";
import type { ScriptedAgent } from "../../games/scripted.ts";
import { Stumbles } from "../../games/stumbles.ts";
import { readWorldConfig } from "../../model/checkpoint.ts";
import { loadWorld } from "../../model/load-world.ts";
import { isOfGame } from "../game-of-world.ts";

type Shown = AsyncGenerator<ShownEpisode, void, undefined>;

/** The probability that a step begins a stumble. */
const DISTURBANCE = 0.03;
/** Frames of a video that are an episode: a longer one is several. */
const EPISODE_FRAMES = 1024;

/**
 * Episodes without end of a game's scripted player, who is now and then made to stumble: who learns from it sees how
 * mistakes are mended (after DART, Laskey et al. 2017).
 */
export async function* playedByScript(open: () => Promise<AnyEnv>, player: ScriptedAgent, seed: number): Shown {
  const rng = new Rng(seed).split("demonstrations");
  const env = await open();
  try {
    player.watch(env);
    env.actionSpace.seed(rng.split("actions").integer(2 ** 31));
    for (let episode = 0; ; episode++) {
      const stumbles = new Stumbles(rng.split(episode), DISTURBANCE, () => env.actionSpace.sample());
      yield await playEpisode(env, player, stumbles, episode === 0 ? seed : undefined);
    }
  } finally {
    env.close();
  }
}

async function playEpisode(
  env: AnyEnv,
  player: ScriptedAgent,
  stumbles: Stumbles<unknown>,
  seed: number | undefined,
): Promise<ShownEpisode> {
  const [start] = await env.reset({ seed });
  const observations: unknown[] = [start];
  const [actions, weights]: [unknown[], number[]] = [[], []];
  for (let isOver = false; !isOver;) {
    const stumble = stumbles.next();
    const action = stumble === null ? player.act(observations.at(-1)) : stumble.action;
    const [obs, , terminated, truncated] = await env.step(action);
    observations.push(obs);
    actions.push(action);
    weights.push(Number(stumble === null));
    isOver = terminated || truncated;
  }
  return { observations, actions, weights };
}

/** A world by its folder, and the folder of videos to show; without, the game that it was learnt from is played. */
export type WorldDemonstrations = {
  readonly folder: string;
  readonly videos?: string | undefined;
  readonly engine?: string | undefined;
};

/**
 * Video, with the latent actions that the world finds in it. It ends with the videos; the game goes on for ever.
 * @throws ConfigError where there are no videos, and the world was not learnt from a game that is here.
 */
export async function* labelledByWorld({ folder, videos, engine }: WorldDemonstrations, seed: number): Shown {
  if (videos === undefined && !isOfGame(await readWorldConfig(folder))) {
    throw new ConfigError(
      `bc: video of somebody who can play must be there, got none, and nobody here plays what ${folder} was learnt from - ` +
        "give --demonstrations DIR",
    );
  }
  const world = await loadWorld(folder, { heads: false, engine });
  try {
    const { fps } = world;
    const [height, width] = world.frameShape;
    const format = { height, width, fps };
    const source: Iterable<Stretch> | AsyncIterable<Stretch> =
      videos === undefined ? playDemonstrations({ seed, difficulty: "easy" }) : filmed(videos, format);
    for await (const { frames, weights } of source) {
      yield await labelled(world, await fitFrames(frames, format), weights);
    }
  } finally {
    world.close();
  }
}

/** A stretch of video; which of its steps are to be imitated, all where nothing is said. */
type Stretch = { readonly frames: Frames; readonly weights?: ArrayLike<number> };

/** Every video of a folder at the world's rate and size, in stretches. */
export async function* filmed(
  folder: string,
  format: VideoFormat,
  length = EPISODE_FRAMES,
): AsyncGenerator<Stretch, void, undefined> {
  for (const video of await findVideos(folder)) {
    let parts: Frames[] = [];
    let count = 0;
    for await (const part of readVideo(video, format)) {
      parts.push(part);
      count += part.count;
      if (count < length) continue;
      yield { frames: concatFrames(parts) };
      [parts, count] = [[], 0];
    }
    if (count > 1) yield { frames: concatFrames(parts) };
  }
}

/** An episode of a video, by the actions that somebody finds in it. */
export async function labelled(
  labeler: LatentActionLabeler,
  frames: Frames,
  weights: ArrayLike<number> = new Uint8Array(frames.count - 1).fill(1),
): Promise<ShownEpisode> {
  const actions = [...(await labelVideo(labeler, frames))];
  const observations = Array.from({ length: frames.count }, (_, i) => sliceFrames(frames, i).data);
  return { observations, actions, weights };
}
