import { describe, expect, test } from "vitest";

import { ConfigError, InvalidActionError } from "../../../src/core/errors.ts";
import { Box, Discrete, spacesEqual } from "../../../src/env/index.ts";
import type { AutoresetMode, Env, VectorEnv } from "../../../src/env/index.ts";
import { SyncVectorEnv } from "../../../src/env/vector/sync-vector-env.ts";
import * as wrappers from "../../../src/env/wrappers/index.ts";
import { CartPoleEnv } from "../../../src/games/classic/cart-pole.ts";
import { ScriptedEnv } from "./envs.ts";

const MODES: readonly AutoresetMode[] = ["NextStep", "SameStep", "Disabled"];

/** Steps through `count` steps with the same actions for equal calls; in Disabled mode rows that ended are reset. */
function rollout(env: VectorEnv, actionOf: (t: number, row: number) => unknown, count: number): unknown[] {
  const { numEnvs, metadata } = env;
  const trace: unknown[] = [env.reset({ seed: 5 })];
  for (let t = 0; t < count; t++) {
    const result = env.step(Array.from({ length: numEnvs }, (_, row) => actionOf(t, row)));
    trace.push(result);
    const ended = result[2].map((flag, row) => flag | Number(result[3][row]));
    if (metadata.autoresetMode === "Disabled" && ended.includes(1)) {
      trace.push(env.reset({ options: { reset_mask: ended } }));
    }
  }
  return trace;
}

const image = new Box({ low: 0, high: 255, shape: [4, 6, 3], dtype: "uint8" });
let made = 0;
/** Pictures that depend on the step, and episodes that end at different times. */
const filming = () => {
  const own = made++ % 3;
  return new ScriptedEnv({
    observationSpace: image,
    actionSpace: new Discrete(2),
    obs: (t) => Uint8Array.from({ length: 72 }, (_, i) => 37 * i + 101 * t + own),
    reward: (t) => t - 2.5,
    length: 3 + own,
  });
};
const driven = () => {
  const own = made++ % 3;
  return new ScriptedEnv({
    observationSpace: new Box({ low: -1, high: 1, shape: [1], dtype: "float32" }),
    actionSpace: new Box({ low: -1, high: 1, shape: [1], dtype: "float32" }),
    obs: (_, action) => action?.slice() ?? new Float32Array(1),
    length: 4 + own,
  });
};
const push = (t: number, row: number) => (Math.floor(t / 3) + row) % 2;
const steer = (t: number, row: number) => Float32Array.of(Math.sin(t + row) / 3);
const strong = (t: number, row: number) => Float32Array.of(3 * Math.sin(t + row));
const invert = (obs: Uint8Array) => obs.map((value) => 255 - value);

type Images = Env<Uint8Array, number>;
type Driven = Env<Float32Array, Float32Array>;

describe("a wrapped vector environment equals a vector of wrapped environments", () => {
  const pair = <Obs, Act, O, A>(
    factory: () => Env<Obs, Act>,
    single: (env: Env<Obs, Act>) => Env<O, A>,
    vector: (env: SyncVectorEnv<Obs, Act>) => VectorEnv,
    actionOf: (t: number, row: number) => unknown,
  ) => ({
    tracesOf: (numEnvs: number, autoresetMode: AutoresetMode) => {
      const factories = Array.from({ length: numEnvs }, () => factory);
      made = 0;
      const outside = vector(new SyncVectorEnv(factories, { autoresetMode }));
      made = 0;
      const inside = new SyncVectorEnv(
        factories.map((make) => () => single(make())),
        { autoresetMode },
      );
      return [outside, inside].map((env) => ({
        observationSpace: JSON.stringify(env.observationSpace),
        singleActionSpace: JSON.stringify(env.singleActionSpace),
        trace: rollout(env, actionOf, 50),
      }));
    },
  });

  const PAIRS = {
    TransformObservation: pair(
      filming,
      (env) => new wrappers.TransformObservation(env, invert, image),
      (env) => new wrappers.VectorTransformObservation(env, invert, image),
      push,
    ),
    GrayscaleObservation: pair(
      filming,
      (env: Images) => new wrappers.GrayscaleObservation(env),
      (env) => new wrappers.VectorGrayscaleObservation(env),
      push,
    ),
    ResizeObservation: pair(
      filming,
      (env: Images) => new wrappers.ResizeObservation(env, { shape: [3, 2] }),
      (env) => new wrappers.VectorResizeObservation(env, { shape: [3, 2] }),
      push,
    ),
    ReshapeObservation: pair(
      filming,
      (env: Images) => new wrappers.ReshapeObservation(env, { shape: [72] }),
      (env) => new wrappers.VectorReshapeObservation<Uint8Array, unknown>(env, { shape: [72] }),
      push,
    ),
    RescaleObservation: pair(
      filming,
      (env: Images) => new wrappers.RescaleObservation(env, { min: -1, max: 1 }),
      (env) => new wrappers.VectorRescaleObservation(env, { min: -1, max: 1 }),
      push,
    ),
    DtypeObservation: pair(
      filming,
      (env: Images) => new wrappers.DtypeObservation(env, { dtype: "float64" }),
      (env) => new wrappers.VectorDtypeObservation(env, { dtype: "float64" }),
      push,
    ),
    FrameStackObservation: pair(
      filming,
      (env: Images) => new wrappers.FrameStackObservation(env, { stackSize: 3 }),
      (env) => new wrappers.VectorFrameStackObservation(env, { stackSize: 3 }),
      push,
    ),
    TransformReward: pair(
      filming,
      (env) => new wrappers.TransformReward(env, (reward) => reward + 1),
      (env) => new wrappers.VectorTransformReward(env, (reward) => reward + 1),
      push,
    ),
    ClipReward: pair(
      filming,
      (env) => new wrappers.ClipReward(env, { min: 0.5, max: 1 }),
      (env) => new wrappers.VectorClipReward(env, { min: 0.5, max: 1 }),
      push,
    ),
    ClipAction: pair(
      driven,
      (env: Driven) => new wrappers.ClipAction(env),
      (env) => new wrappers.VectorClipAction(env),
      strong,
    ),
    RescaleAction: pair(
      driven,
      (env: Driven) => new wrappers.RescaleAction(env, { min: -0.5, max: 0.5 }),
      (env) => new wrappers.VectorRescaleAction(env, { min: -0.5, max: 0.5 }),
      steer,
    ),
    TransformAction: pair(
      driven,
      (env: Driven) => new wrappers.TransformAction(env, (a: Float32Array) => a.map((x) => -x), env.actionSpace),
      (env) => new wrappers.VectorTransformAction(env, (a: Float32Array) => a.map((x) => -x), env.singleActionSpace),
      steer,
    ),
    VectorizeTransformObservation: pair(
      driven,
      (env: Driven) => new wrappers.DiscretizeObservation(env, { bins: 4 }),
      (env) =>
        new wrappers.VectorizeTransformObservation(env, (row) => new wrappers.DiscretizeObservation(row, { bins: 4 })),
      steer,
    ),
    VectorizeTransformAction: pair(
      driven,
      (env: Driven) => new wrappers.DiscretizeAction(env, { bins: 5 }),
      (env) => new wrappers.VectorizeTransformAction(env, (row) => new wrappers.DiscretizeAction(row, { bins: 5 })),
      (t, row) => (t + row) % 5,
    ),
    VectorizeTransformReward: pair(
      filming,
      (env) => new wrappers.ClipReward(env, { max: 0 }),
      (env) => new wrappers.VectorizeTransformReward(env, (row) => new wrappers.ClipReward(row, { max: 0 })),
      push,
    ),
  };

  for (const [name, { tracesOf }] of Object.entries(PAIRS)) {
    for (const mode of MODES) {
      test.each([1, 3])(`WR-17 ${name} in ${mode} mode, %i rows`, (numEnvs) => {
        const [outside, inside] = tracesOf(numEnvs, mode);
        expect(outside).toEqual(inside);
      });
    }
  }
});

test("WR-17 actions of the wrong number or kind are refused, and reach nobody", () => {
  const inner = Array.from({ length: 2 }, driven);
  const env = new wrappers.VectorClipAction(new SyncVectorEnv(inner.map((each) => () => each)));
  env.reset();
  for (const actions of [[Float32Array.of(1)], Float32Array.of(1, 2, 3), Float32Array.of(1, Number.NaN)]) {
    expect(() => env.step(actions)).toThrow(InvalidActionError);
  }
  env.step(Float32Array.of(5, -5));
  expect(inner.map(({ actions }) => actions)).toEqual([[Float32Array.of(1)], [Float32Array.of(-1)]]);
});

test("WR-21 the batched space is always that of the single one, which is all that a transform is given", () => {
  const small = new Box({ low: 0, high: 1, shape: [2], dtype: "float32" });
  const observed = new wrappers.VectorTransformObservation(
    new SyncVectorEnv([filming, filming]),
    (obs: Uint8Array) => Float32Array.of(Number(obs[0]) / 255, 1),
    small,
  );
  expect(spacesEqual(observed.observationSpace, small.batch(2))).toBe(true);
  expect(observed.singleObservationSpace).toBe(small);
  const acting = new wrappers.VectorTransformAction(
    new SyncVectorEnv([driven, driven]),
    (action: Float32Array) => action.subarray(0, 1),
    small,
  );
  expect(spacesEqual(acting.actionSpace, small.batch(2))).toBe(true);
  expect(acting.singleActionSpace).toBe(small);
});

describe("VectorizeTransform… refuses", () => {
  const films = (): SyncVectorEnv<Uint8Array, number> => new SyncVectorEnv([filming, filming]);
  const vectorize = (wrap: unknown) => (): unknown =>
    Reflect.construct(wrappers.VectorizeTransformObservation, [films(), wrap]);
  const plain = (env: Images) => new wrappers.TransformObservation(env, invert, image);

  test.each<[string, unknown]>([
    ["what remembers a row's past", (row: Images) => new wrappers.DelayObservation(row, { delay: 1 })],
    ["a wrapper of another kind", (row: Images) => new wrappers.ClipReward(row, { max: 1 })],
    ["two wrappers, of which it would use the outer only", (row: Images) => plain(plain(row))],
    ["a wrapper around another environment", () => plain(filming())],
    ["no wrapper", () => undefined],
  ])("WR-17 %s", (_, wrap) => {
    expect(vectorize(wrap)).toThrow(ConfigError);
    expect(vectorize(wrap)).toThrow("must put one TransformObservation around its argument");
  });

  test("WR-17 what is no function, a single environment, and what the wrapper refuses", () => {
    expect(vectorize({})).toThrow("VectorizeTransformObservation: a function is needed");
    expect(() => Reflect.construct(wrappers.VectorizeTransformReward, [filming(), () => {}])).toThrow(
      "VectorizeTransformReward: it must be around a vector environment",
    );
    expect(vectorize((row: Images) => new wrappers.ResizeObservation(row, { shape: [0, 2] }))).toThrow(ConfigError);
    expect(
      vectorize((row: Images) => {
        row.reset();
        return plain(row);
      }),
    ).toThrow("the function must only wrap its argument");
  });
});

describe("VectorRecordEpisodeStatistics", () => {
  const frozen = () => 0;
  const cartPoles = (numEnvs: number) => Array.from({ length: numEnvs }, () => () => new CartPoleEnv());

  test.each([1, 3])("WR-05 statistics of %i CartPoles equal those of each on its own", (numEnvs) => {
    const outside = new wrappers.VectorRecordEpisodeStatistics(new SyncVectorEnv(cartPoles(numEnvs)), {}, frozen);
    const inside = new SyncVectorEnv(
      cartPoles(numEnvs).map((make) => () => new wrappers.RecordEpisodeStatistics(make(), {}, frozen)),
    );
    const trace = rollout(outside, push, 100);
    expect(trace).toEqual(rollout(inside, push, 100));
    expect(JSON.stringify(trace)).toContain('"_episode"');
  });

  const lasting = (lengths: readonly number[], autoresetMode: AutoresetMode) =>
    new wrappers.VectorRecordEpisodeStatistics(
      new SyncVectorEnv(
        lengths.map(
          (length) => () =>
            new ScriptedEnv({ observationSpace: image, actionSpace: new Discrete(2), obs: () => image.low, length }),
        ),
        { autoresetMode },
      ),
    );

  test.each(MODES)("WR-05 episodes of three steps have a return and a length of 3 in %s mode", (mode) => {
    const env = lasting([3, 3], mode);
    rollout(env, () => 0, 20);
    expect(env.queues.lengths.length).toBeGreaterThanOrEqual(10);
    expect(new Set([...env.queues.lengths, ...env.queues.returns])).toEqual(new Set([3]));
  });

  test.each(MODES)("WR-05 episodes that end at different times are counted apart in %s mode", (mode) => {
    const env = lasting([2, 5], mode);
    rollout(env, () => 0, 30);
    expect(new Set(env.queues.lengths)).toEqual(new Set([2, 5]));
    expect(env.queues.returns).toEqual(env.queues.lengths);
  });

  test("WR-05 a partial reset in mid-episode leaves the other rows' counts, and the caller's options", () => {
    const env = lasting([5, 5], "NextStep");
    env.reset();
    env.step([0, 0]);
    env.step([0, 0]);
    const options = { reset_mask: [true, false] };
    env.reset({ options });
    expect(options).toEqual({ reset_mask: [true, false] });
    for (let t = 0; t < 6; t++) env.step([0, 0]);
    expect(env.queues.lengths).toEqual([5, 5]);
  });

  test("WR-05 a key that the environment uses is refused", () => {
    const inner = () =>
      new ScriptedEnv({
        observationSpace: image,
        actionSpace: new Discrete(2),
        obs: () => image.low,
        length: 1,
        info: () => ({ episode: 1 }),
      });
    const env = new wrappers.VectorRecordEpisodeStatistics(new SyncVectorEnv([inner]));
    env.reset();
    expect(() => env.step([0])).toThrow(ConfigError);
  });
});

describe("normalising", () => {
  test.each(MODES)("WR-09 the vector form counts what the single one does, in %s mode", (mode) => {
    made = 0;
    const outside = new wrappers.VectorNormalizeObservation(new SyncVectorEnv([filming], { autoresetMode: mode }));
    made = 0;
    const single = new wrappers.NormalizeObservation(filming());
    const inside = new SyncVectorEnv([() => single], { autoresetMode: mode });
    expect(rollout(outside, push, 50)).toEqual(rollout(inside, push, 50));
    expect(outside.obsRms).toMatchObject({ count: single.obsRms.count, mean: single.obsRms.mean });
  });

  test.each(MODES)("WR-10 the vector form counts, divides and pays as the single one does, in %s mode", (mode) => {
    made = 0;
    const outside = new wrappers.VectorNormalizeReward(new SyncVectorEnv([filming], { autoresetMode: mode }));
    made = 0;
    const single = new wrappers.NormalizeReward(filming());
    const inside = new SyncVectorEnv([() => single], { autoresetMode: mode });
    expect(rollout(outside, push, 50)).toEqual(rollout(inside, push, 50));
    expect(outside.returnRms.count).toBe(single.returnRms.count);
    expect([outside.returnRms.mean, outside.returnRms.var]).toEqual([single.returnRms.mean, single.returnRms.var]);
  });

  test("WR-10 SameStep counts every step, NextStep all but the resets", () => {
    const counts = (["SameStep", "NextStep"] as const).map((autoresetMode) => {
      made = 0;
      const env = new wrappers.VectorNormalizeReward(new SyncVectorEnv([filming], { autoresetMode }));
      rollout(env, push, 8);
      return Math.round(env.returnRms.count);
    });
    expect(counts).toEqual([8, 6]);
  });

  test("WR-10 a partial reset begins the return of its rows anew, and only theirs", () => {
    made = 0;
    const env = new wrappers.VectorNormalizeReward(new SyncVectorEnv([filming, filming]), { gamma: 1 });
    env.reset();
    env.step([0, 0]);
    env.reset({ options: { reset_mask: [true, false] } });
    env.step([0, 0]);
    // Returns: -1.5 and -1.5; then -1.5 anew and -1.5 - 0.5.
    expect(env.returnRms.mean[0]).toBeCloseTo((-1.5 * 3 - 2) / 4, 3);
  });
});
