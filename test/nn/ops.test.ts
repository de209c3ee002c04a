import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, test } from "vitest";
import { selectBackend } from "../../src/compute/backend.ts";
import { attend } from "../../src/nn/attention.ts";
import {
  addAt,
  crossEntropy,
  embed,
  rmsNorm,
  squaredRelu,
  stopGradient,
  straightThrough,
  sumOf,
  unitNorm,
} from "../../src/nn/ops.ts";
import { rotaryTables, rotate, rotationMatrices } from "../../src/nn/rotary.ts";
import { constant } from "../../src/nn/temporal-context.ts";
import { gap, noise } from "../model/tiny-genie.ts";

beforeAll(() => selectBackend({ backend: "cpu" }));

/** How far a gradient is from central differences of `sum(weights * fn(x))`. */
function gradientGap(fn: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): number {
  const scalarOf = (at: tf.Tensor) => {
    const y = fn(at);
    return tf.sum(tf.mul(y, constant(noise(y.shape, 9, -1, 1))));
  };
  const slopes = Array.from({ length: x.size }, (_, i) => {
    const bump = tf.reshape(tf.mul(tf.oneHot(tf.scalar(i, "int32"), x.size), 1e-2), x.shape);
    const [high = 0] = scalarOf(tf.add(x, bump)).dataSync();
    const [low = 0] = scalarOf(tf.sub(x, bump)).dataSync();
    return (high - low) / 2e-2;
  });
  return gap(tf.grad(scalarOf)(x).dataSync(), slopes);
}

test.each([1, 7, 8, 50, 400])("the sum of %i tensors is theirs", (count) => {
  const tensors = Array.from({ length: count }, (_, i) => tf.tensor1d([i, 1]));
  expect([...sumOf(tensors).dataSync()]).toEqual([(count * (count - 1)) / 2, count]);
});

describe("gradients written by hand are those of differences", () => {
  const x = () => constant(noise([3, 4], 1, -2, 2));

  test.each([rmsNorm, unitNorm])("%o", (norm) => {
    expect(gradientGap(norm, x())).toBeLessThan(1e-3);
  });

  test("squaredRelu", () => {
    expect(gradientGap(squaredRelu, x())).toBeLessThan(1e-3);
  });

  test("embed, where an id occurs twice", () => {
    expect(
      gradientGap(
        (table) =>
          embed(
            table,
            tf.tensor2d(
              [
                [0, 2],
                [2, 1],
              ],
              [2, 2],
              "int32",
            ),
          ),
        x(),
      ),
    ).toBeLessThan(1e-3);
  });

  test("addAt, for the matrix and for what is added", () => {
    const columns = tf.tensor1d([3, 0, 1], "int32");
    const values = constant(noise([3], 2, -1, 1));
    // Squared, so that both gradients depend on both.
    const squared = (y: tf.Tensor) => tf.square(y);
    expect(gradientGap((at) => squared(addAt(at as tf.Tensor2D, columns, values)), x())).toBeLessThan(1e-2);
    expect(gradientGap((at) => squared(addAt(x() as tf.Tensor2D, columns, at)), values)).toBeLessThan(1e-2);
  });

  test("crossEntropy with weights", () => {
    const targets = tf.tensor1d([3, 0, 1], "int32");
    const loss = (logits: tf.Tensor) => crossEntropy(logits as tf.Tensor2D, targets, tf.tensor1d([1, 0, 2]));
    expect(gradientGap(loss, x())).toBeLessThan(1e-3);
  });
});

test.each([rmsNorm, unitNorm])("%o of a row of zeros is zeros, and its gradient stays small", (norm) => {
  const zeros = tf.zeros([2, 4]);
  expect([...norm(zeros).dataSync()]).toEqual(new Array(8).fill(0));
  const gradient = tf
    .grad((x) => tf.sum(norm(x)))(zeros)
    .dataSync();
  expect(Math.max(...gradient)).toBeLessThan(1001);
});

test("unitNorm gives rows length one, whatever their own", () => {
  const y = unitNorm(
    tf.tensor2d([
      [3, 4],
      [-3e-4, 4e-4],
      [6e6, 8e6],
    ]),
  );
  expect(gap(y.dataSync(), [0.6, 0.8, -0.6, 0.8, 0.6, 0.8])).toBeLessThan(1e-6);
});

test("addAt changes one entry of each row", () => {
  const sum = addAt(tf.ones([2, 3]), tf.tensor1d([2, 0], "int32"), tf.tensor1d([5, 7]));
  expect([...sum.dataSync()]).toEqual([1, 1, 6, 8, 1, 1]);
});

test("crossEntropy is the weighted mean of -log softmax at the target", () => {
  const logits = tf.tensor2d([
    [Math.log(3), 0],
    [0, 0],
    [5, -5],
  ]);
  const loss = crossEntropy(logits, tf.tensor1d([0, 1, 1], "int32"), tf.tensor1d([1, 3, 0]));
  expect(loss.dataSync()[0]).toBeCloseTo((Math.log(4 / 3) + 3 * Math.LN2) / 4, 5);
  const nothing = crossEntropy(logits, tf.tensor1d([0, 1, 1], "int32"), tf.tensor1d([0, 0, 0]));
  expect(nothing.dataSync()[0]).toBe(0);
});

test("stopGradient stops; straightThrough shows one value and has the gradient of the other", () => {
  const x = tf.tensor1d([1, 2]);
  expect([
    ...tf
      .grad((v: tf.Tensor) => tf.sum(tf.mul(v, stopGradient(v))))(x)
      .dataSync(),
  ]).toEqual([1, 2]);
  const rounded = (v: tf.Tensor) => straightThrough(tf.mul(v, 3), tf.mul(v, 100));
  expect([...rounded(x).dataSync()]).toEqual([100, 200]);
  expect([
    ...tf
      .grad((v: tf.Tensor) => tf.sum(rounded(v)))(x)
      .dataSync(),
  ]).toEqual([3, 3]);
});

test("attention over two segments is attention over both joined, and a masked key has weight zero", () => {
  const [q, k, v] = [1, 2, 3].map((seed) => constant(noise([1, 2, 5, 4], seed, -1, 1)));
  if (!q || !k || !v) throw new Error("three tensors expected");
  const [k1, k2] = tf.split(k, [2, 3], 2);
  const [v1, v2] = tf.split(v, [2, 3], 2);
  if (!k1 || !k2 || !v1 || !v2) throw new Error("two segments expected");
  const parted = attend([
    { queries: q, keys: k1, values: v1 },
    { queries: q, keys: k2, values: v2 },
  ]);
  expect(gap(parted.dataSync(), attend([{ queries: q, keys: k, values: v }]).dataSync())).toBeLessThan(1e-6);
  const bias = tf.tensor([0, 0, -1e9, -1e9, -1e9], [1, 1, 1, 5]);
  const masked = attend([{ queries: q, keys: k, values: v }], bias);
  expect(gap(masked.dataSync(), attend([{ queries: q, keys: k1, values: v1 }]).dataSync())).toBe(0);
});

test("rotary scores depend on the distance of two positions only, a million frames out as well", () => {
  const [q, k] = [1, 2].map((seed) => constant(noise([1, 1, 1, 1, 8], seed, -1, 1)));
  if (!q || !k) throw new Error("two tensors expected");
  const score = (at: number, distance: number) => {
    const turn = (x: tf.Tensor, position: number) => {
      const { cos, sin } = rotaryTables([position], 8);
      return rotate(x, rotationMatrices({ cos: constant(cos), sin: constant(sin) }));
    };
    return tf.sum(tf.mul(turn(q, at), turn(k, at - distance))).dataSync()[0] ?? Number.NaN;
  };
  expect(score(1_000_003, 3)).toBeCloseTo(score(3, 3), 5);
  expect(Math.abs(score(3, 3) - score(3, 1))).toBeGreaterThan(0.01);
});
