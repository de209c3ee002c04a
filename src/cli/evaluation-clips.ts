import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataError } from "../core/errors.ts";
import type { Rng } from "../core/rng.ts";
import { buildClipStore, videoNames } from "../data/build-clip-store.ts";
import { ClipStore, type Clip } from "../data/clip-store.ts";
import { keysPath, readKeys } from "../data/keys.ts";
import { CONTEXT, HORIZON, type EvaluationClip } from "../model/evaluation.ts";
import type { GenieConfig } from "../model/genie.ts";

/** Frames [start, start + length) of the clip of this index; `start` counts from the clip's first frame. */
export type Window = { readonly clip: number; readonly start: number };

const LENGTH = CONTEXT + HORIZON;

/** What is read of a world: the size and rate of its frames. */
type Format = Pick<GenieConfig, "height" | "width" | "fps">;

/**
 * The videos that a world is measured on, cut where they change scene or stand still, in a folder that is removed when
 * this is disposed of (`await using`).
 */
export class HeldOutVideos implements AsyncDisposable {
  readonly #folder: string;
  readonly #store: ClipStore;
  readonly #keys: ReadonlyMap<string, readonly string[]>;

  private constructor(folder: string, store: ClipStore, keys: ReadonlyMap<string, readonly string[]>) {
    this.#folder = folder;
    this.#store = store;
    this.#keys = keys;
  }

  /** Reads the videos, and says on standard error which of them, or which keys beside them, are left out. */
  static async open(videos: readonly string[], { height, width, fps }: Format): Promise<HeldOutVideos> {
    const folder = await mkdtemp(join(tmpdir(), "genie-env-eval-"));
    try {
      const report = await buildClipStore(folder, videos, { height, width, fps, minFrames: LENGTH });
      for (const { path, problem } of report.videos) if (problem !== null) note(`${path} is left out: ${problem}`);
      const counts = report.videos.map(({ frames }) => frames);
      return new HeldOutVideos(folder, await ClipStore.open(folder), await readAllKeys(videos, counts));
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /**
   * At most `count` clips at random places of the videos, none of which overlap, with the keys that were held where they
   * are known. Says on standard error when there is room for fewer.
   * @throws DataError when the videos hold none.
   */
  async clips(count: number, rng: Rng): Promise<EvaluationClip[]> {
    const clips = await this.stretches({ length: LENGTH, count }, rng);
    if (clips.length > 0) return clips;
    throw new DataError(
      `eval: the videos must hold a clip of ${LENGTH} frames without a cut, got none - give longer ones`,
    );
  }

  /** The same of any length; none where the videos hold none. */
  async stretches(wanted: { readonly length: number; readonly count: number }, rng: Rng): Promise<EvaluationClip[]> {
    const { length, count } = wanted;
    const windows = drawWindows(this.#store.clips, wanted, rng);
    if (windows.length < count) {
      note(`the videos have room for ${windows.length} clips of ${length} frames that do not overlap, not ${count}`);
    }
    const picked: EvaluationClip[] = [];
    for (const { clip, start } of windows) {
      const { video = "", start: first = 0 } = this.#store.clips[clip] ?? {};
      const frames = await this.#store.readClip(clip, start, length);
      const from = first + start;
      picked.push({ frames, video, keys: this.#keys.get(video)?.slice(from, from + length) });
    }
    return picked;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/**
 * At most `count` windows of `length` frames, none of which overlap. Each clip is cut into as many as fit, from a random
 * frame on; which of them are taken is random too.
 */
export function drawWindows(
  clips: readonly Pick<Clip, "count">[],
  { length, count }: { readonly length: number; readonly count: number },
  rng: Rng,
): Window[] {
  const windows = clips.flatMap((span, clip) => {
    const room = Math.floor(span.count / length);
    const offset = rng.integer(span.count - room * length + 1);
    return Array.from({ length: room }, (_, i) => ({ clip, start: offset + i * length }));
  });
  return shuffled(windows, rng).slice(0, count);
}

/** Fisher and Yates's shuffle. */
function shuffled<T>(values: readonly T[], rng: Rng): T[] {
  const left = [...values];
  return values.flatMap(() => left.splice(rng.integer(left.length), 1));
}

/**
 * Per video name: the keys held from each frame to the next, as one label. Keys are recorded per frame of the file: where
 * the world's rate gives another number of frames, they would be paired with the wrong ones, and are left out.
 */
async function readAllKeys(
  videos: readonly string[],
  frames: readonly number[],
): Promise<Map<string, readonly string[]>> {
  const known = new Map<string, readonly string[]>();
  for (const [i, name] of videoNames(videos).entries()) {
    const path = keysPath(videos[i] ?? "");
    if (!existsSync(path)) continue;
    const keys = await readKeys(path);
    const wanted = frames[i] ?? 0;
    if (Math.abs(keys.length - wanted) <= 1) known.set(name, keys.map(label));
    else note(`${path} has keys of ${keys.length} frames, but the video has ${wanted} at the world's rate: left out`);
  }
  return known;
}

function label(held: ReadonlySet<string>): string {
  return [...held].toSorted().join("+");
}

/** Says on standard error what the result, on standard output, is without. */
export function note(text: string): void {
  console.error(`eval: ${text}`);
}
