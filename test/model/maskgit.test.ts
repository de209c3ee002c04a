import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, test } from "vitest";
import { selectBackend } from "../../src/compute/backend.ts";
import { drawTokens, MaskGITConfig, maskSchedule, sampleMaskGIT, uniformsPerFrame } from "../../src/model/maskgit.ts";
import { constant } from "../../src/nn/temporal-context.ts";
import { gap, noise } from "./tiny-genie.ts";

beforeAll(() => selectBackend({ backend: "cpu" }));

describe("the cosine schedule", () => {
  test("has the values of MaskGIT", () => {
    // floor(256 cos(s/8 * pi/2)).
    expect(maskSchedule(8, 256)).toEqual([251, 236, 212, 181, 142, 97, 49, 0]);
    expect(maskSchedule(1, 4)).toEqual([0]);
    expect(maskSchedule(2, 4)).toEqual([2, 0]);
  });

  test("reveals a token in every step while there are any, however many steps", () => {
    for (const [steps, tokens] of [
      [25, 60],
      [8, 4],
      [3, 1],
    ] as const) {
      const masked = [tokens, ...maskSchedule(steps, tokens)];
      expect(masked).toHaveLength(steps + 1);
      expect(masked.at(-1)).toBe(0);
      for (const [i, left] of masked.slice(1).entries()) expect(left).toBeLessThan(Math.max(masked[i] ?? 0, 1));
    }
  });
});

describe("drawing", () => {
  const logits = tf.tensor2d([[Math.log(0.1), Math.log(0.2), Math.log(0.7)]]);
  const tokenAt = (uniform: number, temperature = 1) =>
    drawTokens(logits, tf.tensor1d([uniform]), temperature).tokens.dataSync()[0];

  test("inverts the cumulated distribution", () => {
    expect([0, 0.09, 0.11, 0.29, 0.31, 1 - 2 ** -24].map((u) => tokenAt(u))).toEqual([0, 0, 1, 1, 2, 2]);
  });

  test("gives frequencies that are the probabilities", () => {
    const uniforms = tf.range(0, 1, 0.01);
    const { tokens } = drawTokens(tf.tile(logits, [100, 1]), uniforms, 1);
    const counts = [0, 1, 2].map((token) => tokens.dataSync().filter((drawn: number) => drawn === token).length);
    expect(gap(counts, [10, 20, 70])).toBeLessThanOrEqual(1);
  });

  test("never leaves the vocabulary, even where rounding keeps the sum below one", () => {
    const many = tf.zeros([1, 1000]);
    expect(drawTokens(many, tf.tensor1d([1 - 2 ** -24]), 1).tokens.dataSync()[0]).toBeLessThan(1000);
  });

  test("at temperature 0 takes the likeliest token, and reports its probability", () => {
    const { tokens, probability } = drawTokens(logits, tf.tensor1d([0]), 0);
    expect(tokens.dataSync()[0]).toBe(2);
    expect(probability.dataSync()[0]).toBeCloseTo(0.7, 6);
  });

  test("entropy is that of the distribution, and rises with temperature", () => {
    const entropies = [0.25, 0.5, 1, 2, 4].map(
      (t) => drawTokens(logits, tf.tensor1d([0]), t).entropy.dataSync()[0] ?? 0,
    );
    expect(entropies[2]).toBeCloseTo(-(0.1 * Math.log(0.1) + 0.2 * Math.log(0.2) + 0.7 * Math.log(0.7)), 5);
    expect(entropies).toEqual(entropies.toSorted((a, b) => a - b));
    expect(entropies.at(-1)).toBeLessThan(Math.log(3));
    expect(new Set(entropies).size).toBe(5);
  });
});

describe("sampling a frame", () => {
  const [K, N] = [5, 6];
  const MASK = K;

  /** Samples with fixed logits, and records the tokens that the model was shown in each pass. */
  function sample(options: Partial<MaskGITConfig>, uniforms: tf.Tensor3D) {
    const config = MaskGITConfig.parse({ steps: 3, ...options });
    const seen: number[][] = [];
    const [rows] = uniforms.shape;
    const logits = tf.tile(constant(noise([1, N, K], 4, -2, 2)), [rows, 1, 1]);
    const frame = sampleMaskGIT(config, MASK, uniforms, (tokens, take) => {
      seen.push([...tokens.dataSync()]);
      return take(logits);
    });
    return { seen, frame, tokens: [...frame.tokens_BN.dataSync()], logits };
  }
  const uniformsOf = (steps: number, rows = 1, seed = 1) => constant(noise([rows, steps + 1, N], seed)) as tf.Tensor3D;

  test("makes S passes: the first sees masks only, each later one what the last revealed and kept", () => {
    const { seen, tokens } = sample({ steps: 4 }, uniformsOf(4));
    expect(seen).toHaveLength(4);
    expect(seen[0]).toEqual(new Array<number>(N).fill(MASK));
    const shown = [...seen.slice(1), tokens];
    const masked = shown.map((frame) => frame.filter((token) => token === MASK).length);
    expect(masked).toEqual(maskSchedule(4, N));
    for (const [i, frame] of shown.entries()) {
      const kept = (shown[i + 1] ?? tokens).filter((token, n) => frame[n] !== MASK && frame[n] !== token);
      expect(kept).toEqual([]);
    }
    expect(tokens.every((token) => token >= 0 && token < K)).toBe(true);
  });

  test("by confidence, the first pass reveals the tokens whose drawn values are likeliest", () => {
    const uniforms = uniformsOf(3);
    const { seen, logits } = sample({ unmask: "confidence" }, uniforms);
    const first = drawTokens(tf.reshape(logits, [N, K]), tf.slice(uniforms, [0, 0, 0], [1, 1, N]).reshape([N]), 1);
    const probability = [...first.probability.dataSync()];
    const revealed = (seen[1] ?? []).flatMap((token, n) => (token === MASK ? [] : [n]));
    const hidden = (seen[1] ?? []).flatMap((token, n) => (token === MASK ? [n] : []));
    expect(revealed).toHaveLength(N - (maskSchedule(3, N)[0] ?? 0));
    const least = Math.min(...revealed.map((n) => probability[n] ?? 0));
    expect(hidden.every((n) => (probability[n] ?? 1) <= least)).toBe(true);
  });

  test("at random, the order comes from the last row of uniforms and not from the model", () => {
    const uniforms = uniformsOf(3);
    const { seen } = sample({ unmask: "random" }, uniforms);
    const order = [...tf.slice(uniforms, [0, 3, 0], [1, 1, N]).dataSync()];
    const revealed = (seen[1] ?? []).flatMap((token, n) => (token === MASK ? [] : [n]));
    const best = order.map((u, n) => ({ u, n })).toSorted((a, b) => b.u - a.u);
    expect(revealed).toEqual(
      best
        .slice(0, revealed.length)
        .map(({ n }) => n)
        .toSorted(),
    );
  });

  test("tokens of equal confidence are revealed from the left", () => {
    const seen: number[][] = [];
    const config = MaskGITConfig.parse({ steps: 2, temperature: 0 });
    sampleMaskGIT(config, MASK, uniformsOf(2), (tokens, take) => {
      seen.push([...tokens.dataSync()]);
      return take(tf.zeros([1, N, K]));
    });
    expect(seen[1]).toEqual([0, 0, MASK, MASK, MASK, MASK]);
  });

  test("a batch gives each row what it would get alone", () => {
    const uniforms = uniformsOf(3, 3);
    const together = sample({}, uniforms);
    for (const row of [0, 1, 2]) {
      const alone = sample({}, tf.slice(uniforms, [row, 0, 0], [1, 4, N]) as tf.Tensor3D);
      expect(alone.tokens).toEqual(together.tokens.slice(row * N, (row + 1) * N));
      expect(alone.frame.entropy_B.dataSync()[0]).toBe(together.frame.entropy_B.dataSync()[row]);
    }
  });

  test("confidence and entropy are means over what was drawn", () => {
    const { frame, logits, tokens } = sample({ steps: 1 }, uniformsOf(1));
    const probabilities = tf.softmax(logits).dataSync();
    const chosen = tokens.map((token, n) => probabilities[n * K + token] ?? 0);
    expect(frame.confidence_B.dataSync()[0]).toBeCloseTo(chosen.reduce((sum, p) => sum + p) / N, 6);
    const nats = Array.from(probabilities, (p: number) => -p * Math.log(p)).reduce((sum, x) => sum + x) / N;
    expect(frame.entropy_B.dataSync()[0]).toBeCloseTo(nats, 5);
  });

  test("needs one uniform per token and pass, and one per token for the random order", () => {
    expect(uniformsPerFrame(MaskGITConfig.parse({ steps: 25 }), 60)).toBe(26 * 60);
  });
});
