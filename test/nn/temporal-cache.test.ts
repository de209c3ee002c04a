import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, test } from "vitest";
import { selectBackend } from "../../src/compute/backend.ts";
import { withSlots } from "../../src/compute/ring-tensors.ts";
import type { HostTensors } from "../../src/core/host-tensor.ts";
import { param, withPrefix, type Params } from "../../src/nn/params.ts";
import { rotaryTables } from "../../src/nn/rotary.ts";
import { stTransformer, STTransformerConfig, stTransformerParams } from "../../src/nn/st-transformer.ts";
import { cachedContext, cacheSlots, frameInputs, initCache } from "../../src/nn/temporal-cache.ts";
import { causalLayout, clipContext, constant } from "../../src/nn/temporal-context.ts";
import { gap, noise, noisyParams } from "../model/tiny-genie.ts";

const ROWS = 2;
const FRAMES = 11;
const POSITIONS = 3;
const WINDOW = 4;

beforeAll(() => selectBackend({ backend: "cpu" }));

type Model = { readonly config: STTransformerConfig; readonly params: Params };

function model(attention: STTransformerConfig["attention"]): Model {
  const config = STTransformerConfig.parse({ numBlocks: 3, modelDim: 8, numHeads: 2, attention });
  return { config, params: upload(withPrefix("st", noisyParams(stTransformerParams(config)))) };
}

function upload(tensors: HostTensors): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, constant(tensor)]));
}

/** Outputs [B, T, N, D] of all frames in one pass. */
function whole({ config, params }: Model, x: tf.Tensor4D): tf.Tensor {
  const context = clipContext(config, causalLayout(x.shape[1], WINDOW), POSITIONS);
  return stTransformer(config, params, "st", x, context).tokens;
}

/** Outputs frame by frame; row `r` waits until frame `starts[r]`, so that ages differ. Waiting rows give garbage. */
function frameByFrame({ config, params }: Model, x: tf.Tensor4D, starts: readonly number[]): tf.Tensor[] {
  const shape = { positions: POSITIONS, window: WINDOW };
  let cache: Params = upload(initCache(config, { numEnvs: ROWS, ...shape }));
  const outputs: tf.Tensor[] = [];
  for (let frame = 0; frame < FRAMES; frame++) {
    const ages = Int32Array.from(starts, (start) => Math.max(0, frame - start));
    const active = Uint8Array.from(starts, (start) => Number(frame >= start));
    // A million frames into an episode: rotary scores depend on distances only, and stay exact.
    const { cos, sin } = rotaryTables(
      [...ages].map((age) => 1_000_000 + age),
      config.modelDim / config.numHeads,
    );
    const inputs = upload({ ...frameInputs(config, ages, WINDOW, active), cos, sin });
    const context = cachedContext(config, cache, inputs, shape);
    const now = tf.slice(x, [0, frame, 0, 0], [ROWS, 1, POSITIONS, config.modelDim]) as tf.Tensor4D;
    const { tokens, blocks } = stTransformer(config, params, "st", now, context);
    const slots = param(inputs, "slot");
    const next = Object.entries(cacheSlots(blocks)).map(([name, fresh]) => [
      name,
      withSlots(param(cache, name), fresh, 3, slots),
    ]);
    cache = Object.fromEntries(next);
    outputs.push(tokens);
  }
  return outputs;
}

function compareRows(attention: STTransformerConfig["attention"], starts: readonly number[]): number {
  return tf.tidy(() => {
    const tiny = model(attention);
    const x = constant(noise([ROWS, FRAMES, POSITIONS, 8], 1, -1, 1)) as tf.Tensor4D;
    const outputs = frameByFrame(tiny, x, starts);
    const gaps = starts.map((start, row) => {
      const clip = tf.slice(x, [row, start, 0, 0], [1, FRAMES - start, POSITIONS, 8]) as tf.Tensor4D;
      const cached = tf.concat(
        outputs.slice(start).map((output) => tf.slice(output, [row, 0, 0, 0], [1, 1, POSITIONS, 8])),
        1,
      );
      return gap(whole(tiny, clip).dataSync(), cached.dataSync());
    });
    return Math.max(...gaps);
  });
}

describe.each(["space-time", "space", "full"] as const)("with %s attention", (attention) => {
  test("frame by frame equals the whole clip, far past the window", () => {
    expect(compareRows(attention, [0, 0])).toBeLessThan(1e-5);
  });

  test("rows of different ages each see their own past only", () => {
    expect(compareRows(attention, [0, 5])).toBeLessThan(1e-5);
  });
});

test("the window slides: a frame that every layer has left behind no longer counts, a nearer one does", () => {
  const outputAt = (changed: number) =>
    tf.tidy(() => {
      const tiny = model("space-time");
      const x = constant(noise([1, FRAMES, POSITIONS, 8], 1, -1, 1)) as tf.Tensor4D;
      const bump = tf
        .oneHot(tf.tensor1d([changed], "int32"), FRAMES)
        .reshape([1, FRAMES, 1, 1])
        .toFloat();
      const y = whole(tiny, tf.add(x, changed < 0 ? 0 : bump));
      return y.slice([0, FRAMES - 1, 0, 0], [1, 1, POSITIONS, 8]).dataSync();
    });
  // Three blocks with a window of 4 reach 9 frames back: frame 10 sees frames 1 to 10.
  expect(gap(outputAt(-1), outputAt(0))).toBe(0);
  expect(gap(outputAt(-1), outputAt(1))).toBeGreaterThan(0);
  expect(gap(outputAt(-1), outputAt(FRAMES - 1))).toBeGreaterThan(0.1);
});
