import { describe, expect, test } from "vitest";
import { ConfigError, DataError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import {
  improvementInterval,
  interquartileMean,
  meanScore,
  medianScore,
  optimalityGap,
  performanceProfile,
  probabilityOfImprovement,
  profileIntervals,
  stratifiedBootstrap,
} from "../../src/metrics/aggregate.ts";
import { alignCurves, thinCurve } from "../../src/metrics/curves.ts";
import fixture from "../fixtures/scores.json" with { type: "json" };

const STATISTICS = {
  iqm: interquartileMean,
  mean: meanScore,
  median: medianScore,
  optimalityGap: (scores: readonly (readonly number[])[]) => optimalityGap(scores),
};
const AGENTS = ["x", "y"] as const;
const options = { rng: new Rng("rliable"), resamples: 4000 };
/** Both ends are drawn: rliable's from 5,000 resamples, ours from 4,000. */
const CLOSE = 0.02;

describe("beside rliable", () => {
  test.each(Object.keys(STATISTICS) as (keyof typeof STATISTICS)[])("%s and its interval are the same", (name) => {
    for (const agent of AGENTS) {
      const theirs = fixture.aggregates[name][agent];
      const ours = stratifiedBootstrap(fixture.scores[agent], STATISTICS[name], options);
      expect(ours.value).toBeCloseTo(theirs.value, 10);
      expect(Math.abs(ours.low - Number(theirs.interval[0]))).toBeLessThan(CLOSE);
      expect(Math.abs(ours.high - Number(theirs.interval[1]))).toBeLessThan(CLOSE);
    }
  });

  test("performance profiles and their intervals are the same", () => {
    for (const agent of AGENTS) {
      const theirs = fixture.profiles[agent];
      const ours = profileIntervals(fixture.scores[agent], fixture.thresholds, options);
      for (const [i, { value, low, high }] of ours.entries()) {
        expect(value).toBeCloseTo(Number(theirs.values[i]), 10);
        // A profile moves by whole runs: one of 30 or of 42.
        expect(Math.abs(low - Number(theirs.low[i]))).toBeLessThan(0.035);
        expect(Math.abs(high - Number(theirs.high[i]))).toBeLessThan(0.035);
      }
    }
  });

  test("the probability of improvement and its interval are the same", () => {
    const { x, y } = fixture.scores;
    const ours = improvementInterval(x, y, options);
    expect(ours.value).toBeCloseTo(fixture.improvement.value, 10);
    expect(Math.abs(ours.low - Number(fixture.improvement.interval[0]))).toBeLessThan(CLOSE);
    expect(Math.abs(ours.high - Number(fixture.improvement.interval[1]))).toBeLessThan(CLOSE);
  });
});

test("the interquartile mean leaves out the lowest and the highest quarter", () => {
  expect(interquartileMean([[100, 1, 2, 3]])).toBe(2.5);
  expect(interquartileMean([[-1e9], [1], [2], [3], [1e9]])).toBe(2);
});

test("improvement is certain, hopeless or even, and adds up to 1 both ways", () => {
  expect(probabilityOfImprovement([[2, 3]], [[0, 1]])).toBe(1);
  expect(probabilityOfImprovement([[0]], [[1, 1]])).toBe(0);
  expect(probabilityOfImprovement([[1, 2]], [[1, 2]])).toBe(0.5);
  const { x, y } = fixture.scores;
  expect(probabilityOfImprovement(x, y) + probabilityOfImprovement(y, x)).toBeCloseTo(1, 12);
});

test("a profile falls from 1 to 0", () => {
  expect(performanceProfile([[0, 1], [2]], [-1, 0, 1.5, 2])).toEqual([1, 2 / 3, 1 / 3, 0]);
});

test("equal streams give equal intervals, and runs that agree an empty one", () => {
  const estimate = (seed: string) =>
    stratifiedBootstrap(fixture.scores.x, interquartileMean, { rng: new Rng(seed), resamples: 200 });
  expect(estimate("a")).toEqual(estimate("a"));
  expect(estimate("a")).not.toEqual(estimate("b"));
  // Runs are drawn within their task: tasks that differ add nothing.
  expect(
    stratifiedBootstrap(
      [
        [1, 1],
        [5, 5],
      ],
      meanScore,
      options,
    ),
  ).toEqual({ value: 3, low: 3, high: 3 });
});

test("scores that are none are refused", () => {
  expect(() => interquartileMean([])).toThrow(DataError);
  expect(() => meanScore([[1], []])).toThrow(DataError);
  expect(() => medianScore([[Number.NaN]])).toThrow(DataError);
  expect(() => probabilityOfImprovement([[1]], [[1], [2]])).toThrow(/same tasks/);
  expect(() => stratifiedBootstrap([[1]], meanScore, { rng: new Rng(0), level: 1 })).toThrow(ConfigError);
});

test("a thinned curve is of its neighbours' means: no episode stands for the others", () => {
  const jumps = Array.from({ length: 10 }, (_, i) => ({ step: i, value: i % 2 }));
  expect(thinCurve(jumps, 5)).toEqual([0.5, 2.5, 4.5, 6.5, 8.5].map((step) => ({ step, value: 0.5 })));
  expect(thinCurve(jumps, 4)).toHaveLength(4);
  expect(thinCurve(jumps, 4).at(-1)).toEqual({ step: 9, value: 1 });
  expect(thinCurve(jumps, 10)).toEqual(jumps);
  expect(thinCurve([], 10)).toEqual([]);
});

test("curves meet on the steps that all have", () => {
  const line = (from: number, to: number) => [
    { step: from, value: from },
    { step: to, value: to },
  ];
  const { steps, values } = alignCurves([line(0, 10), line(2, 8), [{ step: 1, value: 5 }, ...line(6, 20)]], 3);
  expect(steps).toEqual([2, 5, 8]);
  expect(values).toEqual([
    [2, 5, 8],
    [2, 5, 8],
    [5.2, 5.8, 8],
  ]);
  expect(alignCurves([line(0, 1), line(2, 3)], 3).steps).toEqual([]);
  expect(() => alignCurves([[]], 3)).toThrow(DataError);
});
