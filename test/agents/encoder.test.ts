import * as tf from "@tensorflow/tfjs";
import { expect, test } from "vitest";
import { encoderOf, isSinglePicture, pictureSize, tokensOf } from "../../src/agents/encoder.ts";
import { evaluate, PPO, type PPOOptions } from "../../src/agents/index.ts";
import { onnxEngine } from "../../src/compute/index.ts";
import { ConfigError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { BaseEnv, Box, Discrete, MultiDiscrete, SyncVectorEnv, type Space } from "../../src/env/index.ts";
import type { EnvInfo, ResetResult, StepResult } from "../../src/env/index.ts";
import type { NumericArray } from "../../src/env/spaces/arrays.ts";
import { cutClips, type ClipGrid } from "../../src/nn/patches.ts";

const engine = onnxEngine({ threads: 1 });
const OPTIONS = { featureDim: 16, embedDim: 8, patchSize: null };
const SMALL: PPOOptions = {
  featureDim: 32,
  embedDim: 8,
  hiddenSizes: [16],
  learningRate: 3e-3,
  gamma: 0,
  updateEpochs: 4,
};

/** Shows which action it rewards; every episode ends after one step. */
class Signs extends BaseEnv<NumericArray, number> {
  readonly observationSpace: Space<NumericArray>;
  readonly actionSpace = new Discrete(3);
  readonly #draw: (sign: number) => NumericArray;
  #sign = 0;

  constructor(space: Space<NumericArray>, draw: (sign: number) => NumericArray) {
    super();
    this.observationSpace = space;
    this.#draw = draw;
  }

  protected begin(): ResetResult<NumericArray, EnvInfo> {
    this.#sign = this.rng.integer(3);
    return [this.#draw(this.#sign), {}];
  }

  protected advance(action: number): StepResult<NumericArray, EnvInfo> {
    return [this.#draw(this.#sign), Number(action === this.#sign), true, false, {}];
  }
}

/** A bright patch whose place is the sign. */
function picture(sign: number, frames = 1): Uint8Array {
  const pixels = new Uint8Array(frames * 12 * 12 * 3);
  for (let y = 4; y < 8; y++) pixels.fill(255, (y * 12 + sign * 4) * 3, (y * 12 + sign * 4 + 4) * 3);
  return pixels;
}

const pixels = (...shape: readonly number[]) => new Box({ low: 0, high: 255, shape, dtype: "uint8" });
const tokens = new MultiDiscrete(Array.from({ length: 9 }, () => 300));

test.each<readonly [string, Space<NumericArray>, (sign: number) => NumericArray]>([
  ["a picture", pixels(12, 12, 3), (sign) => picture(sign)],
  ["a stack of pictures", pixels(2, 12, 12, 3), (sign) => picture(sign, 2)],
  ["a stack of grey pictures", pixels(2, 12, 12), (sign) => picture(sign, 2).filter((_, i) => i % 3 === 0)],
  ["tokens", tokens, (sign) => Int32Array.from({ length: 9 }, (_, i) => (i === 4 ? 100 * sign + 7 : 299))],
])("PPO learns what %s shows", async (_, space, draw) => {
  using envs = new SyncVectorEnv(Array.from({ length: 16 }, () => () => new Signs(space, draw)));
  await using agent = await PPO.create(envs, SMALL, { engine, seed: 1 });
  for await (const _log of agent.learn({ steps: 16_384 })) continue;
  const results = await evaluate(agent, envs, { episodes: 48, seed: 7 });
  expect(results.every((episode) => episode.return === 1)).toBe(true);
});

test("pictures and tokens are encoded, vectors and small choices are not", () => {
  expect(encoderOf(pixels(64, 64, 3), OPTIONS)?.width).toBe(16);
  expect(encoderOf(pixels(64, 64), OPTIONS)?.width).toBe(16);
  expect(encoderOf(tokens, OPTIONS)?.width).toBe(16);
  expect(encoderOf(pixels(128), OPTIONS)).toBeNull();
  expect(encoderOf(new Box({ low: 0, high: 1, shape: [8, 8], dtype: "float32" }), OPTIONS)).toBeNull();
  expect(encoderOf(new MultiDiscrete([2, 3]), OPTIONS)).toBeNull();
  expect(tokensOf(new MultiDiscrete([3000, 2]))).toBeNull();
});

test("grey frames are cut as pictures, whichever axis counts them", () => {
  const patchShape = (...shape: readonly number[]) =>
    encoderOf(pixels(...shape), OPTIONS)?.init(new Rng(0))["encoder.patch.weight"]?.shape;
  expect(patchShape(4, 64, 64)).toEqual([4 * 8 * 8, 8]);
  expect(patchShape(64, 64, 4)).toEqual([4 * 8 * 8, 8]);
  expect(patchShape(64, 64, 6)).toEqual([6 * 8 * 8, 8]);
  expect(patchShape(3, 64, 32)).toEqual([3 * 8 * 8, 8]);
  // Each patch of a stack is one place of all its frames: the first holds the corners.
  const stack = Uint8Array.from({ length: 2 * 16 * 16 }, (_, i) => Math.floor((i % 256) / 16) + (i % 16));
  const grid = { ...pictureSize(pixels(2, 16, 16)), patchSize: 8 } as ClipGrid;
  const patches = cutClips(grid, tf.tensor(stack, [1, 512], "float32"));
  expect(patches.shape).toEqual([1, 4, 2 * 8 * 8]);
  expect(Math.max(...patches.slice([0, 0, 0], [1, 1, 128]).dataSync())).toBe(14);
  expect(Math.min(...patches.slice([0, 3, 0], [1, 1, 128]).dataSync())).toBe(16);
  patches.dispose();
});

test("a picture by itself is told from a stack", () => {
  expect(
    [
      [64, 64],
      [64, 64, 3],
      [10, 5, 1],
    ].map((shape) => isSinglePicture(pixels(...shape))),
  ).toEqual([true, true, true]);
  expect(
    [
      [4, 64, 64],
      [64, 64, 6],
      [4, 64, 64, 3],
    ].some((shape) => isSinglePicture(pixels(...shape))),
  ).toBe(false);
});

test("patches are the divisor nearest to 8, or what is asked for if it divides", () => {
  const { "encoder.patch.weight": weight } = { ...encoderOf(pixels(100, 50, 3), OPTIONS)?.init(new Rng(0)) };
  expect(weight?.shape).toEqual([10 * 10 * 3, 8]);
  const asked = encoderOf(pixels(100, 50, 3), { ...OPTIONS, patchSize: 5 })?.init(new Rng(0));
  expect(asked?.["encoder.mix.weight"]?.shape).toEqual([20 * 10 * 8, 16]);
  expect(() => encoderOf(pixels(100, 50, 3), { ...OPTIONS, patchSize: 8 })).toThrow(ConfigError);
});
