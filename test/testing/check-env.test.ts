import { expect, test } from "vitest";

import { ConfigError } from "../../src/core/errors.ts";
import { Box, GenieEnv, makeVecSync } from "../../src/env/index.ts";
import "../../src/games/index.ts";
import type { Space } from "../../src/env/index.ts";
import { assertEnv, checkEnv, FakeWorldModel, RULES } from "../../src/testing/index.ts";
import { SPACES } from "../env/spaces-cases.ts";
import { CASES } from "./broken-envs.ts";
import { withFaults } from "./faults.ts";
import { SpaceEnv } from "./space-env.ts";

const OPTIONS = { start: [1] };

/** What is legal for a space, but seldom meant. */
const legal = (space: Space<unknown>) => (/inf"/.test(JSON.stringify(space)) ? ["box-unbounded"] : []);

test.each(SPACES)("CH-01 a sound environment breaks no rule, seeing and acting in %s", async (_, make) => {
  const seeing = await checkEnv(new SpaceEnv({ observationSpace: make() }), { options: OPTIONS });
  expect([...new Set(seeing.map(({ code }) => code))]).toEqual(legal(make()));
  const acting = await checkEnv(({ renderMode }) => new SpaceEnv({ actionSpace: make(), renderMode }));
  expect(acting.filter(({ severity }) => severity === "error")).toEqual([]);
});

test("CH-07 GenieEnv keeps the contract in every mode of observation", async () => {
  for (const observation of ["pixels", "tokens", "both"] as const) {
    const world = new FakeWorldModel({ noise: 0.3 });
    const prompts = [world.prompt(0), world.prompt(9)];
    const findings = await checkEnv(({ renderMode }) => {
      const mode = renderMode === "ansi" || renderMode === "rgb_array" ? renderMode : null;
      return GenieEnv.fromWorld(world, { observation, prompts, horizon: 15, renderMode: mode });
    });
    expect(findings).toEqual([]);
    expect(world.openSessions).toBe(0);
  }
});

for (const [id, cases] of Object.entries(CASES)) {
  test.each(cases)(`${id} %s: %s`, async (_, code, path, make) => {
    const [severity, rule] = RULES[code];
    const findings = await checkEnv(make(), { options: OPTIONS });
    expect(findings).toEqual([{ code, path, severity, message: expect.stringContaining(rule) }]);
  });
}

test.each(["null", "7", '"env"', "[]"])("CH-05 %s is no environment", async (json) => {
  const [found, ...others] = await checkEnv(() => JSON.parse(json));
  expect([found?.code, others]).toEqual(["not-an-env", []]);
});

test("a vector environment is sent to checkVectorEnv", async () => {
  const [found, ...others] = await checkEnv(() => makeVecSync("CartPole-v1") as never);
  expect([found?.code, others]).toEqual(["not-an-env", []]);
  expect(found?.message).toContain("take checkVectorEnv");
});

test("CH-06 an image of 0 to 255 that is seen as 0 to 1 is told by its first ten elements", async () => {
  const observationSpace = new Box({ low: 0, high: 1, shape: [12], dtype: "float32" });
  const env = withFaults(new SpaceEnv({ observationSpace }), { observe: () => new Float32Array(12).fill(255) });
  const [found] = await checkEnv(env);
  expect(found?.message).toMatch(/got \[0\] = 255 not in \[0, 1\], .* \[9\] = 255 not in \[0, 1\] and 2 more$/);
});

test("CH-10 two environments that differ are told apart, though each repeats itself", async () => {
  let made = 0;
  const findings = await checkEnv(() => {
    const reward = (made += 1);
    const env = new SpaceEnv();
    const step = env.step.bind(env);
    return withFaults(env, { step: (action: unknown) => step(action).with(1, reward) });
  });
  expect(findings.map(({ code, path }) => [code, path])).toEqual([["not-deterministic", "step 1.reward"]]);
});

test("CH-10 the time that an episode took may differ", async () => {
  let time = 0;
  const made = (): SpaceEnv => {
    const env = new SpaceEnv();
    const step = env.step.bind(env);
    return withFaults(env, { step: (action: unknown) => step(action).with(4, { episode: { r: 1, t: (time += 1) } }) });
  };
  expect(await checkEnv(made)).toEqual([]);
});

test("checks side by side do not take each other's random numbers for their own", async () => {
  const random = Object.getOwnPropertyDescriptor(Math, "random");
  const [first, second] = await Promise.all([checkEnv(new SpaceEnv()), checkEnv(new SpaceEnv())]);
  expect([first, second, Object.getOwnPropertyDescriptor(Math, "random")]).toEqual([[], [], random]);
});

test("Math.random is itself again after a check, also after one that fails", async () => {
  const random = Object.getOwnPropertyDescriptor(Math, "random");
  await checkEnv(new SpaceEnv());
  await checkEnv(withFaults(new SpaceEnv(), { step: () => Promise.reject(new Error("no")) }));
  expect(Object.getOwnPropertyDescriptor(Math, "random")).toEqual(random);
});

test("every rule that a single environment can break has a case", () => {
  const tested = new Set(Object.values(CASES).flatMap((cases) => cases.map(([, code]) => code)));
  const untested = Object.keys(RULES).filter((code) => ![...tested].some((other) => other === code));
  expect(untested).toEqual(VECTOR_ONLY);
});

test("assertEnv throws what is wrong, and lets a sound environment pass, and warnings", async () => {
  const accepting = withFaults(new SpaceEnv(), { close: () => {} });
  await expect(assertEnv(accepting)).rejects.toThrow(/step: a call after close must be refused.* \(use-after-close\)/);
  await expect(assertEnv(new SpaceEnv())).resolves.toBeUndefined();
  await expect(assertEnv(withFaults(new SpaceEnv(), { seed: () => 0 }))).resolves.toBeUndefined();
});

test("an environment that says it is not deterministic is not compared with itself", async () => {
  let calls = 0;
  const env = new SpaceEnv();
  const step = env.step.bind(env);
  const faults = { spec: { nondeterministic: true }, step: (action: unknown) => step(action).with(1, (calls += 1)) };
  expect(await checkEnv(withFaults(env, faults))).toEqual([]);
});

test.each([{ steps: 0 }, { steps: 1.5 }, { seed: -1 }, { step: 3 } as object, { options: 5 as never }])(
  "options %j are refused",
  async (options) => {
    await expect(checkEnv(new SpaceEnv(), options)).rejects.toThrow(ConfigError);
  },
);

const VECTOR_ONLY = Object.keys(RULES).filter((code) => /batch|row-seeds|mask|autoreset|final-obs|partial/.test(code));
