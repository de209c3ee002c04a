import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, test } from "vitest";
import { Rng } from "../../src/core/rng.ts";
import { displaced, matchMotion, movePatches, numDisplacements, type Reach } from "../../src/model/motion.ts";
import { cutPatches, shrink, toImages } from "../../src/nn/patches.ts";

const grid = { height: 12, width: 16, patchSize: 4 };
const reach: Reach = [2, 3];
const noise = Float32Array.from(new Rng(0).uniforms(12 * 16 * 3), (u) => 2 * u - 1);

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** An image whose pixel (y, x) is pixel (y + down, x + right) of the noise; mirrored at the border. */
function moved(down: number, right: number): Float32Array {
  const inside = (at: number, size: number) => (at < 0 ? -at - 1 : at >= size ? 2 * size - 1 - at : at);
  return noise.map((_, i) => {
    const [y, x, c] = [Math.floor(i / 48), Math.floor(i / 3) % 16, i % 3];
    return noise[inside(y + down, 12) * 48 + inside(x + right, 16) * 3 + c] ?? 0;
  });
}

function patchesOf(...frames: readonly Float32Array[]): tf.Tensor4D {
  const data = Float32Array.from(frames.flatMap((frame) => [...frame]));
  return cutPatches(grid, tf.tensor(data, [1, frames.length, 12, 16, 3]));
}

/** The number of a displacement, as `displaced` counts them: row by row. */
function numberOf(down: number, right: number): number {
  return (down + 2) * 7 + right + 3;
}

test("displaced patches are those of the moved image, for every displacement within reach", () => {
  const all = displaced(grid, patchesOf(noise), reach);
  expect(all.shape[3]).toBe(numDisplacements(reach));
  for (const [down, right] of [
    [0, 0],
    [-2, 3],
    [1, -3],
    [2, 0],
  ] as const) {
    const one = tf.slice(all, [0, 0, 0, numberOf(down, right), 0], [1, 1, 12, 1, 48]);
    const image = toImages(grid, tf.reshape(one, [1, 1, 12, 48]));
    expect([...image.dataSync()]).toEqual([...moved(down, right)]);
  }
});

test("the match of a patch is where it came from; the first frame came from anywhere", () => {
  const match = matchMotion(grid, patchesOf(noise, moved(1, -2), moved(1, -2)), reach);
  const sure = tf.max(match, -1).dataSync();
  const where = tf.argMax(match, -1).dataSync();
  expect([...sure.subarray(0, 12)]).toEqual(Array.from({ length: 12 }, () => Math.fround(1 / 35)));
  expect([...where.subarray(12, 24)]).toEqual(Array.from({ length: 12 }, () => numberOf(1, -2)));
  expect([...where.subarray(24)]).toEqual(Array.from({ length: 12 }, () => numberOf(0, 0)));
  expect(Math.min(...sure.subarray(12))).toBeGreaterThan(0.99);
});

test("patches move where the scores say, each on its own", () => {
  const scores = new Float32Array(12 * 35);
  for (let patch = 0; patch < 12; patch++) scores[patch * 35 + numberOf(patch % 2 === 0 ? -1 : 2, 1)] = 50;
  const result = movePatches(grid, patchesOf(noise), tf.tensor4d(scores, [1, 1, 12, 35]), reach);
  const [up, down] = [patchesOf(moved(-1, 1)).dataSync(), patchesOf(moved(2, 1)).dataSync()];
  for (const [i, value] of result.dataSync().entries()) {
    const wanted = (Math.floor(i / 48) % 2 === 0 ? up : down)[i] ?? 0;
    expect(value).toBeCloseTo(wanted, 4);
  }
});

test("a shrunk frame holds the means of squares", () => {
  const frame = tf.tensor(
    Array.from({ length: 2 * 4 * 3 }, (_, i) => i),
    [1, 1, 2, 4, 3],
  );
  // Red of the first square: pixels 0, 1, 4, 5, whose red is three times their number.
  expect([...shrink(frame, 2).dataSync()]).toEqual([7.5, 8.5, 9.5, 13.5, 14.5, 15.5]);
  expect(shrink(frame, 1)).toBe(frame);
});
