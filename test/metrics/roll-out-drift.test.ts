import { expect, test } from "vitest";
import { ConfigError, ShapeError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { frechetDistance } from "../../src/metrics/frechet.ts";
import { driftInterval, rollOutDrift } from "../../src/metrics/roll-out-drift.ts";

const frames = (length: number, from = 0) => Array.from({ length }, (_, i) => [from + i + 1]);

test("compares frames 81 to 100 and 1 to 20 with real ones, all roll-outs together", () => {
  const real = frames(30);
  const both = (from: number) => [...frames(20, from), ...frames(20, from + 1000)];
  const { early, late, ratio } = rollOutDrift([frames(100), frames(120, 1000)], real);
  expect(early).toBe(frechetDistance(both(0), real));
  expect(late).toBe(frechetDistance(both(80), real));
  expect(ratio).toBe(late / early);
  expect(ratio).toBeGreaterThan(1);
});

test("takes other ranges", () => {
  expect(rollOutDrift([frames(9)], frames(4), { early: [1, 4], late: [3, 6] })).toEqual({
    early: 0,
    late: expect.closeTo(4, 12),
    ratio: Infinity,
  });
});

test("refuses ranges that are none, or that a roll-out does not reach", () => {
  expect(() => rollOutDrift([frames(100), frames(99)], frames(9))).toThrow(ShapeError);
  expect(() => rollOutDrift([frames(100)], frames(9), { early: [0, 9] })).toThrow(ConfigError);
  expect(() => rollOutDrift([frames(100)], frames(9), { late: [9, 8] })).toThrow(ConfigError);
});

test("the interval of the ratio holds it, is that of the roll-outs drawn anew, and narrows as there are more of them", () => {
  const noise = new Rng(1);
  const made = (count: number) =>
    Array.from({ length: count }, () => Array.from({ length: 9 }, (_, t) => [noise.normal() * (1 + t)]));
  const real = Array.from({ length: 50 }, () => [noise.normal()]);
  const ranges = { early: [1, 3], late: [7, 9] } as const;
  const widths = [8, 200].map((count) => {
    const rollOuts = made(count);
    const [low, high] = driftInterval(rollOuts, real, { ...ranges, rng: new Rng(2) });
    const { ratio } = rollOutDrift(rollOuts, real, ranges);
    expect(low).toBeLessThan(ratio);
    expect(high).toBeGreaterThan(ratio);
    return Math.log(high / low);
  });
  expect(widths[1]).toBeLessThan((widths[0] ?? 0) / 2);
  const one = made(1);
  const { ratio } = rollOutDrift(one, real, ranges);
  expect(driftInterval(one, real, { ...ranges, rng: new Rng(2), resamples: 3 })).toEqual([ratio, ratio]);
});
