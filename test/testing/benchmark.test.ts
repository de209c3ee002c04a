import { expect, test } from "vitest";

import { ConfigError } from "../../src/core/errors.ts";
import type { AutoresetMode } from "../../src/env/index.ts";
import { GenieEnv, tokenReward } from "../../src/env/index.ts";
import {
  benchmarkInit,
  benchmarkRender,
  benchmarkReset,
  benchmarkStep,
  benchmarkVectorStep,
  FakeWorldModel,
} from "../../src/testing/index.ts";
import { SpaceEnv } from "./space-env.ts";

/** A clock that moves on by a second whenever somebody looks; `seconds: 3` is then four calls in four seconds. */
function ticking(): { now: () => number; seconds: number } {
  let time = 0;
  return { now: () => (time += 1000), seconds: 3 };
}

test("CH-08 a step a second is one, and a finished environment is reset", async () => {
  expect(await benchmarkStep(new SpaceEnv({ horizon: 1 }), ticking())).toBe(1);
});

/** Two rows whose episodes last one step. */
function openPair(autoresetMode: AutoresetMode) {
  const world = new FakeWorldModel({ noise: 0 });
  const rewardModel = tokenReward(() => ({ reward: 0, terminated: true }));
  return GenieEnv.fromWorld(world, { numEnvs: 2, autoresetMode, rewardModel, prompts: [world.prompt(0)] });
}

test.each([
  ["NextStep", 1],
  ["SameStep", 2],
  ["Disabled", 2],
] as const)(
  "CH-08 in mode %s two rows make %i steps a second: a step that only resets is none",
  async (mode, expected) => {
    expect(await benchmarkVectorStep(await openPair(mode), ticking())).toBe(expected);
  },
);

test("CH-08 resets, renders and new environments are counted", async () => {
  expect(await benchmarkReset(new SpaceEnv(), ticking())).toBe(1);
  expect(await benchmarkRender(new SpaceEnv({ renderMode: "ansi" }), ticking())).toBe(1);
  let open = 0;
  const make = (): SpaceEnv => {
    open += 1;
    const env = new SpaceEnv();
    const close = env.close.bind(env);
    return Object.assign(env, { close: () => [close(), (open -= 1)] });
  };
  expect(await benchmarkInit(make, ticking())).toBe(1);
  expect(open).toBe(0);
});

test("CH-08 actions are seeded, as the environment is", async () => {
  const played = async (seed: number): Promise<unknown[]> => {
    const env = new SpaceEnv();
    const step = env.step.bind(env);
    const actions: unknown[] = [];
    Object.assign(env, { step: (action: unknown) => [actions.push(action), step(action)][1] });
    await benchmarkStep(env, { ...ticking(), seconds: 20, seed });
    return actions;
  };
  expect(await played(1)).toEqual(await played(1));
  expect(await played(2)).not.toEqual(await played(1));
});

test("an environment that promises is awaited", async () => {
  const world = new FakeWorldModel();
  await using env = await GenieEnv.fromWorld(world, { prompts: [world.prompt(0)] });
  expect(await benchmarkStep(env, ticking())).toBe(1);
});

test.each([{ targetDuration: 1 }, { seconds: 0 }, { seconds: "1" }, { seed: -1 }, { now: 5 }])(
  "CH-08 options %j are refused before anything is measured",
  async (options) => {
    let calls = 0;
    const env = new SpaceEnv({ renderMode: "ansi" });
    const given = JSON.parse(JSON.stringify(options));
    const count = <Made>(made: Made): Made => {
      calls += 1;
      return made;
    };
    const reset = env.reset.bind(env);
    env.reset = (args) => count(reset(args));
    const benchmarks = [benchmarkStep, benchmarkReset, benchmarkRender];
    for (const benchmark of benchmarks) await expect(benchmark(env, given)).rejects.toThrow(ConfigError);
    await expect(benchmarkInit(() => count(env), given)).rejects.toThrow(ConfigError);
    expect(calls).toBe(0);
  },
);
