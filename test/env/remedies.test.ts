import { describe, expect, test } from "vitest";

import {
  ClipAction,
  ConfigError,
  InvalidActionError,
  make,
  makeSync,
  makeVecSync,
  RegistrationError,
  RescaleAction,
  spec,
  StickyAction,
  VectorTransformAction,
} from "../../src/env/index.ts";
import { CartPoleEnv, PendulumEnv } from "../../src/games/index.ts";

/* Every refusal reads `where: rule, got value - remedy`; what a caller without a compiler may write comes as JSON. */

const any = (json: string): never => JSON.parse(json) as never;

describe("a refused action is told what to pass", () => {
  const pole = () => makeSync<Float32Array>("CartPole-v1");
  const pendulum = () => makeSync<Float32Array>("Pendulum-v1");
  test.each([
    ["a number outside", pole, 2, /step: the action must be a member of .*, got 2 - pass an integer from 0 to 1$/],
    ["a text", pole, "left", /got "left" - pass an integer from 0 to 1$/],
    ["a list", pendulum, [1], /got Array of 1 - pass a float32 array of shape \[1\]$/],
    ["another dtype", pendulum, Float64Array.of(1), /got Float64Array \[1\] - pass a float32 array of shape \[1\]$/],
    [
      "NaN",
      pendulum,
      Float32Array.of(NaN),
      /got Float32Array \[NaN\] - keep every number between low and high, none NaN$/,
    ],
  ])("%s", (_, open, action, message) => {
    const env = open();
    env.reset({ seed: 0 });
    expect(() => env.step(action)).toThrow(InvalidActionError);
    expect(() => env.step(action)).toThrow(message);
  });

  test("in a batch, and by which row", () => {
    const env = makeVecSync<Float32Array>("CartPole-v1", { numEnvs: 2 });
    env.reset({ seed: 0 });
    expect(() => env.step([0, 2])).toThrow(
      /step: actions must be 2 members .*got \[0, 2\] - row 1: pass an integer from 0 to 1$/,
    );
    expect(() => env.step(Int32Array.of(7, 0))).toThrow(/ - row 0: pass an integer from 0 to 1$/);
    for (const actions of [[0], 1, null, [0, 1, 0]])
      expect(() => env.step(actions)).toThrow(/ - pass an array of 2, one action per row$/);
    expect(() => env.step(Uint8Array.of(0, 1))).toThrow(/ - pass a list of 2, one action per row$/);
    const pendulums = makeVecSync<Float32Array>("Pendulum-v1", { numEnvs: 2 });
    pendulums.reset({ seed: 0 });
    expect(() => pendulums.step(Float32Array.of(0, Number.NaN))).toThrow(/ - row 1: keep every number between/);
  });

  test("by wrappers, too", () => {
    const stack = [new ClipAction(new PendulumEnv()), new RescaleAction(new PendulumEnv(), { min: -1, max: 1 })];
    for (const env of stack) {
      env.reset({ seed: 0 });
      expect(() => env.step(any("[0]"))).toThrow(/Action: .*, got Array of 1 - pass a float32 array of shape \[1\]$/);
    }
    const sticky = new StickyAction(new CartPoleEnv(), { repeatActionProbability: 0.5 });
    sticky.reset({ seed: 0 });
    sticky.step(0);
    expect(() => sticky.step(3)).toThrow(/: .*, got 3 - pass an integer from 0 to 1$/);
    const rows = makeVecSync<Float32Array, Int32Array>("CartPole-v1", { numEnvs: 2 });
    const turned = new VectorTransformAction(
      rows,
      ((action: number) => 1 - action) as never,
      rows.singleActionSpace as never,
    );
    turned.reset({ seed: 0 });
    expect(() => turned.step(any("[0, 5]"))).toThrow(/ - row 1: pass an integer from 0 to 1$/);
  });
});

describe("an unknown option is told which there are", () => {
  test("and how a name of Python's is spelt", async () => {
    const attempt = make("CartPole-v1", { render_mode: "ansi" });
    await expect(attempt).rejects.toThrow(ConfigError);
    await expect(attempt).rejects.toThrow(/got "render_mode" - did you mean renderMode\?/);
    await expect(make("CartPole-v1", { gravity_of_mars: 1 })).rejects.toThrow(
      /gravity_of_mars: leave it out; options are in camel case, as gravityOfMars/,
    );
    await expect(make("CartPole-v1", { zzz: 1 })).rejects.toThrow(/"zzz"; permitted: .*\n.*zzz: leave it out/);
  });

  test("also where make and makeVec would have handed it on", async () => {
    await expect(make("CartPole-v1", { max_episode_steps: 5 })).rejects.toThrow(
      'make: options are in camel case, got "max_episode_steps" - did you mean maxEpisodeSteps?',
    );
    expect(() => makeVecSync("CartPole-v1", { num_envs: 3 })).toThrow(/got "num_envs" - did you mean numEnvs\?/);
    expect(() => makeVecSync("CartPole-v1", { max_episode_steps: 3 })).toThrow(/did you mean maxEpisodeSteps\?/);
  });

  test("also for an environment that is made by hand", () => {
    expect(() => new CartPoleEnv(any('{ "sutton_barto_reward": true }'))).toThrow(
      /"sutton_barto_reward"; permitted: suttonBartoReward.*\n.*did you mean suttonBartoReward\?/,
    );
  });

  test("also in a spec, at any depth", async () => {
    const vector = { numEnvs: 1, vectorizationMode: "sync", vectorOptions: {}, wraps: [] };
    await expect(make(any(JSON.stringify({ ...spec("CartPole-v1"), vector })))).rejects.toThrow(
      /"wraps"; permitted: .*wrappers\n.*wraps: did you mean wrappers\?\n.*at vector/,
    );
  });
});

test.each(["null", "5", "[]", "{}", "true"])("make of %s says that an id is expected", async (json) => {
  const expected = /make: .*, got .* - pass an id such as "CartPole-v1"$/;
  await expect(make(any(json))).rejects.toThrow(ConfigError);
  await expect(make(any(json))).rejects.toThrow(expected);
  expect(() => makeVecSync(any(json))).toThrow(expected);
  expect(() => spec(any(json))).toThrow(RegistrationError);
  expect(() => spec(any(json))).toThrow(/ - pass one as "CartPole-v1"$/);
});

test("a refused mask is told in words that hold in JavaScript and in Python", () => {
  const env = makeVecSync("CartPole-v1", { numEnvs: 2 });
  env.reset({ seed: 0 });
  for (const [mask, got] of [
    [Uint8Array.of(0, 2), "uint8 [0, 2]"],
    [Float64Array.of(1, 0), "float64 [1, 0]"],
    [[true], "[true]"],
    [[1, 0], "[1, 0]"],
  ] as const) {
    expect(() => env.reset({ options: { reset_mask: mask } })).toThrow(
      `reset: reset_mask must be 2 flags, booleans or 0 and 1 of type uint8, at least one of them set, got ${got} - ` +
        "pass one flag per row, and no mask to reset all",
    );
  }
});
