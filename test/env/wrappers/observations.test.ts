import { describe, expect, test } from "vitest";

import { ConfigError } from "../../../src/core/errors.ts";
import { Rng } from "../../../src/core/rng.ts";
import {
  Box,
  concatenate,
  DictSpace,
  Discrete,
  MultiBinary,
  MultiDiscrete,
  Text,
  TupleSpace,
} from "../../../src/env/index.ts";
import type { Space } from "../../../src/env/index.ts";
import {
  DelayObservation,
  DiscretizeObservation,
  DtypeObservation,
  FrameStackObservation,
  GrayscaleObservation,
  MaxAndSkipObservation,
  NormalizeObservation,
  RescaleObservation,
  ReshapeObservation,
  ResizeObservation,
  TransformObservation,
} from "../../../src/env/wrappers/index.ts";
import { SPACES } from "../spaces-cases.ts";
import { promising, ScriptedEnv } from "./envs.ts";

const actionSpace = new Discrete(2);
const line = new Box({ low: 0, high: 100, shape: [1], dtype: "float32" });
const counting = (length = Infinity) =>
  new ScriptedEnv({ observationSpace: line, actionSpace, obs: (t) => Float32Array.of(t), length });
/** An environment that shows random members of a space. */
const showing = <T>(observationSpace: Space<T>) =>
  new ScriptedEnv({ observationSpace, actionSpace, obs: () => observationSpace.sample() });
/** An environment that shows one value. */
const still = <T>(observationSpace: Space<T>, value: T) =>
  new ScriptedEnv({ observationSpace, actionSpace, obs: () => value });
const image = (height: number, width: number, channels: number) =>
  new Box({ low: 0, high: 255, shape: [height, width, channels], dtype: "uint8" });

describe("FrameStackObservation", () => {
  test.each(SPACES)("WR-07 a stack is a sliding window over %s", (_, makeSpace) => {
    const space = makeSpace();
    const seen: unknown[] = [];
    const remembered = new TransformObservation(
      showing(space),
      (obs) => {
        seen.push(obs);
        return obs;
      },
      space,
    );
    const env = new FrameStackObservation(remembered, { stackSize: 3 });
    const [first] = env.reset();
    expect(first).toEqual(concatenate(space, [seen[0], seen[0], seen[0]]));
    for (let t = 1; t <= 5; t++) {
      const [obs] = env.step(0);
      expect(obs).toEqual(concatenate(space, [seen[Math.max(t - 2, 0)], seen[Math.max(t - 1, 0)], seen[t]]));
      expect(env.observationSpace.contains(obs)).toBe(true);
    }
  });

  test.each([1, 2, 3, 4])("WR-07 %i frames; every reset fills them anew", (stackSize) => {
    const env = new FrameStackObservation(counting(), { stackSize });
    env.reset();
    for (let t = 0; t < 6; t++) env.step(0);
    expect(env.step(0)[0]).toEqual(Float32Array.from({ length: stackSize }, (_, i) => 8 - stackSize + i));
    expect(env.reset()[0]).toEqual(new Float32Array(stackSize));
  });

  test("WR-07 padding is the first observation, zeros or a value of one's own", async () => {
    const high = new Box({ low: 3, high: 9, shape: [1], dtype: "float32" });
    const first = (options: { paddingType?: "reset" | "zero"; padding?: Float32Array }) =>
      new FrameStackObservation(still(high, Float32Array.of(5)), { stackSize: 2, ...options }).reset()[0];
    expect(first({})).toEqual(Float32Array.of(5, 5));
    expect(first({ paddingType: "zero" })).toEqual(Float32Array.of(3, 5));
    expect(first({ padding: Float32Array.of(7) })).toEqual(Float32Array.of(7, 5));
    const later = new FrameStackObservation(promising(counting()), { stackSize: 2 });
    await later.reset();
    expect((await later.step(0))[0]).toEqual(Float32Array.of(0, 1));
  });

  test.each([0, -1, 2.5, Number.NaN])("WR-07 a stack of %s is refused", (stackSize) => {
    expect(() => new FrameStackObservation(counting(), { stackSize })).toThrow(ConfigError);
  });

  test("WR-07 padding outside the space is refused", () => {
    expect(() => new FrameStackObservation(counting(), { stackSize: 2, padding: Float32Array.of(-1) })).toThrow(
      ConfigError,
    );
  });
});

describe("DelayObservation", () => {
  test.each([0, 1, 3])("WR-08 observations come %i steps late, zeros before them", (delay) => {
    const env = new DelayObservation(counting(), { delay });
    for (let episode = 0; episode < 2; episode++) {
      const seen = [env.reset()[0], ...Array.from({ length: 5 }, () => env.step(0)[0])];
      expect(seen.map(([value]) => value)).toEqual([0, 1, 2, 3, 4, 5].map((t) => Math.max(t - delay, 0)));
    }
  });

  test("WR-08 zeros are members of the space", () => {
    const space = new DictSpace({
      a: new Discrete(3, { start: 2 }),
      b: new Box({ low: 2, high: 3, shape: [1], dtype: "float32" }),
      c: new TupleSpace([new MultiDiscrete([3, 3], { start: [-5, -1] }), new MultiBinary(2)]),
    });
    const env = new DelayObservation(still(space, space.sample()), { delay: 1 });
    expect(env.reset()[0]).toEqual({ a: 2, b: Float32Array.of(2), c: [Int32Array.of(-3, 0), new Int8Array(2)] });
    expect(new DelayObservation(still(new Text(3), "a"), { delay: 1 }).reset()[0]).toBe("A");
  });

  test.each([-1, 0.5])("WR-08 a delay of %s is refused", (delay) => {
    expect(() => new DelayObservation(counting(), { delay })).toThrow(ConfigError);
  });
});

describe("NormalizeObservation", () => {
  const rng = new Rng(7);
  const space = new Box({ low: -Infinity, high: Infinity, shape: [2], dtype: "float64" });
  const noisy = () =>
    new ScriptedEnv({
      observationSpace: space,
      actionSpace,
      obs: () => Float64Array.of(3 + 2 * rng.normal(), -10 + rng.normal()),
    });

  test("WR-09 observations have mean 0 and variance 1 once enough were seen", () => {
    const env = new NormalizeObservation(noisy());
    env.reset();
    for (let t = 0; t < 1000; t++) env.step(0);
    const seen = Array.from({ length: 400 }, () => env.step(0)[0]);
    for (const element of [0, 1]) {
      const values = seen.map((obs) => Number(obs[element]));
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      expect(Math.abs(mean)).toBeLessThan(0.15);
      expect(Math.abs(variance - 1)).toBeLessThan(0.2);
    }
    expect(env.observationSpace.contains(seen[0])).toBe(true);
    expect(env.observationSpace.toJSON()).toMatchObject({ dtype: "float32", low: ["-inf", "-inf"] });
  });

  test("WR-09 the statistics are the mean and variance of all observations", () => {
    const env = new NormalizeObservation(counting());
    env.reset();
    for (let t = 0; t < 4; t++) env.step(0);
    expect(env.obsRms.mean[0]).toBeCloseTo(2, 3);
    expect(env.obsRms.var[0]).toBeCloseTo(2, 3);
    expect(env.obsRms.count).toBeCloseTo(5, 3);
  });

  test("WR-09 frozen statistics stay", () => {
    const env = new NormalizeObservation(counting());
    env.reset();
    env.step(0);
    env.updateRunningMean = false;
    const { count } = env.obsRms;
    const before = [...env.obsRms.mean];
    env.step(0);
    expect([env.obsRms.count, [...env.obsRms.mean]]).toEqual([count, before]);
  });

  test.each([0, -1])("WR-09 an epsilon of %s is refused", (epsilon) => {
    expect(() => new NormalizeObservation(counting(), { epsilon })).toThrow(ConfigError);
  });
});

describe("RescaleObservation", () => {
  const rescaled = (bounds: readonly [number, number], to: readonly [number, number], value: number) => {
    const space = new Box({ low: bounds[0], high: bounds[1], shape: [1], dtype: "float32" });
    const env = new RescaleObservation(still(space, Float32Array.of(value)), { min: to[0], max: to[1] });
    return [...env.reset()[0]];
  };

  test.each([
    [[0, 10], [-1, 1], 5, 0],
    [[0, 10], [-1, 1], 10, 1],
    [[-2, 2], [10, 20], -2, 10],
    [[0, Infinity], [5, Infinity], 7, 12],
    [[-Infinity, 1], [-Infinity, 0], -3, -4],
    [[-Infinity, Infinity], [-Infinity, Infinity], 3, 3],
  ] as const)("WR-12 bounds %j become %j: %d is %d", (bounds, to, value, expected) => {
    expect(rescaled(bounds, to, value)).toEqual([expected]);
  });

  test.each([
    [
      [0, 10],
      [1, 1],
    ],
    [
      [2, 2],
      [0, 1],
    ],
    [
      [0, Infinity],
      [0, 1],
    ],
    [
      [0, 1],
      [0, Infinity],
    ],
  ] as const)("WR-12 bounds %j cannot become %j", (bounds, to) => {
    expect(() => rescaled(bounds, to, bounds[0])).toThrow(ConfigError);
  });

  test("WR-12 uint8 becomes float32, with bounds for each element", () => {
    const space = new Box({ low: 0, high: 255, shape: [2], dtype: "uint8" });
    const env = new RescaleObservation(still(space, Uint8Array.of(255, 51)), { min: [0, -1], max: [1, 4] });
    expect(env.reset()[0]).toEqual(Float32Array.of(1, 0));
  });
});

test.each([2, 3])("WR-15 MaxAndSkip with %i shows the maximum of the last two and adds rewards up", (skip) => {
  const space = new Box({ low: 0, high: 9, shape: [2], dtype: "uint8" });
  const frames = [0, 1, 2, 3].map((t) => Uint8Array.of(t, 9 - t));
  const inner = new ScriptedEnv({ observationSpace: space, actionSpace, obs: (t) => frames[t] ?? new Uint8Array(2) });
  const env = new MaxAndSkipObservation(inner, { skip });
  env.reset();
  const [obs, reward] = env.step(1);
  expect([obs, reward]).toEqual([Uint8Array.of(skip, 10 - skip), skip]);
  expect(inner.actions).toEqual(Array.from({ length: skip }, () => 1));
});

test("WR-15 MaxAndSkip stops at the end of the episode, and refuses what it cannot do", () => {
  const env = new MaxAndSkipObservation(counting(1), { skip: 4 });
  env.reset();
  expect(env.step(0)).toEqual([Float32Array.of(1), 1, true, false, {}]);
  expect(() => new MaxAndSkipObservation(counting(), { skip: 1 })).toThrow(ConfigError);
});

describe("DiscretizeObservation", () => {
  const square = new Box({ low: [0, -1], high: [1, 1], shape: [2], dtype: "float32" });

  test("WR-15 bins are equally likely", () => {
    const env = new DiscretizeObservation(showing(square), { bins: [2, 4] });
    const counts = new Int32Array(8);
    env.reset();
    for (let t = 0; t < 1000; t++) {
      const bin = env.step(0)[0];
      counts[Number(bin)] = Number(counts[Number(bin)]) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 125)).toBeLessThan(45);
  });

  test("WR-15 a value has one bin; the upper bound is in the last", () => {
    const bins = (values: readonly number[], multidiscrete: boolean) =>
      new DiscretizeObservation(still(square, Float32Array.from(values)), { bins: [2, 4], multidiscrete }).reset()[0];
    expect(bins([0.6, -0.4], true)).toEqual(Int32Array.of(1, 1));
    expect(bins([0.6, -0.4], false)).toBe(5);
    expect(bins([1, 1], true)).toEqual(Int32Array.of(1, 3));
  });

  test("WR-15 unbounded and discrete observations are refused, and too few bins", () => {
    const unbounded = new Box({ low: 0, high: Infinity, shape: [1], dtype: "float32" });
    expect(() => new DiscretizeObservation(showing(unbounded), { bins: 3 })).toThrow(ConfigError);
    expect(() => new DiscretizeObservation(showing(square), { bins: 1 })).toThrow(ConfigError);
    expect(() => new DiscretizeObservation(showing(square), { bins: [2, 2, 2] })).toThrow(ConfigError);
  });
});

describe("shapes and colours", () => {
  test("WR-16 Grayscale weighs the colours, with or without the last axis", () => {
    const pixels = Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255);
    const grey = new GrayscaleObservation(still(image(2, 2, 3), pixels));
    expect(grey.reset()[0]).toEqual(Uint8Array.of(255, 54, 182, 18));
    expect(grey.observationSpace.shape).toEqual([2, 2]);
    const kept = new GrayscaleObservation(still(image(2, 2, 3), pixels), { keepDim: true });
    expect(kept.observationSpace.shape).toEqual([2, 2, 1]);
    expect(() => new GrayscaleObservation(still(image(2, 2, 1), new Uint8Array(4)))).toThrow(ConfigError);
  });

  test("WR-16 Resize averages what a pixel covers", () => {
    const pixels = Uint8Array.of(0, 100, 10, 20, 200, 100, 30, 40);
    const env = new ResizeObservation(still(image(2, 4, 1), pixels), { shape: [1, 2] });
    expect(env.reset()[0]).toEqual(Uint8Array.of(100, 25));
    expect(env.observationSpace.shape).toEqual([1, 2, 1]);
    const third = new ResizeObservation(still(image(1, 3, 1), Uint8Array.of(0, 90, 240)), { shape: [1, 2] });
    expect(third.reset()[0]).toEqual(Uint8Array.of(30, 190));
  });

  test("WR-16 Resize grows in blocks, channel by channel, and leaves an equal size alone", () => {
    const pixels = Uint8Array.of(1, 2, 3, 4, 5, 6);
    const larger = new ResizeObservation(still(image(1, 2, 3), pixels), { shape: [2, 2] });
    expect(larger.reset()[0]).toEqual(Uint8Array.of(...pixels, ...pixels));
    const same = new ResizeObservation(still(image(1, 2, 3), pixels), { shape: [1, 2] });
    expect(same.reset()[0]).toEqual(pixels);
    expect(() => new ResizeObservation(still(image(1, 2, 3), pixels), { shape: [0, 2] })).toThrow(ConfigError);
  });

  test("WR-16 Reshape keeps elements and bounds", () => {
    const space = new Box({ low: [0, 1, 2, 3], high: 9, shape: [4], dtype: "float32" });
    const env = new ReshapeObservation(still(space, Float32Array.of(1, 2, 3, 4)), { shape: [2, 2] });
    expect([env.reset()[0], env.observationSpace.shape]).toEqual([Float32Array.of(1, 2, 3, 4), [2, 2]]);
    expect(env.observationSpace.contains(Float32Array.of(-1, 2, 3, 4))).toBe(false);
    expect(() => new ReshapeObservation(still(space, new Float32Array(4)), { shape: [3] })).toThrow(ConfigError);
  });

  test("WR-16 Dtype converts the numbers and keeps the bounds", () => {
    const env = new DtypeObservation(still(image(1, 1, 3), Uint8Array.of(1, 2, 255)), { dtype: "float64" });
    expect(env.reset()[0]).toEqual(Float64Array.of(1, 2, 255));
    expect(env.observationSpace.contains(Float64Array.of(256, 0, 0))).toBe(false);
    const unbounded = new Box({ low: 0, high: Infinity, shape: [1], dtype: "float32" });
    expect(() => new DtypeObservation(showing(unbounded), { dtype: "uint8" })).toThrow(ConfigError);
  });

  test("WR-16 Transform shows a function of the observation, in reset and in step", async () => {
    const twice = (obs: Float32Array) => obs.map((value) => 2 * value + 1);
    const env = new TransformObservation(promising(counting()), twice, line);
    expect((await env.reset())[0]).toEqual(Float32Array.of(1));
    expect((await env.step(0))[0]).toEqual(Float32Array.of(3));
  });
});
