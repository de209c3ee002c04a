import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, test } from "vitest";
import { selectBackend } from "../../src/compute/backend.ts";
import { float32 } from "../../src/core/host-tensor.ts";
import { adamw, AdamWConfig, adamwInputs, initMoments } from "../../src/nn/adamw.ts";
import { constant } from "../../src/nn/temporal-context.ts";
import { gap } from "../model/tiny-genie.ts";

beforeAll(() => selectBackend({ backend: "cpu" }));

const config = AdamWConfig.parse({ beta1: 0.9, beta2: 0.99, weightDecay: 0.1, clipNorm: 5 });

function twoSteps(gradients: readonly number[]): number[] {
  const host = { w: float32(Float32Array.of(2), [1, 1]), b: float32(Float32Array.of(2), [1]) };
  const upload = (tensors: typeof host | ReturnType<typeof initMoments>) =>
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, constant(tensor)]));
  let state: Record<string, tf.Tensor> = { ...upload(host), ...upload(initMoments(host)) };
  for (const [i, gradient] of gradients.entries()) {
    const inputs = upload(adamwInputs(config, i + 1, 0.01));
    const { w, b } = state;
    if (!w || !b) throw new Error("two parameters expected");
    const found = { w: tf.fill([1, 1], gradient), b: tf.fill([1], gradient) };
    const { updates } = adamw(config, { w, b }, found, { ...state, ...inputs });
    state = updates;
  }
  return [...(state["w"]?.dataSync() ?? []), ...(state["b"]?.dataSync() ?? [])];
}

/** The textbook recursion for one number. */
function byHand(gradients: readonly number[], decay: number): number {
  let [value, mean, square] = [2, 0, 0];
  for (const [i, gradient] of gradients.entries()) {
    mean = 0.9 * mean + 0.1 * gradient;
    square = 0.99 * square + 0.01 * gradient ** 2;
    const step = mean / (1 - 0.9 ** (i + 1)) / (Math.sqrt(square / (1 - 0.99 ** (i + 1))) + config.epsilon);
    value = value * (1 - 0.01 * decay) - 0.01 * step;
  }
  return value;
}

test("follows the textbook; matrices decay, vectors do not", () => {
  const gradients = [0.5, -0.2, 0.3];
  expect(gap(twoSteps(gradients), [byHand(gradients, 0.1), byHand(gradients, 0)])).toBeLessThan(1e-6);
});

test("the norm of the whole gradient is clipped", () => {
  // Two parameters with gradients of 30: a norm of 42.4, scaled to 5, so that each is 5 / sqrt(2).
  const clipped = 5 / Math.SQRT2;
  expect(gap(twoSteps([30, 0.1]), [byHand([clipped, 0.1], 0.1), byHand([clipped, 0.1], 0)])).toBeLessThan(1e-5);
});
