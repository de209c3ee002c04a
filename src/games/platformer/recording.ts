import { sliceFrames } from "../../core/frames.ts";
import { playEpisodes, type Episode, type EpisodesOptions } from "./episodes.ts";

/** What makes a recording: the same options make the same episodes again. */
export type RecordingOptions = EpisodesOptions & {
  /** Frames of all episodes together. */
  readonly frames: number;
};

/** An episode of a recording and what its video is called, as `000000-level-12`. */
export type NamedEpisode = Episode & { readonly name: string };

/**
 * The episodes of a recording, until they have `frames` frames together: the last one is cut.
 * @throws ConfigError for an option that breaks a rule.
 */
export function* playRecording({ frames, ...options }: RecordingOptions): Generator<NamedEpisode, undefined> {
  const episodes = playEpisodes(options);
  let left = frames;
  for (let i = 0; left > 0; i++) {
    const episode = cut(episodes.next().value, left);
    left -= episode.frames.count;
    yield { ...episode, name: `${String(i).padStart(6, "0")}-level-${episode.level}` };
  }
}

/** The first frames of an episode, at most `count`. */
function cut(episode: Episode, count: number): Episode {
  if (episode.frames.count <= count) return episode;
  return {
    level: episode.level,
    frames: sliceFrames(episode.frames, 0, count),
    actions: episode.actions.slice(0, count - 1),
    rewards: episode.rewards.slice(0, count - 1),
    terminated: false,
    truncated: false,
  };
}
