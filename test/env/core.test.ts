import { afterEach, describe, expect, test, vi } from "vitest";

import { ClosedError, ConfigError, InvalidActionError, ResetNeededError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import {
  ActionWrapper,
  BaseEnv,
  Box,
  Discrete,
  getWrapperAttr,
  hasWrapperAttr,
  ObservationWrapper,
  RewardWrapper,
  setWrapperAttr,
  Wrapper,
} from "../../src/env/index.ts";
import type { AnyEnv, EnvMetadata, ResetResult, Space, StepResult } from "../../src/env/index.ts";
import { DriftEnv } from "./drift-env.ts";

class PlainEnv extends BaseEnv<number, number, Record<string, never>> {
  readonly observationSpace = new Discrete(2);
  readonly actionSpace = new Discrete(2);

  protected begin({ fail }: Readonly<Record<string, unknown>>): ResetResult<number, Record<string, never>> {
    const obs = this.rng.integer(2);
    if (fail === true) throw new ConfigError("reset: options.fail");
    return [obs, {}];
  }

  protected advance(action: number): StepResult<number, Record<string, never>> {
    return [action, action, false, false, {}];
  }
}

class Doubled extends ObservationWrapper<Float32Array, Float32Array, number> {
  override readonly observationSpace = new Box({ low: -2e6, high: 2e6, shape: [1], dtype: "float32" });
  observation(obs: Float32Array): Float32Array {
    return obs.map((x) => 2 * x);
  }
}

class Mirrored extends ActionWrapper<Float32Array, number, number> {
  override readonly actionSpace = new Discrete(3);
  action(action: number): number {
    return 2 - action;
  }
}

class Halved extends RewardWrapper<Float32Array, number> {
  reward(reward: number): number {
    return reward / 2;
  }
}

class Dressed extends Wrapper<number, number, Record<string, never>> {
  override get metadata(): EnvMetadata {
    return { renderModes: ["ansi"], renderFps: 5 };
  }
  override get actionSpace(): Space<number> {
    return new Discrete(7);
  }
}

afterEach(() => vi.restoreAllMocks());

test("CO-01 a bare environment renders nothing, has no spec, and no random stream before it is read", () => {
  const entropy = vi.spyOn(crypto, "getRandomValues");
  const env = new PlainEnv();
  expect(env.metadata).toEqual({ renderModes: [] });
  expect(env.renderMode).toBeNull();
  expect(env.spec).toBeNull();
  expect(env.unwrapped).toBe(env);
  expect(entropy).not.toHaveBeenCalled();
  const { rng } = env;
  expect(entropy).toHaveBeenCalledOnce();
  expect(env.rng).toBe(rng);
});

test("CO-02 a wrapper forwards what it does not override, and leaves the inner environment alone", () => {
  const env = new PlainEnv();
  const plain = new Wrapper(env);
  expect(plain.metadata).toBe(env.metadata);
  expect(plain.renderMode).toBe(env.renderMode);
  expect(plain.spec).toBe(env.spec);
  expect(plain.observationSpace).toBe(env.observationSpace);
  expect(plain.actionSpace).toBe(env.actionSpace);
  expect(plain.unwrapped).toBe(env);

  const dressed = new Dressed(plain);
  expect(dressed.metadata).toEqual({ renderModes: ["ansi"], renderFps: 5 });
  expect(dressed.actionSpace).toEqual(new Discrete(7));
  expect(dressed.observationSpace).toBe(env.observationSpace);
  expect(env.metadata).toEqual({ renderModes: [] });
  expect(env.actionSpace).toEqual(new Discrete(2));
  expect(dressed.unwrapped).toBe(env);
});

test("CO-03 a wrapper's random stream is the inner environment's own", () => {
  const env = new PlainEnv();
  const wrapped = new Wrapper(new Wrapper(env));
  expect(wrapped.rng).toBe(env.rng);
  const rng = new Rng(7);
  wrapped.rng = rng;
  expect(env.rng).toBe(rng);
  expect(Object.keys(wrapped)).toEqual(["env"]);
});

describe("CO-04", () => {
  const start = { seed: 3, options: { start: 10 } };

  test("CO-04 an ObservationWrapper changes the observations of reset and step", () => {
    const [plain, doubled] = [new DriftEnv(), new Doubled(new DriftEnv())];
    const [obs] = plain.reset(start);
    expect([...doubled.reset(start)[0]]).toEqual([2 * Number(obs[0])]);
    const [next, reward] = plain.step(2);
    expect([...doubled.step(2)[0]]).toEqual([2 * Number(next[0])]);
    expect(doubled.step(1)[1]).toBe(plain.step(1)[1]);
    expect(reward).toBeTypeOf("number");
  });

  test("CO-04 an ActionWrapper changes what the inner environment does", () => {
    const [plain, mirrored] = [new DriftEnv(), new Mirrored(new DriftEnv())];
    plain.reset(start);
    mirrored.reset(start);
    expect(mirrored.step(0)).toEqual(plain.step(2));
  });

  test("CO-04 a RewardWrapper changes the reward alone", () => {
    const [plain, halved] = [new DriftEnv(), new Halved(new DriftEnv())];
    expect(halved.reset(start)).toEqual(plain.reset(start));
    const [obs, reward, ...rest] = plain.step(2);
    expect(halved.step(2)).toEqual([obs, reward / 2, ...rest]);
  });
});

test("CO-05 wrappers hide what they wrap, and the wrapper attributes reach it", () => {
  const env = new DriftEnv({ scale: 3 });
  const wrapped = new Halved(new Doubled(env));
  expect("scale" in wrapped).toBe(false);
  expect(hasWrapperAttr(wrapped, "scale")).toBe(true);
  expect(getWrapperAttr(wrapped, "scale")).toBe(3);

  expect(setWrapperAttr(wrapped, "scale", 5)).toBe(true);
  expect(env.scale).toBe(5);
  expect("scale" in wrapped).toBe(false);

  expect(setWrapperAttr(wrapped, "note", "top")).toBe(true);
  expect([Reflect.get(wrapped, "note"), Reflect.get(env, "note")]).toEqual(["top", undefined]);
  expect(setWrapperAttr(wrapped, "other", 1, { force: false })).toBe(false);
  expect(hasWrapperAttr(wrapped, "other")).toBe(false);

  setWrapperAttr(env, "note", "bottom");
  expect(getWrapperAttr(wrapped, "note")).toBe("top");
  expect(getWrapperAttr(wrapped.env, "note")).toBe("bottom");

  expect(() => getWrapperAttr(wrapped, "unknown")).toThrow(ConfigError);
  expect(() => getWrapperAttr(wrapped, "unknown")).toThrow("got unknown for <Halved<Doubled<DriftEnv instance>>>");
  expect(() => setWrapperAttr(wrapped, "actionSpace", new Discrete(2))).toThrow("must be writable");
});

test("CO-05 a method that was got can be called, as it knows its environment", () => {
  class Private extends DriftEnv {
    readonly #secret = 7;
    tell(): number {
      return this.#secret;
    }
  }
  const wrapped = new Halved(new Private());
  const tell = getWrapperAttr(wrapped, "tell") as () => number;
  expect(tell()).toBe(7);
  const own = () => 8;
  setWrapperAttr(wrapped, "own", own);
  expect(getWrapperAttr(wrapped, "own")).toBe(own);
});

test("CO-06 the seed is known after a seeded reset, and unknown once a stream is set", () => {
  const env = new PlainEnv();
  const wrapped = new Wrapper(env);
  wrapped.reset({ seed: 42 });
  expect([env.rngSeed, wrapped.rngSeed]).toEqual([42, 42]);
  const { rng } = env;
  wrapped.reset();
  expect([env.rngSeed, wrapped.rngSeed]).toEqual([42, 42]);
  expect(env.rng).toBe(rng);
  expect(() => Reflect.set(env, "rngSeed", 1) || expect.fail("not assignable")).toThrow("not assignable");
  wrapped.rng = new Rng(1);
  expect([env.rngSeed, wrapped.rngSeed]).toEqual([-1, -1]);
  env.reset();
  expect(env.rngSeed).toBe(-1);
  env.reset({ seed: 0 });
  expect(wrapped.rngSeed).toBe(0);
});

test("CO-06 an unseeded environment knows the seed that it drew", () => {
  const env = new PlainEnv();
  const seed = env.rngSeed;
  expect(seed).toBeGreaterThanOrEqual(0);
  expect(env.rng.getState()).toEqual(new Rng(seed).getState());
  expect(new Wrapper(env).rngSeed).toBe(seed);
});

describe("CO-07", () => {
  test.each([-1, 1.5, Number.NaN, Infinity, 2 ** 53])("CO-07 the seed %d is refused and changes nothing", (seed) => {
    const env = new PlainEnv();
    env.reset({ seed: 5 });
    const state = env.rng.getState();
    expect(() => env.reset({ seed })).toThrow(ConfigError);
    expect([env.rngSeed, env.rng.getState()]).toEqual([5, state]);
  });

  test("CO-07 a text is no seed", () => {
    const args: object = { seed: "x" };
    expect(() => new PlainEnv().reset(args)).toThrow('reset: seed must be a non-negative integer, got "x"');
  });

  test.each([0, 42, undefined])("CO-07 the seed %s is taken", (seed) => {
    const env = new PlainEnv();
    expect(env.observationSpace.contains(env.reset({ seed })[0])).toBe(true);
  });
});

test("CO-08 a random stream that is saved and restored goes on with the same numbers", () => {
  const env = new DriftEnv();
  env.reset({ seed: 11 });
  env.step(1);
  const state = JSON.stringify(env.rng.getState());
  const episode = (): unknown => [env.reset(), env.step(0), env.step(2)];
  const first = episode();
  expect(episode()).not.toEqual(first);
  env.rng = Rng.fromState(JSON.parse(state));
  expect(episode()).toEqual(first);
});

describe("misuse", () => {
  test("a reset that refuses its options leaves the random stream of before", () => {
    const env = new PlainEnv();
    env.reset({ seed: 5 });
    const state = env.rng.getState();
    expect(() => env.reset({ seed: 6, options: { fail: true } })).toThrow(ConfigError);
    expect([env.rngSeed, env.rng.getState()]).toEqual([5, state]);
    expect(env.step(1)).toEqual([1, 1, false, false, {}]);
  });

  test("a step or a picture before reset, and everything after close, is refused", () => {
    const env = new PlainEnv();
    expect(() => env.step(0)).toThrow(ResetNeededError);
    expect(() => env.render()).toThrow(ResetNeededError);
    env.reset();
    env.close();
    env.close();
    for (const call of [() => env.step(0), () => env.render(), () => env.reset()]) expect(call).toThrow(ClosedError);
  });

  test("a step past the end is refused", () => {
    const env = new DriftEnv({ length: 1 });
    env.reset();
    expect(env.step(1)[2]).toBe(true);
    expect(() => env.step(1)).toThrow("the episode is over - call reset first");
  });

  test.each([
    [2, "got 2"],
    [0.5, "got 0.5"],
    ["left", 'got "left"'],
    [null, "got null"],
    [Object.create(null), "got Object"],
    [[1, Symbol("s")], "got Array of 2"],
    [Float32Array.of(0, Number.NaN), "got Float32Array [0, NaN]"],
    [new Float32Array(1000), "..."],
  ])("an action outside the space is named, whatever it is: %o", (action, text) => {
    const env: AnyEnv<"sync"> = new PlainEnv();
    env.reset({ seed: 1 });
    const state = env.rng.getState();
    expect(() => env.step(action)).toThrow(InvalidActionError);
    expect(() => env.step(action)).toThrow(text);
    expect(env.rng.getState()).toEqual(state);
  });
});

test("an environment reads as its class and id, within its wrappers", () => {
  const env = new DriftEnv();
  expect(env.toString()).toBe("<DriftEnv instance>");
  expect(new Halved(new Doubled(env)).toString()).toBe("<Halved<Doubled<DriftEnv instance>>>");
});
