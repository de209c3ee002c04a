import { startPlay, type StepOutput } from "../../src/cli/play-loop.ts";
import { medianSeconds, SPEED_PLAN, speedWorld, startTraining, type SpeedPlan } from "../../src/cli/speed-report.ts";
import { createEngine, createOnnxEngine } from "../../src/compute/create-engine.ts";
import type { Engine } from "../../src/compute/engine.ts";
import { onnxEngine } from "../../src/compute/onnx-engine.ts";
import { parseGenieConfig } from "../../src/model/genie.ts";
import { PRESETS } from "../../src/model/training/presets.ts";
import { STTransformerConfig } from "../../src/nn/st-transformer.ts";
import { describeDevice, deviceMegabytes, type Device } from "./device.ts";
import type { GpuOptions } from "./options.ts";
import { GPU_SIZES } from "./table.ts";

/** The shape that is measured, and at how many environments. */
type GpuPlan = Pick<SpeedPlan, "genie" | "transformer" | "clip" | "repeats"> & { readonly numEnvs: readonly number[] };

/** That of `genie-env speed`. */
export const GPU_PLAN: GpuPlan = { ...SPEED_PLAN, numEnvs: GPU_SIZES };

/** Tiny: a software device only has to compute the same. */
export const SOFTWARE_PLAN: GpuPlan = {
  // 16 tokens a frame.
  genie: parseGenieConfig({ ...PRESETS.tiny.genie, tokenizer: { ...PRESETS.tiny.genie.tokenizer, patchSize: 4 } }),
  transformer: STTransformerConfig.parse({ numBlocks: 1, modelDim: 16, numHeads: 2 }),
  clip: { batchSize: 2, numFrames: 4, tokensPerFrame: 4 },
  numEnvs: [1, 2],
  repeats: 2,
};

/** What is read of a roll-out: pixels or tokens of every step, or the last step's tokens alone. */
export type PlayOutput = StepOutput | "none";

/** One measurement; each has a process of its own on a GPU, so that one that does not fit takes no other with it. */
export type Case =
  | { readonly kind: "about" }
  | { readonly kind: "play"; readonly numEnvs: number; readonly output: PlayOutput; readonly isSoftware: boolean }
  | { readonly kind: "train"; readonly isSoftware: boolean };

/** The device, and the share of `tokens` tokens that it draws as the CPU draws them. */
export type About = { readonly device: Device; readonly sameTokens: number; readonly tokens: number };

/** Frames a second, the process's memory, and the device's where it is known, in megabytes. */
export type Measured = { readonly fps: number; readonly residentMB: number; readonly deviceMB: number | null };

/** @throws BackendError when the engine is not installed or finds no device. */
export async function runCase(options: GpuOptions, given: Case): Promise<About | Measured> {
  const engine = await startEngine(options);
  if (given.kind === "about") return about(engine, options);
  const plan = given.isSoftware ? SOFTWARE_PLAN : GPU_PLAN;
  return given.kind === "train" ? train(engine, plan) : play(engine, plan, given.numEnvs, given.output);
}

/** Once the window is full. */
async function play(engine: Engine, plan: GpuPlan, numEnvs: number, output: PlayOutput): Promise<Measured> {
  // What does not fit is to be found out.
  const world = speedWorld(engine, plan.genie, { memoryLimit: Infinity });
  const { numFrames } = plan.genie;
  const { step, dream } = await startPlay(world, numEnvs, output === "none" ? "tokens" : output);
  const seconds =
    output === "none"
      ? (await medianSeconds(() => dream(numFrames), plan.repeats, 1)) / numFrames
      : await medianSeconds(step, plan.repeats, numFrames);
  const result = measured(numEnvs / seconds);
  world.close();
  return result;
}

async function train(engine: Engine, { transformer, clip, repeats }: GpuPlan): Promise<Measured> {
  const { step, close } = await startTraining(engine, transformer, clip);
  const result = measured((clip.batchSize * clip.numFrames) / (await medianSeconds(step, repeats)));
  close();
  return result;
}

function startEngine({ engine, provider }: GpuOptions): Promise<Engine> {
  // A node that the device lacks falls to the CPU.
  const providers = provider === "cpu" ? "cpu" : `${provider},cpu`;
  return engine === "onnx" ? createOnnxEngine({}, { GENIE_ONNX_PROVIDERS: providers }) : createEngine(engine, {}, {});
}

/** To be called while everything is open. */
function measured(fps: number): Measured {
  return { fps, residentMB: Math.round(process.memoryUsage.rss() / 1e6), deviceMB: deviceMegabytes() };
}

const [ROWS, FRAMES] = [2, 16];

async function about(engine: Engine, options: GpuOptions): Promise<About> {
  const [mine, cpus] = [await drawTokens(engine), await drawTokens(onnxEngine({ threads: 1 }))];
  const same = mine.filter((token, i) => token === cpus[i]).length;
  return { device: await describeDevice(engine, options), sameTokens: same / cpus.length, tokens: cpus.length };
}

/** All tokens of a roll-out of the tiny shape. */
async function drawTokens(engine: Engine): Promise<number[]> {
  const world = speedWorld(engine, SOFTWARE_PLAN.genie);
  const { step } = await startPlay(world, ROWS, "tokens");
  const tokens: number[] = [];
  for (let frame = 0; frame < FRAMES; frame++) tokens.push(...(await step()).tokens);
  world.close();
  return tokens;
}
