import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, test } from "vitest";
import { selectBackend } from "../../src/compute/backend.ts";
import { Rng } from "../../src/core/rng.ts";
import { initParams, withPrefix, type Params } from "../../src/nn/params.ts";
import {
  codebookSize,
  isMovingAverage,
  lookUpCodes,
  quantize,
  QuantizerConfig,
  quantizerParams,
  type Quantized,
} from "../../src/nn/quantizers.ts";
import { constant } from "../../src/nn/temporal-context.ts";
import { gap } from "../model/tiny-genie.ts";

beforeAll(() => selectBackend({ backend: "cpu" }));

describe("FSQ", () => {
  const config = QuantizerConfig.parse({ kind: "fsq", levels: [8, 5, 2, 3] });
  const size = codebookSize(config);

  test("every index has a code of its own, which is quantised to that index again", () => {
    const indices = Array.from({ length: size }, (_, i) => i);
    const codes = lookUpCodes(config, {}, "q", tf.tensor1d(indices, "int32"));
    const rows = codes.arraySync() as number[][];
    expect(size).toBe(240);
    expect(new Set(rows.map((row) => row.join())).size).toBe(size);
    expect(rows[0]).toEqual([-1, -1, -1, -1]);
    expect(rows.at(-1)).toEqual([1, 1, 1, 1]);
    // Latents are squashed by tanh, so the outermost levels are reached from afar only.
    const latents = tf.atanh(tf.mul(codes, 0.999));
    const again = quantize(config, {}, "q", latents);
    expect([...again.indices.dataSync()]).toEqual(indices);
    expect(gap(again.codes.dataSync(), codes.dataSync())).toBeLessThan(1e-6);
  });

  test("a latent becomes its nearest level, and the gradient is that of tanh", () => {
    const x = tf.tensor2d([[0.3, -2, 0.01, 0.8]]);
    const { codes } = quantize(config, {}, "q", x);
    // tanh = 0.291, -0.964, 0.01, 0.664: levels 2i/7-1, 2i/4-1, {-1, 1}, {-1, 0, 1}.
    expect(gap(codes.dataSync(), [2 * (5 / 7) - 1, -1, 1, 1])).toBeLessThan(1e-6);
    const gradient = tf.grad((latents: tf.Tensor) => tf.sum(quantize(config, {}, "q", latents).codes))(x);
    const tanhGradient = [0.3, -2, 0.01, 0.8].map((value) => 1 - Math.tanh(value) ** 2);
    expect(gap(gradient.dataSync(), tanhGradient)).toBeLessThan(1e-6);
  });
});

describe("VQ", () => {
  const plain = { kind: "vq", codebookSize: 3, codeDim: 2, cosine: false, decay: 0.9, deadAfter: 0.15 } as const;
  const codebook = [
    [0, 0],
    [1, 0],
    [0, 2],
  ];

  function vqParams(values: number[][], usage = [1, 1, 1]): Params {
    const table = tf.tensor2d(values);
    const averages = { codebook: table, sum: table, count: tf.ones([3]), usage: tf.tensor1d(usage) };
    return withPrefix("q.ema", averages);
  }

  function update(quantized: Quantized, name: string): number[] {
    return [...(quantized.updates[`q.ema.${name}`]?.dataSync() ?? [])];
  }

  const latents = [
    [0.1, 0],
    [0.9, 0.1],
    [1.2, -0.1],
    [0, 0.2],
  ];

  test("takes the nearest code, pulls the latent towards it, and passes the gradient through", () => {
    const config = QuantizerConfig.parse({ ...plain, commitment: 0.5 });
    const x = tf.tensor2d(latents);
    const { indices, codes, loss, updates } = quantize(config, vqParams(codebook), "q", x);
    expect([...indices.dataSync()]).toEqual([0, 1, 1, 0]);
    expect(gap(codes.dataSync(), [0, 0, 1, 0, 1, 0, 0, 0])).toBeLessThan(1e-6);
    // (0.01 + 0.02 + 0.05 + 0.04) / 8 numbers, times the weight.
    expect(loss.dataSync()[0]).toBeCloseTo(0.5 * (0.12 / 8), 6);
    expect(updates).toEqual({});
    const gradient = tf.grad((z: tf.Tensor) => tf.sum(quantize(config, vqParams(codebook), "q", z).codes))(x);
    expect([...gradient.dataSync()]).toEqual(new Array<number>(8).fill(1));
    const pull = tf.grad((z: tf.Tensor) => quantize(config, vqParams(codebook), "q", z).loss)(x);
    // d/dz of 0.5 * mean((z - c)^2) = (z - c) / 8.
    expect(gap(pull.dataSync(), [0.0125, 0, -0.0125, 0.0125, 0.025, -0.0125, 0, 0.025])).toBeLessThan(1e-6);
  });

  test("codes follow their latents by moving averages, as computed by hand", () => {
    const config = QuantizerConfig.parse(plain);
    const result = quantize(config, vqParams(codebook), "q", tf.tensor2d(latents), tf.tensor1d([0, 0, 0]));
    // Code 0 was hit by latents 0 and 3, code 1 by 1 and 2, code 2 by none.
    expect(gap(update(result, "count"), [1.1, 1.1, 0.9])).toBeLessThan(1e-6);
    const sum = [0.01, 0.02, 0.9 + 0.21, 0, 0, 1.8];
    expect(gap(update(result, "sum"), sum)).toBeLessThan(1e-6);
    const wanted = [0.01 / 1.1, 0.02 / 1.1, 1.11 / 1.1, 0, 0, 2];
    expect(gap(update(result, "codebook"), wanted)).toBeLessThan(1e-6);
    // A fair part of 4 latents and 3 codes is 4/3: code 0 was used 1.5 times as often.
    expect(gap(update(result, "usage"), [0.9 + 0.15, 0.9 + 0.15, 0.9])).toBeLessThan(1e-6);
  });

  test("a dead code restarts from the latent that its uniform names", () => {
    const config = QuantizerConfig.parse(plain);
    const params = vqParams(codebook, [1, 1, 0.16]);
    const result = quantize(config, params, "q", tf.tensor2d(latents), tf.tensor1d([0, 0, 0.6]));
    // floor(0.6 * 4) = latent 2; the codes that live are not touched by it.
    expect(gap(update(result, "codebook").slice(4), [1.2, -0.1])).toBeLessThan(1e-6);
    expect(update(result, "count")[2]).toBe(1);
    expect(update(result, "usage")[2]).toBe(1);
    expect(gap(update(result, "count").slice(0, 2), [1.1, 1.1])).toBeLessThan(1e-6);
  });

  test("with cosine, only directions count", () => {
    const config = QuantizerConfig.parse({ ...plain, cosine: true });
    const params = vqParams([
      [5, 0],
      [0, 0.1],
      [-1, -1],
    ]);
    const { indices, codes } = quantize(
      config,
      params,
      "q",
      tf.tensor2d([
        [0.01, 0.03],
        [100, 1],
        [-2, -3],
      ]),
    );
    expect([...indices.dataSync()]).toEqual([1, 0, 2]);
    const half = -Math.SQRT1_2;
    expect(gap(codes.dataSync(), [0, 1, 1, 0, half, half])).toBeLessThan(1e-5);
    expect(gap(lookUpCodes(config, params, "q", indices).dataSync(), codes.dataSync())).toBeLessThan(1e-5);
  });

  test("its parameters are moving averages, and the codebook starts as the average it is", () => {
    const specs = withPrefix("quantizer", quantizerParams(QuantizerConfig.parse({ kind: "vq" })));
    const params = initParams(specs, new Rng(0));
    expect(Object.keys(params).every(isMovingAverage)).toBe(true);
    expect(params["quantizer.ema.sum"]?.data).toEqual(params["quantizer.ema.codebook"]?.data);
    const values = params["quantizer.ema.codebook"];
    const norm = values && tf.mean(tf.norm(constant(values), 2, 1)).dataSync()[0];
    expect(norm).toBeCloseTo(1, 1);
  });
});
