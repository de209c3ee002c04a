import { sliceFrames, type Frames } from "../core/frames.ts";
import { Rng } from "../core/rng.ts";
import { bootstrapInterval } from "../metrics/bootstrap.ts";
import { psnr, ssim } from "../metrics/image-quality.ts";
import { normalisedMutualInformation, perplexity, shuffledNmi } from "../metrics/information.ts";
import { mean } from "../metrics/mean.ts";
import type { GenieWorld } from "./genie-world.ts";

/** A stretch of video that the world was not trained on. */
export type EvaluationClip = {
  /** CONTEXT + HORIZON frames of the world's size. */
  readonly frames: Frames;
  /** What it was cut from: clips of one video depend on each other. */
  readonly video?: string | undefined;
  /** The keys held from each frame to the next (the last may be missing), where they are known: for evaluation only. */
  readonly keys?: readonly string[] | undefined;
};

/** Frames that a roll-out may start from, and frames that it predicts. */
export const CONTEXT = 4;
export const HORIZON = 10;
/** Genie reports controllability at the fourth predicted frame (section 3). */
const CONTROL_FRAME = 4;

/** What `evaluateWorld` measures. PSNR in dB, information in [0, 1]. */
export type Evaluation = {
  readonly tokenizer: { readonly psnr: number; readonly ssim: number };
  /** 10 predicted frames with inferred actions: from one frame, from four (`4`), and repeating the first (`copy`). */
  readonly rollout: {
    readonly psnr: number;
    readonly ssim: number;
    readonly copyPsnr: number;
    readonly copySsim: number;
    readonly psnr4: number;
    readonly ssim4: number;
    /** PSNR frame by frame, and SSIM likewise. */
    readonly perFrame: readonly number[];
    readonly copyPerFrame: readonly number[];
    readonly perFrame4: readonly number[];
    readonly ssimPerFrame: readonly number[];
    readonly copySsimPerFrame: readonly number[];
    readonly ssimPerFrame4: readonly number[];
  };
  /** PSNR with inferred actions minus PSNR with random ones, at t = 4; the interval is a bootstrap over videos (over clips of one). */
  readonly control: { readonly deltaPsnr4: number; readonly ci95: readonly [number, number] };
  readonly actions: {
    readonly used: number;
    readonly perplexity: number;
    /** Of latent actions and keys; null where no keys are known. `nmiShuffled` is what chance would give. */
    readonly nmi: number | null;
    readonly nmiShuffled: number | null;
  };
  /** Frames that were predicted. */
  readonly frames: number;
};

/** How a world is measured. */
export type EvaluationOptions = {
  readonly seed: number;
  /** Told often how many clips are done, with their fractions; may throw to stop. */
  readonly onProgress?: (done: number) => void;
};

/** Measures a world on clips that it was not trained on. Same seed, same numbers. */
export async function evaluateWorld(
  world: GenieWorld,
  clips: readonly EvaluationClip[],
  { seed, onProgress = () => {} }: EvaluationOptions,
): Promise<Evaluation> {
  const rng = new Rng(seed);
  const results: ClipResult[] = [];
  for (let start = 0; start < clips.length; start += ROWS) {
    const part = clips.slice(start, start + ROWS);
    // The last batch is filled up, so that one graph serves all; what is repeated is not counted.
    const rows = Array.from({ length: Math.min(ROWS, clips.length) }, (_, i) => part[i % part.length] ?? part[0]);
    const measured = await measure(
      world,
      rows.flatMap((clip) => clip ?? []),
      { rng: rng.split("rows", start), onShare: (share) => onProgress(start + share * part.length) },
    );
    results.push(...measured.slice(0, part.length));
    onProgress(results.length);
  }
  return summarise(world, results, rng);
}

const ROWS = 16;

type ClipResult = {
  readonly tokenizer: Quality;
  readonly rollout: Quality;
  readonly rollout4: Quality;
  readonly copy: Quality;
  readonly delta: number;
  readonly actions: Int32Array;
  readonly keys: readonly string[] | undefined;
  readonly video: string | undefined;
};
/** Per frame. */
type Quality = { readonly psnr: readonly number[]; readonly ssim: readonly number[] };

type Measuring = { readonly rng: Rng; readonly onShare: (share: number) => void };

/** Roll-outs of a clip, and the frames that each decodes. */
const [ROLL_OUTS, DECODED] = [3, HORIZON + 1];

async function measure(
  world: GenieWorld,
  clips: readonly EvaluationClip[],
  { rng, onShare }: Measuring,
): Promise<ClipResult[]> {
  let done = 0;
  const onPart = () => onShare(++done / (clips.length + ROLL_OUTS * DECODED));
  const videos = clips.map(({ frames }) => frames);
  const inferred: Int32Array[] = [];
  const reconstructed: Frames[] = [];
  for (const video of videos) {
    inferred.push(await world.inferActions(video));
    reconstructed.push(await world.reconstruct(video));
    onPart();
  }
  const ahead = inferred.map((actions) => actions.slice(CONTEXT - 1));
  const random = ahead.map((_, row) => randomActions(world, rng.split("random", row)));
  const one = videos.map((video) => sliceFrames(video, CONTEXT - 1, 1));
  const four = videos.map((video) => sliceFrames(video, 0, CONTEXT));
  const session = await world.open(clips.length);
  try {
    const roll = (prompts: readonly Frames[], actions: readonly Int32Array[]) =>
      rollOut(session, world, prompts, actions, rng.split("uniforms"), onPart);
    const chosen = await roll(one, ahead);
    const shuffled = await roll(one, random);
    const informed = await roll(four, ahead);
    return clips.map(({ frames, keys, video }, row) => {
      const truth = sliceFrames(frames, CONTEXT, HORIZON);
      const quality = (predicted: Frames | undefined) => compare(truth, predicted ?? truth);
      const rollout = quality(drop(chosen[row]));
      const at = CONTROL_FRAME - 1;
      return {
        tokenizer: compare(frames, reconstructed[row] ?? frames),
        rollout,
        rollout4: quality(drop(informed[row])),
        copy: quality(repeated(chosen[row])),
        delta: (rollout.psnr[at] ?? 0) - (quality(drop(shuffled[row])).psnr[at] ?? 0),
        actions: inferred[row] ?? new Int32Array(0),
        keys,
        video,
      };
    });
  } finally {
    session.close();
  }
}

/**
 * Plays actions [rows][frames] from prompts; returns per row the decoded last frame of the prompt and every predicted
 * one. `onFrame` is told after every frame of all rows, and may throw to stop.
 */
export async function rollOut(
  session: Awaited<ReturnType<GenieWorld["open"]>>,
  world: GenieWorld,
  prompts: readonly Frames[],
  actions: readonly Int32Array[],
  rng: Rng,
  onFrame: () => void = () => {},
): Promise<Frames[]> {
  const rows = prompts.length;
  const [height, width] = world.frameShape;
  const size = height * width * 3;
  const length = actions[0]?.length ?? 0;
  await session.reset([...prompts.keys()], prompts);
  const videos = prompts.map(() => new Uint8Array((length + 1) * size));
  for (let t = 0; t <= length; t++) {
    if (t > 0) {
      const uniforms = rng.split("step", t).uniforms(rows * world.uniformsPerStep);
      await session.step(
        Int32Array.from(actions, (row) => row[t - 1] ?? 0),
        uniforms,
      );
    }
    const pixels = await session.decode();
    for (const [row, video] of videos.entries()) video.set(pixels.subarray(row * size, (row + 1) * size), t * size);
    onFrame();
  }
  return videos.map((data) => ({ data, count: length + 1, height, width }));
}

function randomActions(world: GenieWorld, rng: Rng): Int32Array {
  return Int32Array.from({ length: HORIZON }, () => rng.integer(world.numActions));
}

/** A roll-out without its prompt frame. */
export function drop(rollout: Frames | undefined): Frames | undefined {
  return rollout && sliceFrames(rollout, 1, rollout.count - 1);
}

/** The prompt frame as the tokenizer shows it, HORIZON times. */
function repeated(rollout: Frames | undefined): Frames | undefined {
  if (!rollout) return undefined;
  const frame = sliceFrames(rollout, 0).data;
  const data = new Uint8Array(frame.length * HORIZON);
  for (let t = 0; t < HORIZON; t++) data.set(frame, t * frame.length);
  return { ...rollout, data, count: HORIZON };
}

function compare(truth: Frames, other: Frames): Quality {
  return { psnr: [...psnr(truth.data, other.data, truth)], ssim: [...ssim(truth.data, other.data, truth)] };
}

function summarise(world: GenieWorld, results: readonly ClipResult[], rng: Rng): Evaluation {
  const average = (key: "tokenizer" | "rollout" | "rollout4" | "copy", metric: keyof Quality) =>
    mean(results.flatMap((result) => result[key][metric]));
  const perFrame = (key: "rollout" | "rollout4" | "copy", metric: keyof Quality = "psnr") =>
    Array.from({ length: HORIZON }, (_, t) => mean(results.map((result) => result[key][metric][t] ?? 0)));
  const control = bootstrapInterval(
    results.map(({ delta }) => delta),
    { rng: rng.split("bootstrap"), groups: independentGroups(results) },
  );
  return {
    tokenizer: { psnr: average("tokenizer", "psnr"), ssim: average("tokenizer", "ssim") },
    rollout: {
      psnr: average("rollout", "psnr"),
      ssim: average("rollout", "ssim"),
      copyPsnr: average("copy", "psnr"),
      copySsim: average("copy", "ssim"),
      psnr4: average("rollout4", "psnr"),
      ssim4: average("rollout4", "ssim"),
      perFrame: perFrame("rollout"),
      copyPerFrame: perFrame("copy"),
      perFrame4: perFrame("rollout4"),
      ssimPerFrame: perFrame("rollout", "ssim"),
      copySsimPerFrame: perFrame("copy", "ssim"),
      ssimPerFrame4: perFrame("rollout4", "ssim"),
    },
    control: { deltaPsnr4: control.mean, ci95: [control.low, control.high] },
    actions: actionStatistics(world, results, rng.split("shuffle")),
    frames: results.length * HORIZON,
  };
}

/** The video of each result. Of one video there is nothing to draw: its clips, which do not overlap, stand alone. */
function independentGroups(results: readonly ClipResult[]): (string | number)[] {
  const groups = results.map(({ video }, i) => video ?? i);
  return new Set(groups).size > 1 ? groups : [...results.keys()];
}

function actionStatistics(world: GenieWorld, results: readonly ClipResult[], rng: Rng): Evaluation["actions"] {
  const counts = new Array<number>(world.numActions).fill(0);
  for (const action of results.flatMap(({ actions }) => [...actions])) counts[action] = (counts[action] ?? 0) + 1;
  const labelled = results.filter(({ keys }) => keys !== undefined);
  const latent = labelled.flatMap(({ actions, keys = [] }) => Array.from(actions.subarray(0, keys.length)));
  const names = labelled.flatMap(({ keys = [], actions }) => keys.slice(0, actions.length));
  const distinct = [...new Set(names)];
  const keys = names.map((name) => distinct.indexOf(name));
  const isKnown = keys.length > 0;
  return {
    used: counts.filter((count) => count > 0).length,
    perplexity: perplexity(counts),
    nmi: isKnown ? normalisedMutualInformation(latent, keys) : null,
    nmiShuffled: isKnown ? shuffledNmi(latent, keys, rng) : null,
  };
}
