import { describe, expect, it } from "vitest";
import { ConfigError, DataError, ShapeError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { normalisedMutualInformation, perplexity, shuffledNmi } from "../../src/metrics/information.ts";
import fixture from "../fixtures/metrics.json" with { type: "json" };

describe("perplexity", () => {
  it("is the number of codes in even use", () => {
    expect(perplexity([5, 5, 5, 5, 0, 0])).toBeCloseTo(4, 12);
    expect(perplexity(Int32Array.of(0, 9))).toBe(1);
  });

  it("is exp of the entropy", () => {
    expect(perplexity([1, 3])).toBeCloseTo(4 / 3 ** 0.75, 12);
  });

  it.each([[[]], [[0, 0]], [[1, -1]], [[1, NaN]], [[Infinity, 1]]])("rejects %j", (counts) => {
    expect(() => perplexity(counts)).toThrow(DataError);
  });
});

describe("normalisedMutualInformation", () => {
  it.each(fixture.labels)("is scikit-learn's $nmi", ({ a, b, nmi }) => {
    expect(normalisedMutualInformation(a, b)).toBeCloseTo(nmi, 9);
    expect(normalisedMutualInformation(b, a)).toBeCloseTo(nmi, 9);
  });

  it("is 1 for renamed labels and 0 for independent ones", () => {
    expect(normalisedMutualInformation([0, 0, 1, 1, 2, 2], [9, 9, 4, 4, 0, 0])).toBeCloseTo(1, 12);
    expect(normalisedMutualInformation(Int32Array.of(0, 0, 1, 1), Int32Array.of(0, 1, 0, 1))).toBeCloseTo(0, 12);
  });

  it("rejects labellings of other lengths, and of nothing", () => {
    expect(() => normalisedMutualInformation([1], [1, 2])).toThrow(ShapeError);
    expect(() => normalisedMutualInformation([], [])).toThrow(DataError);
  });
});

describe("shuffledNmi", () => {
  const rng = new Rng("labels");
  const labels = (length: number) => Array.from({ length }, () => rng.integer(8));

  it("is the level of unrelated labels, above zero when items are few", () => {
    const a = labels(40);
    const unrelated = Array.from({ length: 100 }, () => normalisedMutualInformation(a, labels(40)));
    const level = shuffledNmi(a, labels(40), rng);
    expect(level).toBeGreaterThan(0.2);
    expect(level).toBeCloseTo(
      unrelated.reduce((sum, value) => sum + value / 100, 0),
      1,
    );
  });

  it("vanishes when items are many, however well the labels agree", () => {
    const a = labels(4000);
    expect(normalisedMutualInformation(a, a)).toBeCloseTo(1, 12);
    expect(shuffledNmi(a, a, rng, { shuffles: 10 })).toBeLessThan(0.02);
  });

  it("keeps the labels, depends on the seed only", () => {
    const [a, b] = [labels(30), labels(30)] as const;
    const copy = [...b];
    expect(shuffledNmi(a, b, new Rng(3))).toBe(shuffledNmi(a, b, new Rng(3)));
    expect(b).toEqual(copy);
    // Every order of one item and of equal items is the same one.
    expect(shuffledNmi([1, 1, 2], [5, 5, 5], rng)).toBeCloseTo(0, 12);
    expect(shuffledNmi([1], [2], rng)).toBe(1);
  });

  it("rejects bad input", () => {
    expect(() => shuffledNmi([1], [1, 2], rng)).toThrow(ShapeError);
    expect(() => shuffledNmi([], [], rng)).toThrow(DataError);
    expect(() => shuffledNmi([1], [1], rng, { shuffles: 0 })).toThrow(ConfigError);
  });
});
