import { expect, test } from "vitest";

import { makeSync, spec } from "../../src/env/index.ts";
import { PendulumEnv } from "../../src/games/index.ts";

test.each([
  ["CartPole-v1", 475, 500],
  ["MountainCar-v0", -110, 200],
  ["Pendulum-v1", null, 200],
  ["Catch-v0", 0.9, null],
])("%s is registered as in Gymnasium", (id, rewardThreshold, maxEpisodeSteps) => {
  expect(spec(id)).toMatchObject({ id, rewardThreshold, maxEpisodeSteps, nondeterministic: false, vector: null });
});

test("options go to the environment, and its episodes are cut at the limit", () => {
  const env = makeSync<Float32Array, Float32Array>("Pendulum-v1", { g: 9.81, renderMode: "ansi" });
  env.reset({ seed: 0 });
  const torque = Float32Array.of(0);
  const cuts = Array.from({ length: 200 }, () => env.step(torque)[3]);
  expect(cuts.indexOf(true)).toBe(199);
  expect(env.unwrapped).toBeInstanceOf(PendulumEnv);
  expect(env.renderMode).toBe("ansi");
  expect(env.spec?.options).toEqual({ g: 9.81, renderMode: "ansi" });
});

test("an option that no environment of the name has is refused", () => {
  expect(() => makeSync("CartPole-v1", { gravity: 9.81 })).toThrow(/CartPoleEnv: [\s\S]*gravity/);
});
