import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { DataError } from "../core/errors.ts";
import { WorkerClient, workerScript } from "../core/worker-client.ts";
import type { ClipStoreConfig } from "../data/clip-index.ts";
import type { HeldVideo } from "../data/clip-store.ts";
import type { VideoReport } from "../data/curation-report.ts";
import type { PlayedRecording } from "./play-list.ts";

/** An episode in memory, and what curation did with it; without frames where no clip is left. */
export type PlayedEpisode = HeldVideo & VideoReport;

/** What is asked of a worker thread: to begin a recording, or to play its next episode. */
export type PlayRequest =
  | { readonly kind: "begin"; readonly recording: PlayedRecording; readonly config: ClipStoreConfig }
  | { readonly kind: "next" };

/** The episode; null after "begin" and after the last one. */
export type PlayAnswer = PlayedEpisode | null;

type Player = WorkerClient<PlayRequest, PlayAnswer>;

/**
 * Plays recordings again, each as one stream of episodes in a worker thread, as many at once as there are cores. Returns
 * the episodes sorted by name, as `findVideos` sorts their videos. Their frames change threads without being copied.
 * `config` is of the game's own frames; `onEpisode` is told of each episode.
 */
export async function playRecordings(
  recordings: readonly PlayedRecording[],
  config: ClipStoreConfig,
  onEpisode: (episode: PlayedEpisode) => void,
): Promise<PlayedEpisode[]> {
  // The longest first, so that no thread begins one when the others are done.
  const waiting = recordings.toSorted((a, b) => b.frames - a.frames);
  const episodes: PlayedEpisode[] = [];
  const players = Array.from({ length: Math.min(availableParallelism(), waiting.length) }, startPlayer);
  const playOn = async (player: Player): Promise<void> => {
    for (let recording = waiting.shift(); recording; recording = waiting.shift()) {
      for await (const episode of episodesOf(player, recording, config)) {
        episodes.push(episode);
        onEpisode(episode);
      }
    }
  };
  try {
    await Promise.all(players.map(playOn));
  } finally {
    await Promise.all(players.map((player) => player.terminate()));
  }
  return episodes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function* episodesOf(
  player: Player,
  recording: PlayedRecording,
  config: ClipStoreConfig,
): AsyncGenerator<PlayedEpisode> {
  await player.ask({ kind: "begin", recording, config });
  const parent = recording.folder === "" ? "" : `${recording.folder}/`;
  for (;;) {
    const episode = await player.ask({ kind: "next" });
    if (episode === null) return;
    const name = `${parent}${episode.name}`;
    yield { ...episode, name, path: name };
  }
}

function startPlayer(): Player {
  const fail = (reason: string): DataError => new DataError(`--play: the game must be played on, got: ${reason}`);
  return new WorkerClient(new Worker(...workerScript("cli/play-worker")), fail);
}
