import { describe, expect, test } from "vitest";

import { ConfigError, InvalidActionError } from "../../../src/core/errors.ts";
import { Box, Discrete } from "../../../src/env/index.ts";
import {
  ClipAction,
  ClipReward,
  DiscretizeAction,
  DiscretizeObservation,
  NormalizeReward,
  RepeatAction,
  RescaleAction,
  StickyAction,
  TransformAction,
  TransformReward,
} from "../../../src/env/wrappers/index.ts";
import { promising, ScriptedEnv } from "./envs.ts";

const observationSpace = new Box({ low: 0, high: 1000, shape: [1], dtype: "float32" });
const driven = (low: number | readonly number[], high: number | readonly number[], size = 1) =>
  new ScriptedEnv<Float32Array, Float32Array>({
    observationSpace,
    actionSpace: new Box({ low, high, shape: [size], dtype: "float32" }),
    obs: (t) => Float32Array.of(t),
  });
const paying = (rewards: readonly number[], length = Infinity) =>
  new ScriptedEnv({
    observationSpace,
    actionSpace: new Discrete(10_000),
    obs: (t) => Float32Array.of(t),
    reward: (t) => rewards[t - 1] ?? 0,
    length,
    info: (t) => ({ t }),
  });

describe("ClipAction and RescaleAction", () => {
  test.each([
    [[-1, 1], 5, 1],
    [[-1, 1], -5, -1],
    [[-1, 1], 0.5, 0.5],
    [[0, Infinity], -3, 0],
    [[0, Infinity], 1e9, 1e9],
  ] as const)("WR-12 with bounds %j, action %d arrives as %d", ([low, high], action, expected) => {
    const inner = driven(low, high);
    const env = new ClipAction(inner);
    env.reset();
    expect(env.actionSpace.contains(Float32Array.of(action))).toBe(true);
    env.step(Float32Array.of(action));
    expect(inner.actions).toEqual([Float32Array.of(expected)]);
  });

  test("WR-12 what is no action is refused before it is clipped", () => {
    const inner = driven(-1, 1);
    const env = new ClipAction(inner);
    env.reset();
    expect(() => env.step(Float32Array.of(Number.NaN))).toThrow(InvalidActionError);
    expect(() => env.step(Float32Array.of(0, 0))).toThrow(InvalidActionError);
    expect(inner.actions).toEqual([]);
  });

  test.each([
    [[0, 10], [-1, 1], 0, 5],
    [[0, 10], [-1, 1], 1, 10],
    [[-2, 2], [0, 1], 0.25, -1],
    [[5, Infinity], [0, Infinity], 2, 7],
  ] as const)("WR-12 bounds %j are driven from %j: %d arrives as %d", ([low, high], [min, max], action, expected) => {
    const inner = driven(low, high);
    const env = new RescaleAction(inner, { min, max });
    env.reset();
    env.step(Float32Array.of(action));
    expect(inner.actions).toEqual([Float32Array.of(expected)]);
  });

  test("WR-12 equal bounds, unlike infinities and actions outside the new bounds are refused", () => {
    expect(() => new RescaleAction(driven(-1, 1), { min: 0, max: 0 })).toThrow(ConfigError);
    expect(() => new RescaleAction(driven(-1, Infinity), { min: 0, max: 1 })).toThrow(ConfigError);
    const env = new RescaleAction(driven(-1, 1), { min: 0, max: 1 });
    env.reset();
    expect(() => env.step(Float32Array.of(-0.1))).toThrow(InvalidActionError);
    expect(() => new RescaleAction(paying([]), { min: 0, max: 1 })).toThrow(ConfigError);
  });
});

test("WR-15 a discretized action is the centre of its bin, and discretizing is its inverse", () => {
  const inner = driven([0, -1], [1, 1], 2);
  const env = new DiscretizeAction(inner, { bins: [2, 4] });
  const back = new DiscretizeObservation(
    new ScriptedEnv<Float32Array, number>({
      observationSpace: inner.actionSpace,
      actionSpace: new Discrete(2),
      obs: () => new Float32Array(2),
    }),
    { bins: [2, 4] },
  );
  env.reset();
  for (let bin = 0; bin < 8; bin++) {
    env.step(bin);
    expect(back.observation(inner.actions[bin] ?? new Float32Array(2))).toBe(bin);
  }
  expect(inner.actions[5]).toEqual(Float32Array.of(0.75, -0.25));
  expect(() => env.step(8)).toThrow(InvalidActionError);
  expect(() => new DiscretizeAction(driven(0, Infinity), { bins: 3 })).toThrow(ConfigError);
  expect(() => new DiscretizeAction(paying([]), { bins: 3 })).toThrow(ConfigError);
});

test("WR-16 TransformAction sends a function of the action", async () => {
  const inner = driven(-10, 10);
  const env = new TransformAction(promising(inner), (action: number) => Float32Array.of(action * 2), new Discrete(5));
  await env.reset();
  await env.step(3);
  expect([inner.actions, env.actionSpace.contains(4)]).toEqual([[Float32Array.of(6)], true]);
});

describe("StickyAction", () => {
  const actionsTaken = (options: ConstructorParameters<typeof StickyAction>[1], seed: number, steps = 400) => {
    const inner = paying([]);
    const env = new StickyAction(inner, options);
    env.reset({ seed });
    for (let t = 0; t < steps; t++) env.step(t);
    return inner.actions;
  };
  const stuck = (actions: readonly number[]) => actions.filter((action, t) => action !== t).length;

  test("WR-14 probability 0 is the identity; others stick about as often", () => {
    expect(stuck(actionsTaken({ repeatActionProbability: 0 }, 1))).toBe(0);
    const share = stuck(actionsTaken({ repeatActionProbability: 0.25 }, 1)) / 400;
    expect(Math.abs(share - 0.25)).toBeLessThan(0.07);
  });

  test("WR-14 a sticky action lasts for its duration", () => {
    const lasts = (repeatActionDuration: number | [number, number]) => {
      const actions = actionsTaken({ repeatActionProbability: 0.02, repeatActionDuration }, 5, 2000);
      const repeats = actions.map((_, t) => actions.filter((action) => action === t).length - 1);
      return new Set(repeats.slice(0, -10).filter((count) => count > 0));
    };
    // An action may stick again where it has just stuck.
    expect([...lasts(3)].every((steps) => steps % 3 === 0)).toBe(true);
    expect(Math.min(...lasts(3))).toBe(3);
    expect([...lasts([2, 4])].toSorted((a, b) => a - b).slice(0, 2)).toEqual([2, 3]);
  });

  test("WR-14 equal seeds stick at the same steps; the environment's own stream is not touched", () => {
    const options = { repeatActionProbability: 0.5 };
    expect(actionsTaken(options, 3)).toEqual(actionsTaken(options, 3));
    expect(actionsTaken(options, 3)).not.toEqual(actionsTaken(options, 4));
    const inner = paying([]);
    const env = new StickyAction(inner, options);
    env.reset({ seed: 3 });
    const before = inner.rng.getState();
    for (let t = 0; t < 20; t++) env.step(t);
    expect(inner.rng.getState()).toEqual(before);
  });

  test("WR-14 nothing sticks over an episode's end, and a bad action is always refused", () => {
    const inner = paying([], 2);
    const env = new StickyAction(inner, { repeatActionProbability: 0.999 });
    for (let episode = 0; episode < 20; episode++) {
      env.reset();
      env.step(10 * episode);
      env.step(10 * episode + 1);
    }
    expect(inner.actions.filter((_, t) => t % 2 === 0)).toEqual(Array.from({ length: 20 }, (_, i) => 10 * i));
    env.reset();
    env.step(0);
    expect(() => env.step(-1)).toThrow(InvalidActionError);
  });

  test.each([
    { repeatActionProbability: 1 },
    { repeatActionProbability: -0.1 },
    { repeatActionProbability: 0.5, repeatActionDuration: 0 },
    { repeatActionProbability: 0.5, repeatActionDuration: 1.5 },
  ])("WR-14 %j is refused", (options) => {
    expect(() => new StickyAction(paying([]), options)).toThrow(ConfigError);
  });

  test("WR-14 an empty range of durations is refused", () => {
    const options = (range: [number, number]) => ({ repeatActionProbability: 0.5, repeatActionDuration: range });
    expect(() => new StickyAction(paying([]), options([3, 3]))).toThrow(ConfigError);
    expect(() => new StickyAction(paying([]), options([0, 3]))).toThrow(ConfigError);
  });
});

describe("RepeatAction", () => {
  test("WR-14 an action is held, rewards add up, the rest is the last step's", async () => {
    const inner = paying([1, 2, 4, 8]);
    const env = new RepeatAction(inner, { numRepeats: 3 });
    env.reset();
    expect(env.step(7)).toEqual([Float32Array.of(3), 7, false, false, { t: 3 }]);
    expect(inner.actions).toEqual([7, 7, 7]);
    const later = new RepeatAction(promising(paying([1, 2, 4])), { numRepeats: 3 });
    await later.reset();
    expect((await later.step(0))[1]).toBe(7);
  });

  test("WR-14 it stops where the episode ends, and 1 is the identity", () => {
    const env = new RepeatAction(paying([1, 2], 2), { numRepeats: 5 });
    env.reset();
    expect(env.step(0)).toEqual([Float32Array.of(2), 3, true, false, { t: 2 }]);
    const once = new RepeatAction(paying([1, 2]), { numRepeats: 1 });
    once.reset();
    expect(once.step(0)[1]).toBe(1);
  });

  test.each([0, -1, 1.5])("WR-14 %s repeats are refused", (numRepeats) => {
    expect(() => new RepeatAction(paying([]), { numRepeats })).toThrow(ConfigError);
  });
});

describe("rewards", () => {
  const paid = (options: ConstructorParameters<typeof ClipReward>[1], reward: number) => {
    const env = new ClipReward(paying([reward]), options);
    env.reset();
    return env.step(0)[1];
  };

  test.each([
    [{ min: -1, max: 1 }, 5, 1],
    [{ min: -1 }, -5, -1],
    [{ max: 0.5 }, 3, 0.5],
  ])("WR-13 with %j a reward of %d is %d", (options, reward, expected) => {
    expect(paid(options, reward)).toBe(expected);
  });

  test.each([{}, { min: 1, max: 0 }, { min: 1, max: 1 }])("WR-13 bounds %j are refused", (options) => {
    expect(() => new ClipReward(paying([]), options)).toThrow(ConfigError);
  });

  test("WR-16 TransformReward pays a function of the reward", async () => {
    const env = new TransformReward(promising(paying([2])), (reward) => reward * 10);
    await env.reset();
    expect((await env.step(0))[1]).toBe(20);
  });

  test("WR-10 the statistics are those of discounted returns", () => {
    const env = new NormalizeReward(paying([1, 1, 1], 2), { gamma: 0.5 });
    env.reset();
    env.step(0);
    expect(env.returnRms.mean[0]).toBeCloseTo(1, 3);
    env.step(0);
    expect(env.returnRms.mean[0]).toBeCloseTo((1 + 1.5) / 2, 3);
    env.reset();
    env.step(0);
    expect(env.returnRms.mean[0]).toBeCloseTo((1 + 1.5 + 1) / 3, 3);
  });

  test("WR-10 rewards are divided by the returns' deviation, and keep their sign", () => {
    const rewards = Array.from({ length: 1000 }, (_, t) => (t % 2 === 0 ? 20 : -10));
    const env = new NormalizeReward(paying(rewards), { gamma: 0 });
    env.reset();
    for (let t = 0; t < 999; t++) env.step(0);
    expect(env.step(0)[1]).toBeCloseTo(-10 / 15, 2);
  });

  test("WR-10 frozen statistics stay, and bad options are refused", () => {
    const env = new NormalizeReward(paying([1, 2, 3]));
    env.reset();
    env.step(0);
    env.updateRunningMean = false;
    const { count } = env.returnRms;
    env.step(0);
    expect(env.returnRms.count).toBe(count);
    for (const options of [{ gamma: -0.1 }, { gamma: 1.1 }, { epsilon: 0 }]) {
      expect(() => new NormalizeReward(paying([]), options)).toThrow(ConfigError);
    }
  });
});
