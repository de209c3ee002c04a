import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, test } from "vitest";
import { selectBackend } from "../../src/compute/backend.ts";
import { linear, linearOfScaled } from "../../src/nn/linear.ts";
import { cutClips, cutPatches, toImages } from "../../src/nn/patches.ts";
import { constant } from "../../src/nn/temporal-context.ts";
import { gap, noise } from "../model/tiny-genie.ts";

beforeAll(() => selectBackend({ backend: "cpu" }));

test.each([
  [1, 1],
  [1, 3],
  [3, 1],
  [2, 3],
])("patches of clips of %i frames and %i channels hold their place in all frames", (frames, channels) => {
  const [clips, height, width, patchSize] = [2, 4, 6, 2];
  const grid = { frames, height, width, channels, patchSize };
  const numbers = tf.reshape(tf.range(0, clips * frames * height * width * channels), [clips, -1]);
  const patches = cutClips(grid, numbers);
  expect(patches.shape).toEqual([clips, 6, frames * patchSize * patchSize * channels]);
  const expected: number[] = [];
  for (let clip = 0; clip < clips; clip++)
    for (let row = 0; row < height; row += patchSize)
      for (let column = 0; column < width; column += patchSize)
        for (let frame = 0; frame < frames; frame++)
          for (let y = row; y < row + patchSize; y++)
            for (let x = column; x < column + patchSize; x++)
              for (let channel = 0; channel < channels; channel++)
                expected.push((((clip * frames + frame) * height + y) * width + x) * channels + channel);
  expect([...patches.dataSync()]).toEqual(expected);
});

test("images that were cut are put together again", () => {
  const grid = { height: 4, width: 6, patchSize: 2 };
  const images = constant(noise([2, 3, 4, 6, 3], 1, 0, 255));
  expect([...toImages(grid, cutPatches(grid, images)).dataSync()]).toEqual([...images.dataSync()]);
});

test("a layer that scales by itself is the layer of what was scaled, with the same gradients", () => {
  const [scale, shift] = [1 / 127.5, -1];
  const x = constant(noise([50, 12], 1, 0, 255));
  const target = constant(noise([50, 4], 2, -1, 1));
  const start = [constant(noise([12, 4], 3, -1, 1)), constant(noise([4], 4, -1, 1))];
  const run = (layer: (params: Record<string, tf.Tensor>) => tf.Tensor) =>
    tf.valueAndGrads((...args: tf.Tensor[]) => {
      const [weight, bias] = args;
      if (!weight || !bias) throw new TypeError("two parameters expected");
      return tf.mean(tf.squaredDifference(layer({ "a.weight": weight, "a.bias": bias }), target)).asScalar();
    })(start);
  const scaled = tf.add(tf.mul(x, scale), shift);
  const plain = run((params) => linear(params, "a", scaled));
  const quick = run((params) => linearOfScaled(params, "a", x, { scale, shift }));
  expect(gap(quick.value.dataSync(), plain.value.dataSync())).toBeLessThan(1e-5);
  for (const [i, gradient] of quick.grads.entries()) {
    expect(gap(gradient.dataSync(), plain.grads[i]?.dataSync() ?? [])).toBeLessThan(1e-5);
  }
});
