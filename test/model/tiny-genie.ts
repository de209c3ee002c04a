import { eagerEngine } from "../../src/compute/eager-engine.ts";
import type { TensorFunction } from "../../src/compute/trace.ts";
import type { Frames } from "../../src/core/frames.ts";
import { float32, int32, type HostTensor, type HostTensors } from "../../src/core/host-tensor.ts";
import { Rng } from "../../src/core/rng.ts";
import { sizeOf } from "../../src/core/shape.ts";
import {
  genieParams,
  parseGenieConfig,
  setupGenie,
  type GenieConfig,
  type GenieOptions,
  type GenieSetup,
} from "../../src/model/genie.ts";
import { GenieWorld } from "../../src/model/genie-world.ts";
import type { DynamicsBatch } from "../../src/model/dynamics-model.ts";
import { initParams, param, type ParamSpecs, type Params } from "../../src/nn/params.ts";
import { cpuEngine, engineNamed } from "../engines/engine-named.ts";

const named = process.env["GENIE_TEST_MODELS_ON"];

/**
 * The engine that the models are tested on. The compiled one with one thread, for what is tested are results, and other work
 * may be running; `GENIE_TEST_MODELS_ON=webgpu` or `onnx:webgpu` names another.
 */
export const engine = named ? await engineNamed(named) : cpuEngine();

export type Tiny = { readonly config: GenieConfig; readonly setup: GenieSetup; readonly params: HostTensors };

const transformer = { numBlocks: 2, modelDim: 16, numHeads: 2 };

/** A Genie of 16x16 frames with 4 tokens each, 2 blocks everywhere, window 4. */
export function tinyGenie(options: GenieOptions = {}, seed = 0): Tiny {
  const { tokenizer, actions, dynamics, sampling, ...rest } = options;
  const config = parseGenieConfig({
    height: 16,
    width: 16,
    numFrames: 4,
    ...rest,
    tokenizer: {
      encoder: transformer,
      decoder: transformer,
      quantizer: { kind: "fsq", levels: [3, 3] },
      ...tokenizer,
    },
    actions: { patchSize: 8, encoder: transformer, decoder: transformer, ...actions },
    dynamics: { transformer, ...dynamics },
    sampling: { steps: 3, ...sampling },
  });
  const setup = setupGenie(config);
  return { config, setup, params: noisyParams(genieParams(setup), seed) };
}

/** Parameters without a zero, so that no branch of a model is silent as it is at birth. */
export function noisyParams(specs: ParamSpecs, seed = 0): HostTensors {
  const noisy = Object.entries(specs).map(([name, spec]) => [name, { ...spec, std: spec.std || 0.1 }] as const);
  return initParams(Object.fromEntries(noisy), new Rng(seed));
}

export function tinyWorld({ config, params }: Tiny): GenieWorld {
  return new GenieWorld("tiny", config, params, engine);
}

/** Runs a tensor function once: on the engine that was named, else op by op on the CPU. */
export async function evaluate(fn: TensorFunction, inputs: HostTensors): Promise<HostTensors> {
  const once = named ? engine : await eagerEngine("cpu");
  const executable = await once.prepare(fn, { name: "evaluate", inputs });
  try {
    return await executable.run(inputs);
  } finally {
    executable.close();
  }
}

/** Uniform noise as float32 in [low, high). */
export function noise(shape: readonly number[], seed: number, low = 0, high = 1): HostTensor {
  const rng = new Rng(seed);
  return float32(
    Float32Array.from({ length: sizeOf(shape) }, () => low + (high - low) * rng.uniform()),
    shape,
  );
}

/** Integers in [0, below). */
export function integers(shape: readonly number[], below: number, seed: number): HostTensor {
  const rng = new Rng(seed);
  return int32(
    Int32Array.from({ length: sizeOf(shape) }, () => rng.integer(below)),
    shape,
  );
}

/** Frames of noise, 16x16. */
export function noiseFrames(count: number, seed: number, size = 16): Frames {
  const { data } = noise([count, size, size, 3], seed, 0, 256);
  return { data: Uint8Array.from(data), count, height: size, width: size };
}

/** The elements [start, start + count) of a tensor's first axis but one, [B, T, ...] as [B, count, ...]. */
export function frameRange(tensor: HostTensor, start: number, count: number): number[] {
  const [rows = 1, frames = 1] = tensor.shape;
  const size = tensor.data.length / (rows * frames);
  return Array.from({ length: rows }, (_, row) => {
    const begin = (row * frames + start) * size;
    return [...tensor.data.subarray(begin, begin + count * size)];
  }).flat();
}

/** The largest difference of two lists; infinite when their lengths differ. */
export function gap(a: ArrayLike<number> | undefined, b: ArrayLike<number> | undefined): number {
  if (!a || !b || a.length !== b.length) return Infinity;
  return Array.from(a).reduce((largest, x, i) => Math.max(largest, Math.abs(x - (b[i] ?? Number.NaN))), 0);
}

/** The tensor of this name. */
export function pick(tensors: HostTensors, name: string): HostTensor {
  const tensor = tensors[name];
  if (tensor) return tensor;
  throw new Error(`${name} is missing`);
}

/** A training step's batch of the dynamics among the inputs of a graph, under the names that a stage gives it. */
export function dynamicsBatchOf(inputs: Params): DynamicsBatch {
  return {
    tokens_BTN: param(inputs, "tokens"),
    actions_BT: param(inputs, "actions"),
    rates_B: param(inputs, "rates"),
    masks_BTN: param(inputs, "masks"),
    donors_BTN: param(inputs, "donors"),
    corrupt_BTN: param(inputs, "corrupt"),
  };
}
