import { describe, expect, test } from "vitest";
import { ConfigError, DataError } from "../../src/core/errors.ts";
import { effectAccuracy } from "../../src/metrics/effect-accuracy.ts";

/** A corridor of cells 0 to 3; stay, left, right. Walls stop. At -1 nothing has an effect. */
const walk = {
  numActions: 3,
  nextState: (cell: number, action: number) => {
    return cell < 0 ? cell : Math.min(3, Math.max(0, cell + ([0, -1, 1][action] ?? 0)));
  },
};
const sample = (state: number, action: number, latentAction: number) => ({ state, action, latentAction });

describe("effectAccuracy", () => {
  test("is 1 for renamed actions, whose map it finds", () => {
    const samples = [sample(1, 0, 7), sample(1, 1, 5), sample(2, 2, 6), sample(2, 1, 5)];
    const result = effectAccuracy(samples, walk);
    expect(result.accuracy).toBe(1);
    expect([...result.map]).toEqual([
      [5, 1],
      [6, 2],
      [7, 0],
    ]);
    expect(result.nmi).toBeCloseTo(1, 12);
    expect(result.constantAccuracy).toBe(0.5);
  });

  test("takes an action of the same effect as right", () => {
    // At the wall, left is as good as stay; latent 0 stands for stay by most of its steps.
    const samples = [sample(1, 0, 0), sample(2, 0, 0), sample(0, 1, 0), sample(1, 2, 1)];
    const result = effectAccuracy(samples, walk);
    expect(result.accuracy).toBe(1);
    expect(result.map.get(0)).toBe(0);
    expect(result.nmi).toBeLessThan(1);
  });

  test("does not count where all actions lead to the same", () => {
    const result = effectAccuracy([sample(1, 2, 0), sample(-1, 0, 0), sample(-1, 1, 4)], walk);
    expect(result).toMatchObject({ accuracy: 1, count: 1 });
    expect([...result.map.keys()]).toEqual([0]);
  });

  test("of one latent action is what a constant reaches", () => {
    const samples = [sample(1, 2, 0), sample(2, 2, 0), sample(1, 1, 0), sample(1, 0, 0)];
    expect(effectAccuracy(samples, walk)).toMatchObject({ accuracy: 0.5, constantAccuracy: 0.5, nmi: 0, count: 4 });
  });

  test("refuses actions out of range, and steps that tell nothing", () => {
    expect(() => effectAccuracy([sample(1, 3, 0)], walk)).toThrow(DataError);
    expect(() => effectAccuracy([sample(1, 0, -1)], walk)).toThrow(DataError);
    expect(() => effectAccuracy([sample(1, 0, 0.5)], walk)).toThrow(DataError);
    expect(() => effectAccuracy([sample(-1, 0, 0)], walk)).toThrow(DataError);
    expect(() => effectAccuracy([], walk)).toThrow(DataError);
    expect(() => effectAccuracy([sample(1, 0, 0)], { ...walk, numActions: 1 })).toThrow(ConfigError);
  });
});
