import * as tf from "@tensorflow/tfjs";
import type { Engine } from "../compute/engine.ts";
import { float32 } from "../core/host-tensor.ts";
import { Rng } from "../core/rng.ts";
import { frameFlops, trainingFlops } from "../model/flops.ts";
import { initGenie, parseGenieConfig, setupGenie, type GenieConfig } from "../model/genie.ts";
import { GenieWorld, type WorldNotes } from "../model/genie-world.ts";
import { transformerBatch, transformerStep, type ClipShape } from "../model/training/transformer-step.ts";
import type { WorldModel } from "../model/world-model.ts";
import { startPlay } from "./play-loop.ts";
import { adamwInputs, AdamWConfig } from "../nn/adamw.ts";
import { STTransformerConfig } from "../nn/st-transformer.ts";

/** What is measured, and how long. */
export type SpeedPlan = {
  readonly genie: GenieConfig;
  readonly numEnvs: readonly number[];
  readonly transformer: STTransformerConfig;
  readonly clip: ClipShape;
  /** Sides of the square products that look for the machine's peak. */
  readonly productSizes: readonly number[];
  /** Measurements of each thing, of which the median counts. */
  readonly repeats: number;
};

/** Frames a second with the operations that they take, in 10^9 a second. */
export type Rate = { readonly fps: number; readonly gflops: number };

/** What `measureSpeed` found. */
export type SpeedReport = {
  readonly engine: string;
  /** What products with weights were computed in, and the refinement steps of a frame. */
  readonly precision: string;
  readonly steps: number;
  /** Pixels to pixels: every step of `numEnvs` environments returns their frames; fps counts all of them. */
  readonly rollout: readonly (Rate & { readonly numEnvs: number })[];
  /** The training step of an ST-transformer alone (`transformerStep`). */
  readonly train: Rate;
  /** The fastest float32 matrix product of this engine on this machine. */
  readonly peakGflops: number;
};

/** 64x64 pixels in 64 tokens of a vocabulary of 1024, window 16, 4 blocks of width 128 in every part, 8 MaskGIT steps. */
export const SPEED_PLAN: SpeedPlan = {
  genie: parseGenieConfig({
    height: 64,
    width: 64,
    numFrames: 16,
    tokenizer: { patchSize: 8, quantizer: { kind: "fsq", levels: [4, 4, 4, 4, 4] } },
    sampling: { steps: 8 },
  }),
  numEnvs: [1, 8, 32],
  transformer: STTransformerConfig.parse({}),
  clip: { batchSize: 4, numFrames: 16, tokensPerFrame: 64 },
  productSizes: [256, 512, 1024, 1536],
  repeats: 9,
};

/** Measures an engine: matrix products, rollouts and a training step. Takes about a minute with `SPEED_PLAN`. */
export async function measureSpeed(engine: Engine, plan: SpeedPlan): Promise<SpeedReport> {
  const peakGflops = await measurePeak(engine, plan);
  const rollout = [];
  const setup = setupGenie(plan.genie);
  const world = speedWorld(engine, plan.genie);
  try {
    for (const numEnvs of plan.numEnvs) {
      const fps = numEnvs / (await secondsPerStep(world, numEnvs, plan));
      rollout.push({ numEnvs, fps, gflops: (fps * frameFlops(plan.genie, setup)) / 1e9 });
    }
  } finally {
    world.close();
  }
  const { name, precision = "float32" } = engine;
  return {
    engine: name,
    precision,
    steps: plan.genie.sampling.steps,
    rollout,
    train: await measureTraining(engine, plan),
    peakGflops,
  };
}

/** One step with pixels, once the window is full. */
async function secondsPerStep(world: WorldModel, numEnvs: number, { genie, repeats }: SpeedPlan): Promise<number> {
  const play = await startPlay(world, numEnvs);
  try {
    return await medianSeconds(play.step, repeats, genie.numFrames);
  } finally {
    play.close();
  }
}

/** A world that nobody trained: how fast it is depends on its shape only. */
export function speedWorld(engine: Engine, genie = SPEED_PLAN.genie, notes: WorldNotes = {}): GenieWorld {
  return new GenieWorld("speed", genie, initGenie(setupGenie(genie), new Rng("speed")), engine, notes);
}

async function measureTraining(engine: Engine, { transformer, clip, repeats }: SpeedPlan): Promise<Rate> {
  const training = await startTraining(engine, transformer, clip);
  try {
    const seconds = await medianSeconds(training.step, repeats);
    const passage = { numFrames: clip.numFrames, positions: clip.tokensPerFrame, keyFrames: clip.numFrames };
    const gflops = trainingFlops(transformer, clip.batchSize, passage) / seconds / 1e9;
    return { fps: (clip.batchSize * clip.numFrames) / seconds, gflops };
  } finally {
    training.close();
  }
}

/** Opens the training step of an ST-transformer alone, on a batch of noise. */
export async function startTraining(engine: Engine, transformer: STTransformerConfig, clip: ClipShape) {
  const rng = new Rng("speed");
  const { fn, options } = transformerStep(transformer, clip, rng);
  const inputs = { ...transformerBatch({ fn, options }, rng), ...adamwInputs(AdamWConfig.parse({}), 1, 1e-4) };
  const executable = await engine.prepare(fn, options);
  return { step: () => executable.run(inputs), close: () => executable.close() };
}

/** The most 10^9 float32 operations a second that a chain of square matrix products reaches. */
async function measurePeak(engine: Engine, { productSizes, repeats }: SpeedPlan): Promise<number> {
  const rates = [];
  for (const size of productSizes) rates.push(await productGflops(engine, size, repeats));
  return Math.max(...rates);
}

const CHAIN = 4;

async function productGflops(engine: Engine, size: number, repeats: number): Promise<number> {
  const shape = [size, size];
  const matrix = () => float32(new Float32Array(size * size).fill(1 / size), shape);
  const chain = (x: tf.Tensor, weight: tf.Tensor) => {
    let y = x;
    for (let i = 0; i < CHAIN; i++) y = tf.matMul(y, weight);
    // One number leaves the engine, so that the way out costs nothing.
    return { sum: tf.sum(tf.slice(y, [0, 0], [1, 1])) };
  };
  const executable = await engine.prepare(({ x, weight }) => (x && weight ? chain(x, weight) : {}), {
    name: `product of ${size}`,
    inputs: {},
    constants: { weight: matrix() },
    state: { x: matrix() },
  });
  try {
    return (CHAIN * 2 * size ** 3) / (await medianSeconds(() => executable.run({}), repeats)) / 1e9;
  } finally {
    executable.close();
  }
}

/**
 * The median time of `work` in seconds, after `warmUps` runs that do not count. A slow engine gets fewer runs: warming up
 * and measuring end after `LONGEST` seconds each.
 */
export async function medianSeconds(work: () => Promise<unknown>, repeats: number, warmUps = 2): Promise<number> {
  await timeRuns(work, warmUps);
  return median(await timeRuns(work, repeats));
}

const LONGEST = 10;

async function timeRuns(work: () => Promise<unknown>, runs: number): Promise<number[]> {
  const seconds: number[] = [];
  const began = performance.now();
  while (seconds.length < runs && performance.now() - began < 1000 * LONGEST) {
    const start = performance.now();
    await work();
    seconds.push((performance.now() - start) / 1000);
  }
  return seconds;
}

/** The middle of the sorted values; the upper one of two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
