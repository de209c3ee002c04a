import { afterEach, describe, expect, test, vi } from "vitest";

import { ConfigError, GenieError, ResetNeededError } from "../../../src/core/errors.ts";
import type { EnvSpec } from "../../../src/env/spec.ts";
import { Box, Discrete } from "../../../src/env/index.ts";
import {
  Autoreset,
  OrderEnforcing,
  PassiveEnvChecker,
  RecordEpisodeStatistics,
  TimeLimit,
} from "../../../src/env/wrappers/index.ts";
import { promising, ScriptedEnv } from "./envs.ts";
import type { Script } from "./envs.ts";

const actionSpace = new Discrete(2);
const observationSpace = new Box({ low: 0, high: 100, shape: [1], dtype: "float32" });
type Change = Partial<Script<Float32Array, number>>;
const counting = (change: Change = {}) =>
  new ScriptedEnv({ observationSpace, actionSpace, obs: (t) => Float32Array.of(t), ...change });

const SPEC: EnvSpec = {
  id: "Counting-v0",
  rewardThreshold: null,
  nondeterministic: false,
  maxEpisodeSteps: null,
  orderEnforce: false,
  disableEnvChecker: true,
  options: {},
  additionalWrappers: [],
  vector: null,
};

afterEach(() => {
  vi.restoreAllMocks();
});

describe("TimeLimit", () => {
  test("WR-01 TimeLimit truncates at exactly its limit, again after a reset", () => {
    const env = new TimeLimit(counting(), { maxEpisodeSteps: 3 });
    for (let episode = 0; episode < 2; episode++) {
      env.reset();
      const truncated = [1, 2, 3].map(() => env.step(0)[3]);
      expect(truncated).toEqual([false, false, true]);
    }
  });

  test("WR-01 the tighter of two limits counts, whichever is outside", () => {
    for (const [inner, outer] of [
      [2, 5],
      [5, 2],
    ] as const) {
      const env = new TimeLimit(new TimeLimit(counting(), { maxEpisodeSteps: inner }), { maxEpisodeSteps: outer });
      env.reset();
      expect([env.step(0)[3], env.step(0)[3]]).toEqual([false, true]);
    }
  });

  test("WR-01 both flags are set where the task ends on the last step", () => {
    const env = new TimeLimit(counting({ length: 2 }), { maxEpisodeSteps: 2 });
    env.reset();
    env.step(0);
    expect(env.step(0).slice(2, 4)).toEqual([true, true]);
  });

  test("WR-01 the spec shows the limit", () => {
    const base = counting();
    base.spec = SPEC;
    const env = new TimeLimit(base, { maxEpisodeSteps: 7 });
    expect([env.spec?.maxEpisodeSteps, base.spec.maxEpisodeSteps]).toEqual([7, null]);
    expect(env.spec?.additionalWrappers).toEqual([]);
    expect(new TimeLimit(counting(), { maxEpisodeSteps: 7 }).spec).toBeNull();
  });

  test.each([-1, 0, 1.5, Number.NaN])("WR-01 a limit of %s is refused", (maxEpisodeSteps) => {
    expect(() => new TimeLimit(counting(), { maxEpisodeSteps })).toThrow(ConfigError);
  });

  test("WR-01 TimeLimit serves an environment that answers with promises", async () => {
    const env = new TimeLimit(promising(counting()), { maxEpisodeSteps: 1 });
    await env.reset();
    expect((await env.step(0))[3]).toBe(true);
  });
});

describe("OrderEnforcing", () => {
  test("WR-02 step and render before the first reset throw", () => {
    const inner = counting();
    const env = new OrderEnforcing(inner);
    expect(() => env.step(0)).toThrow(ResetNeededError);
    expect(() => env.render()).toThrow(ResetNeededError);
    expect([env.hasReset, inner.actions]).toEqual([false, []]);
    env.reset();
    expect(env.step(0)[0]).toEqual(Float32Array.of(1));
    expect([env.hasReset, env.render()]).toEqual([true, null]);
  });

  test("WR-02 render before reset can be allowed", () => {
    const inner = counting();
    vi.spyOn(inner, "render").mockReturnValue("a frame");
    expect(new OrderEnforcing(inner, { disableRenderOrderEnforcing: true }).render()).toBe("a frame");
  });

  test("WR-02 the spec shows that order is enforced", () => {
    const base = counting();
    base.spec = SPEC;
    expect(new OrderEnforcing(base).spec).toEqual({ ...SPEC, orderEnforce: true });
  });
});

describe("Autoreset", () => {
  const expected = [
    [1, 1, false],
    [2, 1, false],
    [3, 1, true],
    [0, 0, false],
    [1, 1, false],
  ];

  test("WR-03 the step after an end resets, pays nothing and ignores its action", () => {
    const inner = counting({ length: 3 });
    const env = new Autoreset(inner);
    expect(env.reset()[0]).toEqual(Float32Array.of(0));
    const trace = expected.map(() => env.step(0)).map(([obs, reward, terminated]) => [obs[0], reward, terminated]);
    expect(trace).toEqual(expected);
    expect([inner.actions.length, inner.resets]).toEqual([4, 2]);
  });

  test("WR-03 the same with promises", async () => {
    const env = new Autoreset(promising(counting({ length: 3 })));
    await env.reset();
    for (const step of expected) {
      const [obs, reward, terminated] = await env.step(0);
      expect([obs[0], reward, terminated]).toEqual(step);
    }
  });

  test("WR-03 a user's reset after an end is not followed by another", () => {
    const env = new Autoreset(counting({ length: 1 }));
    env.reset();
    env.step(0);
    env.reset();
    expect(env.step(0)[0]).toEqual(Float32Array.of(1));
  });
});

describe("RecordEpisodeStatistics", () => {
  const clockOf = (...times: readonly number[]) => {
    const rest = [...times];
    return () => rest.shift() ?? Number.NaN;
  };

  test("WR-04 the episode's statistics come with its last step only", () => {
    const env = new RecordEpisodeStatistics(
      counting({ length: 3, reward: (t) => t, info: (t) => ({ t }) }),
      {},
      clockOf(10, 12.5),
    );
    expect(env.reset()[1]).toEqual({ t: 0 });
    const infos = [1, 2, 3].map(() => env.step(0)[4]);
    expect(infos).toEqual([{ t: 1 }, { t: 2 }, { t: 3, episode: { r: 6, l: 3, t: 2.5 } }]);
  });

  test("WR-04 truncation ends an episode too, and a reset in its midst starts from nothing", () => {
    const env = new RecordEpisodeStatistics(new TimeLimit(counting(), { maxEpisodeSteps: 2 }), { statsKey: "stats" });
    env.reset();
    env.step(0);
    env.reset();
    env.step(0);
    expect(env.step(0)[4]).toMatchObject({ stats: { r: 2, l: 2 } });
  });

  test("WR-04 the queues hold the latest episodes", () => {
    let paid = 0;
    const env = new RecordEpisodeStatistics(counting({ length: 1, reward: () => paid++ }), { bufferLength: 2 });
    for (let episode = 0; episode < 3; episode++) {
      env.reset();
      env.step(0);
    }
    expect([env.queues.returns, env.queues.lengths]).toEqual([
      [1, 2],
      [1, 1],
    ]);
    expect(env.queues.times.every((seconds) => seconds >= 0)).toBe(true);
  });

  test("WR-04 a key that the environment uses is refused", () => {
    const env = new RecordEpisodeStatistics(counting({ length: 1, info: () => ({ episode: 3 }) }));
    env.reset();
    expect(() => env.step(0)).toThrow(ConfigError);
  });

  test("WR-04 an empty buffer is refused", () => {
    expect(() => new RecordEpisodeStatistics(counting(), { bufferLength: 0 })).toThrow(ConfigError);
  });
});

describe("PassiveEnvChecker", () => {
  const warnings = () => vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  /** An environment with one property replaced, by a value of any type. */
  const broken = (property: string, value: unknown) => {
    const env = counting();
    Object.defineProperty(env, property, { value });
    return env;
  };

  test.each([
    ["actionSpace", undefined],
    ["actionSpace", "left or right"],
    ["observationSpace", undefined],
    ["observationSpace", { shape: [1] }],
  ])("WR-06 an environment whose %s is %s cannot be wrapped", (property, value) => {
    expect(() => new PassiveEnvChecker(broken(property, value))).toThrow(property);
  });

  test("WR-06 a good environment passes without a word", () => {
    const warn = warnings();
    const env = new PassiveEnvChecker(counting());
    env.reset();
    env.step(0);
    env.render();
    expect(warn).not.toHaveBeenCalled();
  });

  test.each([
    ["reset", [Float32Array.of(0)]],
    ["reset", [Float32Array.of(0), null]],
    ["reset", "observation"],
    ["step", [Float32Array.of(0), 0, false, {}]],
    ["step", [Float32Array.of(0), 0, false, false, []]],
    ["step", null],
  ])("WR-06 an answer of %s that agents cannot read is an error: %j", (method, answer) => {
    const env = new PassiveEnvChecker(broken(method, () => answer));
    expect(() => (method === "reset" ? env.reset() : env.step(0))).toThrow(GenieError);
  });

  test.each([
    ["the observation", [Float32Array.of(-1), 0, false, false, {}]],
    ["the observation", [Float64Array.of(1), 0, false, false, {}]],
    ["the reward", [Float32Array.of(1), Number.NaN, false, false, {}]],
    ["the reward", [Float32Array.of(1), "much", false, false, {}]],
    ["terminated", [Float32Array.of(1), 0, 0, false, {}]],
    ["truncated", [Float32Array.of(1), 0, false, null, {}]],
  ])("WR-06 a step is warned of %s of the wrong kind, the first time", (what, answer) => {
    const warn = warnings();
    const env = new PassiveEnvChecker(broken("step", () => answer));
    env.step(0);
    env.step(0);
    expect(warn.mock.calls.map(([message]) => String(message))).toEqual([expect.stringContaining(what)]);
  });

  test("WR-06 a reset is checked once", () => {
    const warn = warnings();
    const env = new PassiveEnvChecker(broken("reset", () => [Float32Array.of(101), {}]));
    env.reset();
    env.reset();
    expect(warn).toHaveBeenCalledTimes(1);
  });

  test("WR-06 a frame must suit a mode that the metadata names", () => {
    const warn = warnings();
    const env = new PassiveEnvChecker(counting({ renderMode: "rgb_array", draw: () => "text" }));
    env.reset();
    env.render();
    env.render();
    expect(warn).toHaveBeenCalledTimes(1);
    const unnamed = new PassiveEnvChecker(broken("renderMode", "depth_array"));
    unnamed.reset();
    expect(() => unnamed.render()).toThrow("depth_array");
  });

  test("WR-06 answers that come later are checked when they come", async () => {
    const warn = warnings();
    const env = new PassiveEnvChecker(promising(broken("step", () => [Float32Array.of(-1), 0, false, false, {}])));
    await env.step(0);
    expect(warn).toHaveBeenCalledTimes(1);
  });
});
