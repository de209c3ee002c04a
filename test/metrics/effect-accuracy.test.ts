import { describe, expect, test } from "vitest";
import { ConfigError, DataError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { crossFittedEffectAccuracy, effectAccuracy, effectSteps } from "../../src/metrics/effect-accuracy.ts";

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

describe("crossFittedEffectAccuracy", () => {
  const right = { action: 2, agrees: [false, false, true] };
  const left = { action: 1, agrees: [false, true, false] };
  const group = (name: string, ...steps: readonly (typeof right & { latentAction: number })[]) => ({
    group: name,
    steps,
  });
  const measure = (groups: Parameters<typeof crossFittedEffectAccuracy>[0]) =>
    crossFittedEffectAccuracy(groups, new Rng(0));

  test("is 1 where videos agree on the map", () => {
    const steps = [
      { ...right, latentAction: 4 },
      { ...right, latentAction: 4 },
      { ...left, latentAction: 0 },
    ];
    const result = measure([group("a", ...steps), group("b", ...steps), group("empty")]);
    expect(result.accuracy).toEqual({ mean: 1, low: 1, high: 1 });
    expect(result).toMatchObject({ constantAccuracy: expect.closeTo(2 / 3, 12), nmi: expect.closeTo(1, 12), count: 6 });
    expect([...result.map]).toEqual([
      [0, 1],
      [4, 2],
    ]);
  });

  test("is 0 where they contradict each other, which a map fitted on its own steps hides", () => {
    const result = measure([
      group("a", { ...right, latentAction: 0 }, { ...left, latentAction: 1 }),
      group("b", { ...left, latentAction: 0 }, { ...right, latentAction: 1 }),
    ]);
    expect(result.accuracy.mean).toBe(0);
    expect(result.nmi).toBeCloseTo(0, 12);
  });

  test("noise gains nothing over a constant", () => {
    const rng = new Rng("noise");
    // As many latent actions as steps: a map of its own steps would be right everywhere.
    const groups = Array.from({ length: 8 }, (_, i) =>
      group(
        `${i}`,
        ...Array.from({ length: 60 }, () => ({
          ...(rng.uniform() < 0.5 ? left : right),
          latentAction: rng.integer(400),
        })),
      ),
    );
    const { accuracy } = measure(groups);
    expect(accuracy.mean).toBeLessThan(0.6);
    expect(accuracy.low).toBeLessThan(accuracy.mean);
    expect(accuracy.high).toBeGreaterThan(accuracy.mean);
  });

  test("a latent action that the other half never shows stands for its best guess", () => {
    const result = measure([group("a", { ...right, latentAction: 0 }), group("b", { ...right, latentAction: 1 })]);
    expect(result).toMatchObject({ accuracy: { mean: 1 }, constantAccuracy: 1 });
  });

  test("refuses fewer than two videos with steps that count", () => {
    expect(() => measure([group("a", { ...right, latentAction: 0 }), group("b")])).toThrow(DataError);
  });
});

test("effectSteps keeps what counts, and which actions agree with the one taken", () => {
  expect(effectSteps([sample(0, 1, 3), sample(-1, 0, 0)], walk)).toEqual([
    { action: 1, latentAction: 3, agrees: [true, true, false] },
  ]);
});
