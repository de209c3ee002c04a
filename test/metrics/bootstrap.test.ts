import { expect, it } from "vitest";
import { ConfigError, DataError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { bootstrapInterval } from "../../src/metrics/bootstrap.ts";

const normals = (rng: Rng, length: number) => Float64Array.from({ length }, () => 3 + 2 * rng.normal());

it("approaches the interval of the normal distribution", () => {
  const values = normals(new Rng("values"), 400);
  const { mean, low, high } = bootstrapInterval(values, { rng: new Rng("draws") });
  const average = values.reduce((sum, value) => sum + value / 400, 0);
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - average) ** 2 / 400, 0));
  expect(mean).toBeCloseTo(average, 10);
  expect(low).toBeCloseTo(average - (1.96 * deviation) / 20, 1);
  expect(high).toBeCloseTo(average + (1.96 * deviation) / 20, 1);
});

it("contains the true mean about as often as its level says", () => {
  const rng = new Rng("coverage");
  const runs = 200;
  let contained = 0;
  for (let run = 0; run < runs; run += 1) {
    const { low, high } = bootstrapInterval(normals(rng, 30), { rng, level: 0.8, resamples: 200 });
    if (low <= 3 && 3 <= high) contained += 1;
  }
  expect(contained / runs).toBeGreaterThan(0.7);
  expect(contained / runs).toBeLessThan(0.9);
});

it("takes the percentiles of the resampled means", () => {
  // Means of two draws from {0, 1}: 0, 1/2, 1 with probability 1/4, 1/2, 1/4.
  const options = { resamples: 4000 };
  expect(bootstrapInterval([0, 1], { rng: new Rng(1), level: 0.9, ...options })).toEqual({
    mean: 0.5,
    low: 0,
    high: 1,
  });
  expect(bootstrapInterval([0, 1], { rng: new Rng(1), level: 0.3, ...options })).toEqual({
    mean: 0.5,
    low: 0.5,
    high: 0.5,
  });
});

it("narrows to a point for equal values, and widens with the level", () => {
  expect(bootstrapInterval([4, 4, 4], { rng: new Rng(0) })).toEqual({ mean: 4, low: 4, high: 4 });
  const values = normals(new Rng("values"), 50);
  const narrow = bootstrapInterval(values, { rng: new Rng(0), level: 0.5 });
  const wide = bootstrapInterval(values, { rng: new Rng(0), level: 0.99 });
  expect(wide.low).toBeLessThan(narrow.low);
  expect(wide.high).toBeGreaterThan(narrow.high);
});

it("draws the values of a group together, so that what depends on each other does not narrow the interval", () => {
  const values = normals(new Rng("values"), 20);
  const repeated = [...values].flatMap((value) => [value, value, value, value]);
  const groups = repeated.map((_, i) => `video ${Math.floor(i / 4)}`);
  const once = bootstrapInterval(values, { rng: new Rng(2) });
  const grouped = bootstrapInterval(repeated, { rng: new Rng(2), groups });
  for (const key of ["mean", "low", "high"] as const) expect(grouped[key]).toBeCloseTo(once[key], 10);
  const blind = bootstrapInterval(repeated, { rng: new Rng(2) });
  expect(blind.high - blind.low).toBeLessThan(0.7 * (once.high - once.low));
});

it("weighs a group by its values", () => {
  // Two draws from {0} and {1, 1, 1}: means 0, 3/4, 1 with probability 1/4, 1/2, 1/4.
  const options = { rng: new Rng(1), resamples: 4000, groups: ["a", "b", "b", "b"] };
  expect(bootstrapInterval([0, 1, 1, 1], { ...options, level: 0.9 })).toEqual({ mean: 0.75, low: 0, high: 1 });
  expect(bootstrapInterval([0, 1, 1, 1], { ...options, level: 0.3 })).toEqual({ mean: 0.75, low: 0.75, high: 0.75 });
});

it("gives the same interval for the same seed, and does not reorder its values", () => {
  const values = [3, 1, 2];
  const once = bootstrapInterval(values, { rng: new Rng(7) });
  expect(bootstrapInterval(values, { rng: new Rng(7) })).toEqual(once);
  expect(values).toEqual([3, 1, 2]);
});

it("rejects no values, values that are not finite, and options out of range", () => {
  const rng = new Rng(0);
  expect(() => bootstrapInterval([], { rng })).toThrow(DataError);
  expect(() => bootstrapInterval([1, NaN], { rng })).toThrow(DataError);
  expect(() => bootstrapInterval([1, 2], { rng, groups: ["a"] })).toThrow(DataError);
  expect(() => bootstrapInterval([1], { rng, level: 95 })).toThrow(ConfigError);
  expect(() => bootstrapInterval([1], { rng, level: NaN })).toThrow(ConfigError);
  expect(() => bootstrapInterval([1], { rng, resamples: 0 })).toThrow(ConfigError);
});
