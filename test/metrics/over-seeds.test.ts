import { expect, test } from "vitest";
import { DataError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { meanOverSeeds, shareOverSeeds, studentQuantile } from "../../src/metrics/over-seeds.ts";

const repeated = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

test.each([
  [1, 12.7062],
  [2, 4.30265],
  [10, 2.22814],
  [11, 2.20099],
  [30, 2.04227],
  [1e6, 1.95997],
])("Student's quantile of %i degrees of freedom", (freedom, quantile) => {
  expect(studentQuantile(freedom)).toBeCloseTo(quantile, 3);
});

test("a share of one seed has Wilson's interval: none of 100 may be 3.7 %", () => {
  const none = shareOverSeeds([repeated(100, 0 as const)]);
  expect(none).toMatchObject({ mean: 0, low: 0 });
  expect(none.high).toBeCloseTo(0.03699, 5);
  const all = shareOverSeeds([repeated(100, 1 as const)]);
  expect(all).toMatchObject({ mean: 1, high: 1 });
  expect(all.low).toBeCloseTo(0.96301, 5);
});

test("seeds that agree by luck leave open what their trials leave open", () => {
  const { low, high } = shareOverSeeds(repeated(3, [...repeated(50, 1 as const), ...repeated(50, 0 as const)]));
  expect(low).toBeCloseTo(0.5 - 0.0562, 3);
  expect(high).toBeCloseTo(0.5 + 0.0562, 3);
});

test("three seeds have Student's interval of their means, within [0, 1] for a share", () => {
  const means = meanOverSeeds(
    [
      [1, 3],
      [2, 4],
      [4, 4],
    ],
    { rng: new Rng(0) },
  );
  // Means 2, 3, 4: 3 ± 4.30265 / sqrt(3).
  expect(means.mean).toBe(3);
  expect(means.low).toBeCloseTo(3 - 2.48414, 4);
  expect(means.high).toBeCloseTo(3 + 2.48414, 4);
  expect(shareOverSeeds([[0], [1], [1]])).toMatchObject({ low: 0, high: 1 });
});

test("a mean of one seed has the bootstrap interval of its values", () => {
  const { mean, low, high } = meanOverSeeds([[0, 10, 0, 10, 0, 10]], { rng: new Rng(0) });
  expect(mean).toBe(5);
  expect(low).toBeLessThan(2.5);
  expect(high).toBeGreaterThan(7.5);
});

test.each([
  ["one share for all seeds", 0.5, 0],
  ["seeds that differ", 0.5, 0.2],
  ["hardly ever", 0.02, 0.02],
  ["nearly always", 0.95, 0.05],
])("intervals of three seeds hold the truth about 95 times of 100: %s", (_, truth, spread) => {
  const rng = new Rng(7);
  const draw = (share: number) => Array.from({ length: 50 }, () => (rng.uniform() < share ? 1 : 0));
  const experiments = 2000;
  let held = 0;
  for (let i = 0; i < experiments; i++) {
    const seeds = Array.from({ length: 3 }, () => draw(truth + spread * (2 * rng.uniform() - 1)));
    const { low, high } = shareOverSeeds(seeds);
    if (low <= truth && truth <= high) held++;
  }
  expect(held / experiments).toBeGreaterThan(0.93);
});

test("a seed without a value is refused", () => {
  expect(() => shareOverSeeds([[1], []])).toThrow(DataError);
  expect(() => shareOverSeeds([])).toThrow(DataError);
  expect(() => meanOverSeeds([[1], []], { rng: new Rng(0) })).toThrow(DataError);
});
