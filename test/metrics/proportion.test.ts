import { expect, test } from "vitest";
import { DataError } from "../../src/core/errors.ts";
import { wilsonInterval } from "../../src/metrics/proportion.ts";

test.each([
  [50, 100, 0.40383, 0.59617],
  [0, 10, 0, 0.27753],
  [10, 10, 0.72247, 1],
  [95, 100, 0.88825, 0.97846],
])("%i of %i", (successes, trials, low, high) => {
  const interval = wilsonInterval(successes, trials);
  expect(interval.mean).toBe(successes / trials);
  expect(interval.low).toBeCloseTo(low, 5);
  expect(interval.high).toBeCloseTo(high, 5);
});

test.each([
  [1, 0],
  [3, 2],
  [-1, 2],
  [0.5, 2],
])("refuses %d of %d", (successes, trials) => {
  expect(() => wilsonInterval(successes, trials)).toThrow(DataError);
});
