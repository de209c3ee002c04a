import { describe, expect, test } from "vitest";
import { DataError, ShapeError } from "../../src/core/errors.ts";
import { averagePrecision, precisionRecallCurve } from "../../src/metrics/precision-recall.ts";
import fixture from "../fixtures/metrics.json" with { type: "json" };

describe.each(fixture.rankings)("a ranking of average precision $averagePrecision", (ranking) => {
  test("has scikit-learn's curve", () => {
    const curve = precisionRecallCurve(ranking.truth, ranking.scores);
    for (const key of ["thresholds", "precision", "recall"] as const) {
      expect(curve[key]).toHaveLength(ranking[key].length);
      for (const [i, value] of ranking[key].entries()) expect(curve[key][i]).toBeCloseTo(value, 12);
    }
  });

  test("has scikit-learn's area, whatever the order of its items", () => {
    const { truth, scores } = ranking;
    expect(averagePrecision(truth, scores)).toBeCloseTo(ranking.averagePrecision, 12);
    expect(averagePrecision(truth.toReversed(), scores.toReversed())).toBeCloseTo(ranking.averagePrecision, 12);
  });
});

test("a score that ranks all positives first has area 1, a constant one the share of positives", () => {
  expect(averagePrecision([true, false, true, false], [0.9, 0.1, 0.8, 0.2])).toBe(1);
  expect(averagePrecision(Uint8Array.of(1, 0, 0, 0), Float32Array.of(5, 5, 5, 5))).toBe(0.25);
});

test("only the order of the scores matters", () => {
  const truth = [0, 1, 0, 1, 1, 0];
  const scores = [0.3, 0.2, 0.9, 0.8, 0.2, -4];
  expect(averagePrecision(truth, scores.map(Math.exp))).toBe(averagePrecision(truth, scores));
});

test("bad input is refused", () => {
  expect(() => averagePrecision([1, 0], [1])).toThrow(ShapeError);
  expect(() => averagePrecision([0, 0], [1, 2])).toThrow(DataError);
  expect(() => averagePrecision([], [])).toThrow(DataError);
  expect(() => averagePrecision([1, 2], [1, 2])).toThrow(DataError);
  expect(() => averagePrecision([1, 0], [1, NaN])).toThrow(DataError);
});
