import { parentPort } from "node:worker_threads";
import { serveCalls } from "../core/worker-client.ts";
import type { ClipStoreConfig } from "../data/clip-index.ts";
import { createMeter, splitVideo } from "../data/curation.ts";
import { playRecording, type NamedEpisode } from "../games/platformer/recording.ts";
import type { PlayAnswer, PlayRequest } from "./play-recordings.ts";

/*
 * What a worker thread of `playRecordings` runs: one recording after another, an episode for each call.
 */

let playing: { readonly config: ClipStoreConfig; readonly episodes: Iterator<NamedEpisode, undefined> } | null = null;

async function answer(request: PlayRequest): Promise<PlayAnswer> {
  if (request.kind === "begin") {
    const { config, recording } = request;
    const { player, difficulty, levels, seed, frames } = recording;
    playing = { config, episodes: playRecording({ player, difficulty, levels, seed, frames }) };
    return null;
  }
  const episode = playing?.episodes.next().value;
  return playing && episode ? curate(episode, playing.config) : null;
}

function curate({ name, frames }: NamedEpisode, config: ClipStoreConfig): PlayAnswer {
  const split = splitVideo(createMeter(config).measure(frames), config.fps, config);
  const data = split.clips.length > 0 ? frames.data : new Uint8Array();
  return { name, path: name, frames: frames.count, ...split, problem: null, data };
}

serveCalls(parentPort, answer, (episode) => (episode?.data.buffer instanceof ArrayBuffer ? [episode.data.buffer] : []));
