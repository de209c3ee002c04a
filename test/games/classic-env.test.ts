import { describe, expect, test } from "vitest";

import { ConfigError, InvalidActionError, ResetNeededError } from "../../src/core/errors.ts";
import type { Frames } from "../../src/core/frames.ts";
import { CartPoleEnv, CartPoleVectorEnv } from "../../src/games/classic/cart-pole.ts";
import { CatchEnv, CatchVectorEnv } from "../../src/games/classic/catch.ts";
import { MountainCarEnv, MountainCarVectorEnv } from "../../src/games/classic/mountain-car.ts";
import { PendulumEnv, PendulumVectorEnv } from "../../src/games/classic/pendulum.ts";
import { PlatformerEnv } from "../../src/games/platformer/platformer-env.ts";
import { checkEnv } from "../../src/testing/index.ts";

type Options = { readonly renderMode?: "rgb_array" | "ansi" };
type AnyClassicEnv = CartPoleEnv | MountainCarEnv | PendulumEnv | CatchEnv;

/** Every environment, and what checkEnv advises against in Gymnasium's own, which ours must not differ from. */
const ENVS: readonly (readonly [name: string, create: (options?: Options) => AnyClassicEnv, advice: string[]])[] = [
  ["CartPole", (options) => new CartPoleEnv(options), ["box-unbounded"]],
  ["MountainCar", (options) => new MountainCarEnv(options), []],
  ["Pendulum", (options) => new PendulumEnv(options), ["action-space-not-normalized"]],
  ["Catch", (options) => new CatchEnv(options), []],
];

/** Steps with sampled actions, one episode after another; everything that the environment answered. */
function rollout(env: AnyClassicEnv, steps: number): unknown[] {
  env.actionSpace.seed(0);
  const answers: unknown[] = [env.reset({ seed: 0 })];
  for (let i = 0; i < steps; i++) {
    const result = sampledStep(env);
    answers.push(result);
    if (result[2]) answers.push(env.reset());
  }
  return answers;
}

/** The union's environments take different actions, each its own. */
function sampledStep(env: AnyClassicEnv): ReturnType<AnyClassicEnv["step"]> {
  return env instanceof PendulumEnv ? env.step(env.actionSpace.sample()) : env.step(env.actionSpace.sample());
}

/** The picture of an environment in mode rgb_array. */
function pixels(env: AnyClassicEnv): Frames {
  const frame = env.render();
  if (frame === null || typeof frame === "string") expect.fail("pixels were asked for");
  return frame;
}

describe.each(ENVS)("%s", (_name, create, advice) => {
  test("CH-07 checkEnv finds nothing but what Gymnasium's checker finds there", async () => {
    const findings = await checkEnv(create());
    expect(findings.map(({ code, severity }) => `${severity} ${code}`)).toEqual(advice.map((code) => `warn ${code}`));
  });

  test("CH-07 two instances with one seed answer the same for 50 steps, within their space", () => {
    const env = create();
    const answers = rollout(env, 50);
    expect(answers).toEqual(rollout(create(), 50));
    for (const answer of answers) expect(Array.isArray(answer) && env.observationSpace.contains(answer[0])).toBe(true);
  });

  test("episodes start differently, unless the seed is given again", () => {
    const env = create();
    env.reset({ seed: 3 });
    const starts = Array.from({ length: 8 }, () => String(env.reset()[0]));
    expect(new Set(starts).size).toBeGreaterThan(2);
    expect(env.reset({ seed: 4 })).toEqual(env.reset({ seed: 4 }));
  });

  test("misuse is refused and changes nothing", () => {
    const env = create();
    expect(() => sampledStep(env)).toThrow(ResetNeededError);
    env.reset({ seed: 0 });
    const before = env.state;
    expect(() => (env instanceof PendulumEnv ? env.step(Float32Array.of(2.5)) : env.step(7))).toThrow(
      InvalidActionError,
    );
    expect(env.state).toEqual(before);
  });

  test("the state is a copy", () => {
    const env = create();
    env.reset({ seed: 0 });
    const before = env.state;
    env.state.fill(9);
    expect(env.state).toEqual(before);
  });

  test("a picture has the size and count of one frame, and moves with the state", () => {
    const env = create({ renderMode: "rgb_array" });
    env.reset({ seed: 0 });
    const first = pixels(env);
    for (let i = 0; i < 5; i++) sampledStep(env);
    const second = pixels(env);
    expect(first.data.length).toBe(first.count * first.height * first.width * 3);
    expect(first.count).toBe(1);
    expect(Buffer.compare(first.data, second.data)).not.toBe(0);
    expect(Buffer.compare(second.data, pixels(env).data)).toBe(0);
  });

  test("a text fits into a terminal", () => {
    const env = create({ renderMode: "ansi" });
    env.reset({ seed: 0 });
    const text = env.render();
    if (typeof text !== "string") expect.fail("a text was asked for");
    const lines = text.split("\n");
    expect(lines.length).toBeLessThanOrEqual(25);
    expect(lines[0]?.split("▀").length).toBeLessThanOrEqual(61);
  });

  test("without a render mode there is no picture", () => {
    const env = create();
    env.reset();
    expect(env.render()).toBeNull();
  });
});

describe("reset options", () => {
  test.each([
    ["CartPole", () => new CartPoleEnv(), -0.05, 0.05, 4],
    ["MountainCar", () => new MountainCarEnv(), -0.6, -0.4, 1],
  ] as const)("%s starts between low and high", (_, create, low, high, drawn) => {
    const env = create();
    env.reset({ seed: 1 });
    const starts = Array.from({ length: 200 }, () => {
      env.reset();
      return [...env.state.subarray(0, drawn)];
    }).flat();
    expect(Math.min(...starts)).toBeGreaterThanOrEqual(low);
    expect(Math.max(...starts)).toBeLessThan(high);
    expect(Math.max(...starts) - Math.min(...starts)).toBeGreaterThan(0.9 * (high - low));
    env.reset({ options: { low: 0.25, high: 0.25 } });
    expect([...env.state.subarray(0, drawn)]).toEqual(Array.from({ length: drawn }, () => 0.25));
  });

  test("MountainCar starts at rest", () => {
    const env = new MountainCarEnv();
    env.reset();
    expect(env.state[1]).toBe(0);
  });

  test("Pendulum starts anywhere up to x_init and y_init", () => {
    const env = new PendulumEnv();
    env.reset({ seed: 1 });
    const draw = (options: Record<string, unknown>): Float64Array => {
      env.reset({ options });
      return env.state.map(Math.abs);
    };
    const angles = Array.from({ length: 200 }, () => Number(draw({ y_init: 0 })[0]));
    expect(Math.max(...angles)).toBeGreaterThan(0.9 * Math.PI);
    expect(Math.max(...angles)).toBeLessThanOrEqual(Math.PI);
    expect([...draw({ x_init: 0, y_init: 0 })]).toEqual([0, 0]);
  });

  test.each([
    [new CartPoleEnv(), { low: 1, high: 0 }, /options.low must not exceed options.high, got 1 and 0/],
    [new CartPoleEnv(), { low: "0" }, /options.low must be a finite number, got "0"/],
    [new MountainCarEnv(), { high: Number.NaN }, /options.high must be a finite number/],
    [new PendulumEnv(), { x_init: Infinity }, /options.x_init must be a finite number/],
  ])("a bad bound is refused before anything is drawn (%#)", (env, options, message) => {
    env.reset({ seed: 3 });
    const [before, stream] = [env.state, env.rng.getState()];
    expect(() => env.reset({ options })).toThrow(ConfigError);
    expect(() => env.reset({ options })).toThrow(message);
    expect(env.state).toEqual(before);
    expect(env.rng.getState()).toEqual(stream);
  });
});

describe("constructor options", () => {
  test("an unknown or wrong one is refused by name", () => {
    const options: Record<string, unknown> = { suttonBartoRewards: true };
    expect(() => new CartPoleEnv(options)).toThrow(/CartPoleEnv: [\s\S]*suttonBartoRewards/);
    const integrator: Record<string, unknown> = { goalVelocity: "fast" };
    expect(() => new MountainCarEnv(integrator)).toThrow(ConfigError);
    const render: Record<string, unknown> = { render_mode: "ansi" };
    expect(() => new CartPoleEnv(render)).toThrow(/did you mean renderMode\?/);
    const rows: Record<string, unknown> = { num_envs: 3 };
    expect(() => new CartPoleVectorEnv(rows)).toThrow(/did you mean numEnvs\?/);
  });

  test.each(["5", "null", "[]", '"ansi"', "true"])("%s is none", (json) => {
    const kinds = [CartPoleEnv, MountainCarEnv, PendulumEnv, CatchEnv, PlatformerEnv];
    const vectors = [CartPoleVectorEnv, MountainCarVectorEnv, PendulumVectorEnv, CatchVectorEnv];
    for (const kind of [...kinds, ...vectors]) {
      const make = () => Reflect.construct(kind, [JSON.parse(json)]);
      expect(make).toThrow(ConfigError);
      expect(make).toThrow(`${kind.name}: `);
    }
  });

  test("Sutton and Barto's reward is 0 a step and -1 at the fall", () => {
    const env = new CartPoleEnv({ suttonBartoReward: true });
    env.reset({ seed: 0 });
    const rewards = [];
    for (let fallen = false; !fallen;) {
      const [, reward, terminated] = env.step(1);
      rewards.push(reward);
      fallen = terminated;
    }
    expect(rewards).toEqual([...rewards.slice(1).map(() => 0), -1]);
    expect(() => env.step(1)).toThrow(ResetNeededError);
  });
});
