import { describe, expect, test } from "vitest";

import { ConfigError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { Box, Discrete, MultiBinary, MultiDiscrete, Text, TupleSpace } from "../../src/env/index.ts";
import type { Space } from "../../src/env/index.ts";
import { callUntyped } from "./spaces-cases.ts";

/** The 95th percentile of the chi-squared distribution with this many degrees of freedom. */
const CHI_SQUARED: Readonly<Record<number, number>> = { 1: 3.841, 2: 5.991, 3: 7.815, 4: 9.488, 9: 16.919 };
/** The 95th percentile of sqrt(n) times the Kolmogorov-Smirnov distance. */
const KOLMOGOROV = 1.358;
const SAMPLES = 1000;

function many<T>(space: Space<T>, options = {}): T[] {
  space.seed(0);
  return Array.from({ length: SAMPLES }, () => space.sample(options));
}

/** Whether the counts of indices are as probable as their weights say. */
function expectCounts(indices: readonly number[], weights: readonly number[]): void {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let statistic = 0;
  for (const [i, weight] of weights.entries()) {
    const expected = (indices.length * weight) / total;
    const observed = indices.filter((index) => index === i).length;
    if (weight === 0) expect(observed).toBe(0);
    else statistic += (observed - expected) ** 2 / expected;
  }
  expect(statistic).toBeLessThan(CHI_SQUARED[weights.filter((weight) => weight > 0).length - 1] ?? 0);
}

/** Whether numbers follow a distribution. */
function expectDistribution(numbers: readonly number[], cumulative: (x: number) => number): void {
  const sorted = numbers.toSorted((a, b) => a - b);
  const distances = sorted.map((x, i) => {
    const part = cumulative(x);
    return Math.max(part - i / sorted.length, (i + 1) / sorted.length - part);
  });
  expect(Math.max(...distances) * Math.sqrt(sorted.length)).toBeLessThan(KOLMOGOROV);
}

/** The cumulative normal distribution (Abramowitz and Stegun 7.1.26; exact to 1.5e-7). */
function normalCdf(x: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(x)) / Math.SQRT2);
  const tail =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) *
    Math.exp((-x * x) / 2);
  return x > 0 ? 1 - tail / 2 : tail / 2;
}

describe("SP-07 1,000 samples follow their distribution:", () => {
  test.each([
    ["no mask", {}, [1, 1, 1, 1, 1]],
    ["a mask", { mask: [0, 1, 1, 0, 1] }, [0, 1, 1, 0, 1]],
    ["an int8 mask", { mask: Int8Array.of(1, 0, 0, 0, 1) }, [1, 0, 0, 0, 1]],
    ["probabilities", { probability: [0.1, 0.2, 0, 0.3, 0.4] }, [0.1, 0.2, 0, 0.3, 0.4]],
  ])("Discrete with %s", (_, options, weights) => {
    const samples = many(new Discrete(5, { start: 10 }), options);
    expectCounts(
      samples.map((sample) => sample - 10),
      weights,
    );
  });

  test("MultiDiscrete, every element", () => {
    const samples = many(new MultiDiscrete([2, 3, 10], { start: [0, -1, 5] }));
    for (const [element, n, start] of [
      [0, 2, 0],
      [1, 3, -1],
      [2, 10, 5],
    ] as const) {
      expectCounts(
        samples.map((sample) => Number(sample[element]) - start),
        Array.from({ length: n }, () => 1),
      );
    }
  });

  test("MultiBinary, with and without a mask", () => {
    const free = many(new MultiBinary(2));
    for (const i of [0, 1])
      expectCounts(
        free.map((bits) => Number(bits[i])),
        [1, 1],
      );
    const masked = many(new MultiBinary(3), { mask: [0, 1, 2] });
    expect(masked.every((bits) => bits[0] === 0 && bits[1] === 1)).toBe(true);
    expectCounts(
      masked.map((bits) => Number(bits[2])),
      [1, 1],
    );
  });

  test("Text, its lengths and its characters", () => {
    const samples = many(new Text(3, { charset: "abc" }));
    expectCounts(
      samples.map((text) => text.length - 1),
      [1, 1, 1],
    );
    expectCounts(
      Array.from(samples.join("").slice(0, SAMPLES), (character) => "abc".indexOf(character)),
      [1, 1, 1],
    );
  });

  test.each([
    ["between two bounds", -3, 5, (x: number) => (x + 3) / 8],
    ["above one", 2, Infinity, (x: number) => 1 - Math.exp(2 - x)],
    ["below one", -Infinity, -1, (x: number) => Math.exp(x + 1)],
    ["without bounds", -Infinity, Infinity, normalCdf],
  ] as const)("Box %s", (_, low, high, cumulative) => {
    const samples = many(new Box({ low, high, dtype: "float64" }));
    expectDistribution(samples.map(Number), cumulative);
  });

  test("Box of integers", () => {
    expectCounts(
      many(new Box({ low: -1, high: 1, dtype: "int8" })).map((sample) => Number(sample) + 1),
      [1, 1, 1],
    );
  });
});

describe("SP-14 Discrete", () => {
  const discrete = () => new Discrete(4, { start: 2 });

  test("draws only what the mask allows, and start when it allows nothing", () => {
    const space = discrete();
    for (let i = 0; i < 50; i++) {
      expect([2, 4]).toContain(space.sample({ mask: [1, 0, 1, 0] }));
      expect(space.sample({ mask: Int8Array.of(0, 0, 0, 1) })).toBe(5);
      expect(space.sample({ mask: [0, 0, 0, 0] })).toBe(2);
      expect(space.sample({ probability: [0, 1, 0, 0] })).toBe(3);
    }
  });

  test("takes probabilities that float32 has rounded", () => {
    const third = 1 / 3;
    expect(() => new Discrete(3).sample({ probability: Float32Array.of(third, third, third) })).not.toThrow();
  });

  test.each([
    ["both", { mask: [1, 1, 1, 1], probability: [1, 0, 0, 0] }, "got both"],
    ["a short mask", { mask: [1, 1] }, "must be 4 numbers"],
    ["a mask of text", { mask: "1111" }, "must be 4 numbers"],
    ["a mask of truths", { mask: [true, true, true, true] }, "must be 4 numbers"],
    ["a mask with 2", { mask: [0, 1, 2, 0] }, "in [0, 1], got 2"],
    ["a mask with a half", { mask: [0, 1, 0.5, 0] }, "in [0, 1], got 0.5"],
    ["a number for probabilities", { probability: 1 }, "must be 4 numbers"],
    ["probabilities of text", { probability: ["1", 0, 0, 0] }, "must be 4 numbers"],
    ["a negative probability", { probability: [-0.5, 0.5, 0.5, 0.5] }, "in [0, 1], got -0.5"],
    ["NaN", { probability: [Number.NaN, 0.5, 0.5, 0] }, "in [0, 1], got NaN"],
    ["probabilities of another sum", { probability: [0.5, 0.2, 0.2, 0] }, "the sum 1"],
  ])("refuses %s, and draws on as if nothing was", (_, options, message) => {
    const [space, other] = [discrete(), discrete()];
    expect(() => callUntyped(space, "sample", options)).toThrow(message);
    expect(() => callUntyped(space, "sample", options)).toThrow(ConfigError);
    expect(space.sample()).toBe(other.sample());
  });
});

test.each([
  [3, 2 ** 31 - 3],
  [3, -(2 ** 31)],
  [6, 250],
  [1, 0],
])("SP-15 Discrete of %d from %d holds its choices only", (n, start) => {
  const space = new Discrete(n, { start });
  for (const offset of [-1, 0, n - 1, n]) expect(space.contains(start + offset)).toBe(offset >= 0 && offset < n);
  for (const value of [start + 0.5, String(start), [start], Number.NaN, 2 ** 53, -(2 ** 53), Infinity, BigInt(start)]) {
    expect(space.contains(value)).toBe(false);
  }
});

test.each([
  [0, 0],
  [-1, 0],
  [1.5, 0],
  [2 ** 31, 0],
  [2, 2 ** 31 - 1],
  [2, -(2 ** 31) - 1],
  [2, 0.5],
  [2, Number.NaN],
])("SP-15 Discrete of %d from %d is refused", (n, start) => {
  expect(() => new Discrete(n, { start })).toThrow(ConfigError);
  expect(() => new MultiDiscrete([2, n], { start: [0, start] })).toThrow(ConfigError);
});

describe("SP-16 MultiDiscrete", () => {
  test("draws as a tuple of Discrete spaces that share its stream", () => {
    const [nvec, start] = [
      [3, 1, 7],
      [0, 5, -2],
    ];
    const multi = new MultiDiscrete(nvec, { start, rng: new Rng(3) });
    const rng = new Rng(3);
    const tuple = new TupleSpace(nvec.map((n, i) => new Discrete(n, { start: Number(start[i]), rng })));
    for (let i = 0; i < 20; i++) expect([...multi.sample()]).toEqual(tuple.sample());
  });

  test("holds what its elements hold", () => {
    const space = new MultiDiscrete([3, 2], { start: [-1, 10] });
    expect(space.contains(Int32Array.of(-1, 11))).toBe(true);
    expect(space.contains(Int32Array.of(2, 11))).toBe(false);
    expect(space.contains(Int32Array.of(-2, 11))).toBe(false);
    expect(space.contains(Int32Array.of(0, 12))).toBe(false);
    expect(space.contains(Int32Array.of(0))).toBe(false);
    expect(space.contains(Float32Array.of(0, 10))).toBe(false);
    expect(space.contains([0, 10])).toBe(false);
  });

  test("does not overflow at the ends of int32", () => {
    const space = new MultiDiscrete([2, 2], { start: [2 ** 31 - 2, -(2 ** 31)] });
    expect(space.contains(Int32Array.of(2 ** 31 - 1, -(2 ** 31)))).toBe(true);
    expect(space.contains(Int32Array.of(-(2 ** 31), 2 ** 31 - 1))).toBe(false);
    for (let i = 0; i < 20; i++) expect(space.contains(space.sample())).toBe(true);
  });

  test("an element of one choice is always that choice", () => {
    const samples = many(new MultiDiscrete([1, 1], { start: [0, 4] }));
    expect(new Set(samples.map(String))).toEqual(new Set(["0,4"]));
  });

  test("keeps to its masks over 1,000 samples", () => {
    const space = new MultiDiscrete([3, 2, 4], { start: [0, 0, 6] });
    const samples = many(space, { mask: [[0, 1, 1], null, Int8Array.of(0, 0, 0, 0)] });
    expect(new Set(samples.map(([first]) => first))).toEqual(new Set([1, 2]));
    expect(new Set(samples.map(([, second]) => second))).toEqual(new Set([0, 1]));
    expect(new Set(samples.map(([, , third]) => third))).toEqual(new Set([6]));
  });

  test("follows its probabilities within 0.05 over 10,000 samples", () => {
    const space = new MultiDiscrete([2, 3]);
    const probability = [
      [0.9, 0.1],
      [0.2, 0.3, 0.5],
    ];
    const draw = space.sampler({ probability });
    const samples = Array.from({ length: 10_000 }, draw);
    for (const [element, weights] of probability.entries()) {
      for (const [choice, weight] of weights.entries()) {
        const part = samples.filter((sample) => sample[element] === choice).length / samples.length;
        expect(Math.abs(part - weight)).toBeLessThan(0.05);
      }
    }
  });

  test("refuses masks of another length, and sizes that do not fit", () => {
    const space = new MultiDiscrete([2, 3]);
    for (const mask of [
      [1, 1],
      [[1, 1]],
      [
        [1, 1],
        [1, 1],
      ],
      "ab",
    ]) {
      expect(() => callUntyped(space, "sample", { mask })).toThrow(ConfigError);
    }
    expect(() => space.sample({ mask: [null, null], probability: [null, null] })).toThrow("got both");
    expect(() => new MultiDiscrete([2, 3], { start: [0] })).toThrow("start must have 2 entries");
    expect(() => new MultiDiscrete([2, 3], { shape: [3] })).toThrow("nvec must have 3 entries");
  });
});

describe("SP-17 MultiBinary", () => {
  test("follows the probability of each bit", () => {
    const samples = many(new MultiBinary(3), { probability: [0, 1, 0.3] });
    expect(samples.every((bits) => bits[0] === 0 && bits[1] === 1)).toBe(true);
    expectCounts(
      samples.map((bits) => Number(bits[2])),
      [0.7, 0.3],
    );
  });

  test("refuses other masks", () => {
    const space = new MultiBinary(2);
    expect(() => space.sample({ mask: [0, 3] })).toThrow("in [0, 2], got 3");
    expect(() => space.sample({ mask: [0] })).toThrow("must be 2 numbers");
    expect(() => space.sample({ probability: [0, 2] })).toThrow("in [0, 1], got 2");
    expect(() => space.sample({ mask: [0, 1], probability: [0, 1] })).toThrow("got both");
  });

  test("holds zeros and ones of int8", () => {
    const space = new MultiBinary([1, 2]);
    expect(space.contains(Int8Array.of(0, 1))).toBe(true);
    expect(space.contains(Int8Array.of(0, 2))).toBe(false);
    expect(space.contains(Int8Array.of(-1, 0))).toBe(false);
    expect(space.contains(Uint8Array.of(0, 1))).toBe(false);
    expect(space.contains(Int8Array.of(0))).toBe(false);
    for (const n of [0, -1, 1.5, [2, 0], []]) expect(() => new MultiBinary(n)).toThrow(ConfigError);
  });
});
