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

/**
 * At most `count` clips at random places of the videos, none of which overlap, with the keys that were held where they
 * are known. Says on standard error when there is room for fewer, and which keys are left out.
 * @throws DataError when the videos hold none.
 */
export async function chooseClips(
  videos: readonly string[],
  { height, width, fps }: Pick<GenieConfig, "height" | "width" | "fps">,
  count: number,
  rng: Rng,
): Promise<EvaluationClip[]> {
  const folder = await mkdtemp(join(tmpdir(), "genie-env-eval-"));
  try {
    const report = await buildClipStore(folder, videos, { height, width, fps, minFrames: LENGTH });
    const keys = await readAllKeys(
      videos,
      report.videos.map(({ frames }) => frames),
    );
    return await readClips(await ClipStore.open(folder), keys, count, rng);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readClips(
  store: ClipStore,
  keys: ReadonlyMap<string, readonly string[]>,
  count: number,
  rng: Rng,
): Promise<EvaluationClip[]> {
  const windows = drawWindows(store.clips, { length: LENGTH, count }, rng);
  if (windows.length === 0) {
    throw new DataError(`eval: the videos must hold a clip of ${LENGTH} frames without a cut, got none`);
  }
  if (windows.length < count)
    note(`the videos have room for ${windows.length} clips that do not overlap, not ${count}`);
  const picked: EvaluationClip[] = [];
  for (const { clip, start } of windows) {
    const { video = "", start: first = 0 } = store.clips[clip] ?? {};
    const frames = await store.readClip(clip, start, LENGTH);
    const from = first + start;
    picked.push({ frames, video, keys: keys.get(video)?.slice(from, from + LENGTH) });
  }
  return picked;
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

/** Standard output is for the result. */
function note(text: string): void {
  console.error(`eval: ${text}`);
}
