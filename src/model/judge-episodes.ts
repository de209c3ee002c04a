import { concatFrames, sliceFrames, type Frames } from "../core/frames.ts";
import { averagePrecision } from "../metrics/precision-recall.ts";
import type { GenieWorld } from "./genie-world.ts";
import type { WorldHeads } from "./world-model.ts";

/** An episode of T steps as the heads see it, with the truth about it. */
export type TokenEpisode = {
  /** int32 [T + 1, N]. */
  readonly tokens: Int32Array;
  /** What each step paid, [T]. */
  readonly rewards: Float32Array;
  /** Whether each step ended the task, 0 or 1, [T]. */
  readonly ends: Uint8Array;
};

/** An episode as it was recorded: `LabelledEpisode` of data/episodes.ts is one. */
export type RecordedEpisode = Omit<TokenEpisode, "tokens"> & { readonly frames: Frames };

/** The episode in a world's tokens. */
export async function tokenizeEpisode(world: GenieWorld, episode: RecordedEpisode): Promise<TokenEpisode> {
  const { frames, rewards, ends } = episode;
  return { tokens: await tokenizeInWindows(world, frames), rewards, ends };
}

/**
 * Tokens int32 [T, N] of frames of any number: one window of the world's length after another, so that one graph serves
 * all. The last window ends with the last frame; too few frames are preceded by copies of the first.
 */
async function tokenizeInWindows(world: GenieWorld, frames: Frames): Promise<Int32Array> {
  const { numFrames: window } = world.config;
  const n = world.tokensPerFrame;
  const missing = Math.max(0, window - frames.count);
  const first = sliceFrames(frames, 0);
  const padded = concatFrames([...Array.from({ length: missing }, () => first), frames]);
  const tokens = new Int32Array(padded.count * n);
  for (let start = 0; start < padded.count; start += window) {
    const from = Math.min(start, padded.count - window);
    tokens.set(await world.tokenize(sliceFrames(padded, from, window)), from * n);
  }
  return tokens.subarray(missing * n);
}

/** How likely the heads find it, per step, that it pays other than usual and that it ends the task; float32 [T]. */
export type EpisodeScores = { readonly reward: Float32Array; readonly end: Float32Array };

const ROWS = 64;

/** What heads make of an episode's steps. The usual reward is the one nearest to 0. */
export async function judgeEpisode(
  heads: WorldHeads,
  { tokens, rewards }: TokenEpisode,
  tokensPerFrame: number,
): Promise<EpisodeScores> {
  const steps = rewards.length;
  const scores = { reward: new Float32Array(steps), end: new Float32Array(steps) };
  const usual = usualReward(heads.rewards);
  const classes = heads.rewards.length;
  for (let start = 0; start < steps; start += ROWS) {
    // The last batch is filled up, so that one graph serves all.
    const rows = Array.from({ length: ROWS }, (_, i) => Math.min(start + i, steps - 1));
    const at = (offset: number) =>
      gatherRows(
        tokens,
        rows.map((row) => row + offset),
        tokensPerFrame,
      );
    const { reward, end } = await heads.judge(at(0), at(1));
    for (const [i, row] of rows.entries()) {
      scores.reward[row] = 1 - (reward[i * classes + usual] ?? 1);
      scores.end[row] = end[i] ?? 0;
    }
  }
  return scores;
}

/** The class of the reward that says "nothing": the one nearest to 0. */
export function usualReward(rewards: readonly number[]): number {
  const sizes = rewards.map(Math.abs);
  return sizes.indexOf(Math.min(...sizes));
}

/** How well heads tell what happens, in [0, 1]; null where it never does. */
export type HeadsQuality = { readonly reward: number | null; readonly end: number | null };

/**
 * Average precision of both heads over all steps of real episodes: of finding the steps that pay other than usual, and
 * those that end the task.
 */
export async function measureHeads(
  heads: WorldHeads,
  episodes: readonly TokenEpisode[],
  tokensPerFrame: number,
): Promise<HeadsQuality> {
  const usual = heads.rewards[usualReward(heads.rewards)] ?? 0;
  const scores: EpisodeScores[] = [];
  for (const episode of episodes) scores.push(await judgeEpisode(heads, episode, tokensPerFrame));
  const precision = (truth: readonly number[], key: keyof EpisodeScores) =>
    truth.includes(1)
      ? averagePrecision(
          truth,
          scores.flatMap((score) => [...score[key]]),
        )
      : null;
  return {
    reward: precision(
      episodes.flatMap(({ rewards }) => Array.from(rewards, (paid) => Number(paid !== usual))),
      "reward",
    ),
    end: precision(
      episodes.flatMap(({ ends }) => [...ends]),
      "end",
    ),
  };
}

function gatherRows(tokens: Int32Array, rows: readonly number[], width: number): Int32Array {
  const gathered = new Int32Array(rows.length * width);
  for (const [i, row] of rows.entries()) gathered.set(tokens.subarray(row * width, (row + 1) * width), i * width);
  return gathered;
}
