import { describe, expect, test } from "vitest";

import { ConfigError, InvalidActionError, ResetNeededError } from "../../src/core/errors.ts";
import { makeVecSync, SyncVectorEnv, TimeLimit } from "../../src/env/index.ts";
import type { Env, VectorEnv } from "../../src/env/index.ts";
import {
  CartPoleEnv,
  CartPoleVectorEnv,
  CatchEnv,
  CatchVectorEnv,
  MountainCarEnv,
  MountainCarVectorEnv,
  PendulumEnv,
  PendulumVectorEnv,
} from "../../src/games/index.ts";
import type { ClassicVectorOptions } from "../../src/games/index.ts";

const NUM_ENVS = 3;
const MODES = ["NextStep", "SameStep", "Disabled"] as const;
/** Short, so that limits cut episodes of all tasks, and some of CartPole's end before. */
const MAX_EPISODE_STEPS = 12;

type Pair = readonly [
  name: string,
  single: () => Env<Float32Array>,
  batched: (options: ClassicVectorOptions) => VectorEnv<Float32Array>,
];

/** What the types of actions are does not matter here: every environment samples its own. */
const PAIRS: readonly Pair[] = [
  ["CartPole", () => new CartPoleEnv(), (options) => new CartPoleVectorEnv(options)],
  ["MountainCar", () => new MountainCarEnv(), (options) => new MountainCarVectorEnv(options)],
  ["Pendulum", () => new PendulumEnv(), (options) => new PendulumVectorEnv(options)],
  ["Catch", () => new CatchEnv(), (options) => new CatchVectorEnv(options)],
];
const CASES = PAIRS.flatMap(([name, single, batched]) => MODES.map((mode) => [name, mode, single, batched] as const));

/** Every answer to sampled actions; in mode "Disabled" ended rows are reset by their mask. */
function rollout(env: VectorEnv, steps: number): unknown[] {
  env.actionSpace.seed(1);
  const answers: unknown[] = [env.reset({ seed: 42 })];
  for (let i = 0; i < steps; i++) {
    const result = env.step(env.actionSpace.sample());
    answers.push(result);
    const ended = result[2].map((flag, row) => Math.max(flag, Number(result[3][row])));
    if (env.metadata.autoresetMode === "Disabled" && ended.includes(1)) {
      answers.push(env.reset({ options: { reset_mask: ended } }));
    }
  }
  return answers;
}

describe("a native batch", () => {
  test.each(CASES)(
    "VE-20 of %s answers as single environments side by side, in mode %s",
    (_, mode, single, batched) => {
      const rows = Array.from(
        { length: NUM_ENVS },
        () => () => new TimeLimit(single(), { maxEpisodeSteps: MAX_EPISODE_STEPS }),
      );
      const side = new SyncVectorEnv(rows, { autoresetMode: mode });
      const batch = batched({ numEnvs: NUM_ENVS, maxEpisodeSteps: MAX_EPISODE_STEPS, autoresetMode: mode });
      const answers = rollout(batch, 100);
      expect(answers).toEqual(rollout(side, 100));
      expect(JSON.stringify(batch.observationSpace)).toBe(JSON.stringify(side.observationSpace));
      expect(JSON.stringify(batch.actionSpace)).toBe(JSON.stringify(side.actionSpace));
    },
  );

  test("VE-20 the step that starts a row anew pays nothing and ignores the action", () => {
    const env = new CatchVectorEnv({ numEnvs: 2 });
    env.reset({ seed: 0 });
    const stay = Int32Array.of(1, 1);
    for (let i = 0; i < 9; i++) env.step(stay);
    const [obs, rewards, terminated, truncated] = env.step(Int32Array.of(0, 2));
    expect([...rewards, ...terminated, ...truncated]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([obs[47], obs[97]]).toEqual([1, 1]);
  });

  test("VE-18 every step's batch is in memory of its own", () => {
    const env = new CartPoleVectorEnv({ numEnvs: 2 });
    const [first] = env.reset({ seed: 0 });
    const before = first.slice();
    const results = Array.from({ length: 3 }, () => env.step(Int32Array.of(0, 1)));
    expect(first).toEqual(before);
    for (const part of [0, 1, 2, 3] as const) expect(new Set(results.map((result) => result[part])).size).toBe(3);
  });

  test("its states are those of the rows, as a copy", () => {
    const env = new PendulumVectorEnv({ numEnvs: NUM_ENVS });
    env.reset({ seed: 5 });
    const single = new PendulumEnv();
    single.reset({ seed: 6 });
    expect(env.states.subarray(2, 4)).toEqual(single.state);
    env.states.fill(9);
    expect(env.states.subarray(2, 4)).toEqual(single.state);
  });

  test("bounds of reset go to every row, and a bad one changes none", () => {
    const env = new CartPoleVectorEnv({ numEnvs: 2 });
    env.reset({ options: { low: 0.5, high: 0.5 } });
    expect([...env.states]).toEqual(Array.from({ length: 8 }, () => 0.5));
    expect(() => env.reset({ seed: 1, options: { low: 2, high: 1 } })).toThrow(ConfigError);
    expect([...env.states]).toEqual(Array.from({ length: 8 }, () => 0.5));
  });

  test("misuse is refused and changes nothing", () => {
    const env = new CartPoleVectorEnv({ numEnvs: 2, autoresetMode: "Disabled" });
    expect(() => env.step(Int32Array.of(0, 0))).toThrow(ResetNeededError);
    env.reset({ seed: 0 });
    const { states } = env;
    expect(() => env.step(Int32Array.of(0, 2))).toThrow(InvalidActionError);
    expect(() => env.step(Int32Array.of(0))).toThrow(InvalidActionError);
    expect(env.states).toEqual(states);
  });

  test("it shows its rows one behind the other", () => {
    const env = new CatchVectorEnv({ numEnvs: 2, renderMode: "rgb_array" });
    env.reset({ seed: 0 });
    expect(env.render()).toMatchObject({ count: 2, height: 100, width: 50 });
    const text = new CatchVectorEnv({ numEnvs: 2, renderMode: "ansi" });
    text.reset({ seed: 0 });
    expect(text.render()).toMatch(/▀[^]*\n\n[^]*▀/);
  });

  test.each(["CartPole-v1", "MountainCar-v0", "Pendulum-v1", "Catch-v0"])("makeVec finds that of %s", (id) => {
    const native = makeVecSync(id, { numEnvs: NUM_ENVS, vectorOptions: { autoresetMode: "SameStep" } });
    const sync = makeVecSync(id, {
      numEnvs: NUM_ENVS,
      vectorizationMode: "sync",
      vectorOptions: { autoresetMode: "SameStep" },
    });
    expect(native.constructor.name).toMatch(/^(CartPole|MountainCar|Pendulum|Catch)VectorEnv$/);
    expect(rollout(native, 30)).toEqual(rollout(sync, 30));
  });
});
