import { join } from "node:path";
import { createEngine } from "../compute/create-engine.ts";
import { bytesPerFrame, sliceFrames } from "../core/frames.ts";
import type { Frames } from "../core/frames.ts";
import { Rng } from "../core/rng.ts";
import type { ClipStore } from "../data/clip-store.ts";
import { rollOut } from "../model/evaluation.ts";
import { GenieWorld } from "../model/genie-world.ts";
import type { RunPosition, RunState } from "../model/training/run-state.ts";

/** Where sample pictures go, and what they are drawn from. */
export type SampleOptions = {
  /** The run's folder: pictures go to `samples/<stage>-<step>.png` in it. */
  readonly folder: string;
  /** The clips of the run's videos. */
  readonly clips: ClipStore;
  readonly engine?: string | undefined;
  /** Seconds between pictures within a stage; 300 by default. At the end of a stage there is always one. */
  readonly everySeconds?: number | undefined;
};

const CLIPS = 4;
const SCALE = 2;

/**
 * Returns what draws a picture of a run whenever its state was saved, if it is time for one. It never throws: a picture
 * that cannot be drawn is reported on standard error, and training goes on.
 */
export function sampleDrawer(options: SampleOptions): (state: RunState) => Promise<void> {
  const { everySeconds = 300 } = options;
  let drawnAt = performance.now();
  return async (state) => {
    const { stage, step, isStageEnd } = placeOf(state.position);
    if (!isStageEnd && performance.now() - drawnAt < everySeconds * 1000) return;
    try {
      await drawSample(state, { ...options, stage, name: `${stage}-${step}.png` });
    } catch (error) {
      console.error(`samples: no picture of ${stage} at step ${step} (${String(error)})`);
    }
    drawnAt = performance.now();
  };
}

type SampledStage = "tokenizer" | "dynamics";
type Place = { readonly stage: SampledStage; readonly step: number; readonly isStageEnd: boolean };

/** The stage that was trained last: at its end the position is the beginning of the next one. */
function placeOf({ stage, step, stepsDone }: RunState["position"]): Place {
  const { tokenizer, dynamics } = stepsDone;
  if (stage === "done") return { stage: "dynamics", step: dynamics ?? 0, isStageEnd: true };
  if (stage === "dynamics" && step === 0) return { stage: "tokenizer", step: tokenizer ?? 0, isStageEnd: true };
  return { stage, step, isStageEnd: false };
}

async function drawSample(
  { position, tensors }: RunState,
  { folder, clips, engine, stage, name }: SampleOptions & { readonly stage: SampledStage; readonly name: string },
): Promise<void> {
  // What writes pictures is native code: where it does not load, training shall go on.
  const { tile, writePng } = await import("../data/image.ts");
  const videos = await sampleVideos(clips, position);
  const params = Object.fromEntries(Object.entries(tensors).filter(([key]) => !key.startsWith("adam.")));
  const world = new GenieWorld("sample", position.genie, params, await createEngine(engine));
  try {
    const rows = stage === "tokenizer" ? await tokenizerRows(world, videos) : await dynamicsRows(world, videos);
    await writePng(join(folder, "samples", name), tile(rows, position.genie.numFrames), { scale: SCALE });
  } finally {
    world.close();
  }
}

/** The same clips for every picture of a run, from the videos that it is not trained on where they have any. */
async function sampleVideos(clips: ClipStore, position: Omit<RunPosition, "files" | "version">): Promise<Frames[]> {
  const { genie, heldOut, training, seed } = position;
  const { height, width, numFrames } = genie;
  const unseen = clips.only(heldOut);
  const isLongEnough = unseen.clips.some(({ count }) => count >= numFrames);
  const store = isLongEnough ? unseen : clips.only(training);
  const data = await store.sampleClips(new Rng(seed).split("samples"), CLIPS, numFrames);
  const batch = { data, count: data.length / bytesPerFrame(genie), height, width };
  return Array.from({ length: CLIPS }, (_, i) => sliceFrames(batch, i * numFrames, numFrames));
}

/** Per clip: the truth, and what the tokenizer makes of it. */
async function tokenizerRows(world: GenieWorld, videos: readonly Frames[]): Promise<Frames[]> {
  const rows: Frames[] = [];
  for (const video of videos) rows.push(video, await world.reconstruct(video));
  return rows;
}

/** Per clip: the truth, its reconstruction, and what the world makes of its first frame and its inferred actions. */
async function dynamicsRows(world: GenieWorld, videos: readonly Frames[]): Promise<Frames[]> {
  const actions: Int32Array[] = [];
  for (const video of videos) actions.push(await world.inferActions(video));
  const prompts = videos.map((video) => sliceFrames(video, 0));
  const session = await world.open(videos.length);
  const played = await rollOut(session, world, prompts, actions, new Rng(0));
  const known = await tokenizerRows(world, videos);
  return videos.flatMap((_, i) => [...known.slice(2 * i, 2 * i + 2), ...played.slice(i, i + 1)]);
}
