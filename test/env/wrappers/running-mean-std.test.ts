import { expect, test } from "vitest";

import { ConfigError, ShapeError } from "../../../src/core/errors.ts";
import { SyncVectorEnv } from "../../../src/env/index.ts";
import {
  NormalizeObservation,
  NormalizeReward,
  RunningMeanStd,
  VectorNormalizeObservation,
  VectorNormalizeReward,
} from "../../../src/env/wrappers/index.ts";
import { CartPoleEnv } from "../../../src/games/classic/cart-pole.ts";
import { PendulumEnv } from "../../../src/games/classic/pendulum.ts";

const throughText = (rms: RunningMeanStd) => RunningMeanStd.fromJSON(JSON.parse(JSON.stringify(rms)));
const cartPoles = () =>
  new VectorNormalizeObservation(new SyncVectorEnv([() => new CartPoleEnv(), () => new CartPoleEnv()]));
const push = (t: number) => Int32Array.of(t % 2, (t >> 1) % 2);

test("what was counted goes through JSON, and counts on alike", () => {
  const rms = new RunningMeanStd(2);
  rms.update([1, 10, 2, 30, 4, 70]);
  const restored = throughText(rms);
  for (const one of [rms, restored]) one.update([0.1, 0.2]);
  expect(restored.toJSON()).toEqual(rms.toJSON());
  expect(restored.count).toBeCloseTo(4, 3);
});

test("observations are normalised alike by a wrapper that has another's statistics", () => {
  using learnt = cartPoles();
  learnt.reset({ seed: 1 });
  for (let t = 0; t < 100; t++) learnt.step(push(t));
  using restored = cartPoles();
  restored.obsRms = throughText(learnt.obsRms);
  using fresh = cartPoles();
  for (const envs of [learnt, restored, fresh]) envs.updateRunningMean = false;
  const [expected] = learnt.reset({ seed: 9 });
  const [actual] = restored.reset({ seed: 9 });
  const [other] = fresh.reset({ seed: 9 });
  expect(actual).toEqual(expected);
  expect(other).not.toEqual(expected);
  for (let t = 0; t < 20; t++) expect(restored.step(push(t))).toEqual(learnt.step(push(t)));
});

test("statistics that are shared count for all who share them", () => {
  using learnt = cartPoles();
  const single = new NormalizeObservation(new CartPoleEnv());
  single.obsRms = learnt.obsRms;
  single.updateRunningMean = false;
  learnt.reset({ seed: 1 });
  for (let t = 0; t < 30; t++) learnt.step(push(t));
  const [batch] = learnt.reset({ seed: 9 });
  const [obs] = single.reset({ seed: 9 });
  expect(obs).toEqual(batch.slice(0, 4));
});

test("rewards are divided alike by a wrapper that has another's statistics", () => {
  const learnt = new NormalizeReward(new PendulumEnv());
  learnt.reset({ seed: 1 });
  for (let t = 0; t < 50; t++) learnt.step(Float32Array.of(1));
  const restored = new NormalizeReward(new PendulumEnv());
  using batch = new VectorNormalizeReward(new SyncVectorEnv([() => new PendulumEnv()]));
  for (const one of [restored, batch]) one.returnRms = throughText(learnt.returnRms);
  for (const one of [learnt, restored, batch]) one.updateRunningMean = false;
  for (const one of [learnt, restored, batch]) one.reset({ seed: 9 });
  const [, expected] = learnt.step(Float32Array.of(0.5));
  expect(restored.step(Float32Array.of(0.5))[1]).toBe(expected);
  expect(batch.step(Float32Array.of(0.5))[1][0]).toBe(expected);
});

test.each([
  null,
  {},
  { mean: [0], var: [1, 1], count: 1 },
  { mean: [0], var: [-1], count: 1 },
  { mean: [null], var: [1], count: 1 },
  { mean: [0], var: [1], count: 0 },
])("%j is no statistics", (json) => {
  expect(() => RunningMeanStd.fromJSON(json)).toThrow(ConfigError);
});

test("statistics of another size are refused, and nothing changes", () => {
  using envs = cartPoles();
  const { obsRms } = envs;
  expect(() => {
    envs.obsRms = new RunningMeanStd(3);
  }).toThrow(new ShapeError("NormalizeObservation: obsRms: must be of 4 numbers, got 3"));
  expect(envs.obsRms).toBe(obsRms);
  const env = new NormalizeReward(new CartPoleEnv());
  expect(() => {
    env.returnRms = new RunningMeanStd(2);
  }).toThrow(ShapeError);
});
