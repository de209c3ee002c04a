import { expect, test } from "vitest";
import { DataError, ShapeError } from "../../src/core/errors.ts";
import { fitPowerLaw } from "../../src/metrics/power-law.ts";
import fixture from "../fixtures/metrics.json" with { type: "json" };

test("a power law is found again", () => {
  const x = [1, 10, 100, 5000];
  const law = fitPowerLaw(
    x,
    x.map((value) => 3 * value ** -0.25),
  );
  expect(law).toEqual({ scale: expect.closeTo(3, 10), exponent: expect.closeTo(-0.25, 10), r2: expect.closeTo(1, 10) });
});

test.each(fixture.powerLaws)("is SciPy's line between the logarithms ($x)", ({ x, y, scale, exponent, r2 }) => {
  const law = fitPowerLaw(x, y);
  expect(law.scale / scale).toBeCloseTo(1, 9);
  expect(law.exponent).toBeCloseTo(exponent, 9);
  expect(law.r2).toBeCloseTo(r2, 9);
});

test("what does not change has exponent 0", () => {
  expect(fitPowerLaw([1, 2, 4], [5, 5, 5])).toEqual({ scale: expect.closeTo(5, 12), exponent: 0, r2: 1 });
});

test("refuses what has no logarithm, or no slope", () => {
  expect(() => fitPowerLaw([1, 2], [1])).toThrow(ShapeError);
  expect(() => fitPowerLaw([1, 2], [1, 0])).toThrow(DataError);
  expect(() => fitPowerLaw([1, -2], [1, 1])).toThrow(DataError);
  expect(() => fitPowerLaw([3, 3], [1, 2])).toThrow(DataError);
});
