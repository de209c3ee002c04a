import { describe, expect, expectTypeOf, test } from "vitest";

import { ClosedError, ConfigError, InvalidActionError, ResetNeededError } from "../../../src/core/errors.ts";
import { Box, Discrete, SyncVectorEnv, TimeLimit } from "../../../src/env/index.ts";
import type { AutoresetMode, Space, VectorResetArgs } from "../../../src/env/index.ts";
import { CartPoleEnv } from "../../../src/games/index.ts";
import { SPACES } from "../spaces-cases.ts";
import { SpaceEnv } from "../../testing/space-env.ts";
import { CountingEnv } from "./counting-env.ts";

const openCounting = (autoresetMode?: AutoresetMode, lengths = [2, 3, 3]) =>
  new SyncVectorEnv(
    lengths.map((length) => () => new CountingEnv(length)),
    { autoresetMode },
  );
const openCartPoles = (numEnvs = 3) =>
  new SyncVectorEnv(Array.from({ length: numEnvs }, () => () => new CartPoleEnv()));
const rowOf = (obs: Float32Array, row: number) => obs.slice(row * 4, row * 4 + 4);

test("types follow those of the environments", () => {
  using env = openCartPoles();
  const [obs] = env.reset();
  expectTypeOf(obs).toEqualTypeOf<Float32Array>();
  expectTypeOf<Parameters<typeof env.step>[0]>().toEqualTypeOf<Int32Array | readonly number[]>();
});

test("VE-02 metadata names the mode, and that of the environments stays as it was", () => {
  using env = openCounting();
  expect(env.metadata).toEqual({ renderModes: ["ansi"], renderFps: 7, autoresetMode: "NextStep" });
  expect(env.envs[0]?.metadata).toEqual({ renderModes: ["ansi"], renderFps: 7 });
  using same = openCounting("SameStep");
  expect(same.metadata.autoresetMode).toBe("SameStep");
  const options = JSON.parse('{ "autoresetMode": "NEXT_STEP" }');
  expect(() => new SyncVectorEnv([() => new CountingEnv()], options)).toThrow(ConfigError);
});

describe("every space as observation and action", () => {
  const cases = SPACES.map(([name, make]) => [name, make] as const);
  const open = (make: (typeof cases)[number][1]) => () =>
    new SpaceEnv({ observationSpace: make(), actionSpace: make(), horizon: 2 });

  test.each(cases)("VE-12 %s", (_, make) => {
    using env = new SyncVectorEnv([open(make), open(make)]);
    expect(env.observationSpace.contains(env.reset({ seed: 1 })[0])).toBe(true);
    for (let i = 0; i < 5; i++) {
      const [obs, rewards] = env.step(env.actionSpace.sample());
      expect(env.observationSpace.contains(obs)).toBe(true);
      expect(rewards).toHaveLength(2);
    }
  });

  test.each(cases)("VE-03 final_obs is a member of the single space, %s", (_, make) => {
    using env = new SyncVectorEnv([open(make), open(make)], { autoresetMode: "SameStep" });
    env.reset({ seed: 1 });
    let ends = 0;
    for (let i = 0; i < 4; i++) {
      const [, , terminated, truncated, { final_obs: final = [null, null] }] = env.step(env.actionSpace.sample());
      for (const row of [0, 1]) {
        const isEnd = terminated[row] === 1 || truncated[row] === 1;
        const last = Array.isArray(final) ? final[row] : undefined;
        expect(isEnd ? env.singleObservationSpace.contains(last) : last === null).toBe(true);
        ends += Number(isEnd);
      }
    }
    expect(ends).toBeGreaterThan(1);
  });
});

describe("seeds", () => {
  test("VE-05 an integer seeds row i with seed + i, and a list row by row; null goes on", () => {
    using env = openCartPoles();
    const [obs] = env.reset({ seed: 42 });
    expect(env.rngSeeds).toEqual([42, 43, 44]);
    for (const row of [0, 1, 2]) expect(rowOf(obs, row)).toEqual(new CartPoleEnv().reset({ seed: 42 + row })[0]);
    const [second] = env.reset();
    expect(env.rngSeeds).toEqual([42, 43, 44]);
    expect(second).not.toEqual(obs);
    env.reset({ seed: 42 });
    const [mixed] = env.reset({ seed: [null, 7, null] });
    expect(env.rngSeeds).toEqual([42, 7, 44]);
    expect([rowOf(mixed, 0), rowOf(mixed, 2)]).toEqual([rowOf(second, 0), rowOf(second, 2)]);
    expect(rowOf(mixed, 1)).toEqual(new CartPoleEnv().reset({ seed: 7 })[0]);
  });

  test("VE-05 rows without a seed differ", () => {
    using env = openCartPoles();
    const [obs] = env.reset();
    expect(new Set([0, 1, 2].map((row) => rowOf(obs, row).join())).size).toBe(3);
  });

  test.each([[[1, 2]], [[1, 2, 3, 4]], [-1], [1.5], [[1, 2, -3]], [[1, 2, 0.5]], ["1"], [[1, 2, "3"]]])(
    "VE-05 %j is refused, and changes nothing",
    (seed) => {
      using env = openCartPoles();
      using twin = openCartPoles();
      for (const each of [env, twin]) each.reset({ seed: 1 });
      const args: VectorResetArgs = JSON.parse(JSON.stringify({ seed }));
      expect(() => env.reset(args)).toThrow(ConfigError);
      expect(env.step([0, 1, 0])).toEqual(twin.step([0, 1, 0]));
      expect(env.reset()).toEqual(twin.reset());
    },
  );
});

describe("partial resets", () => {
  test("VE-06 rows of the mask go back to their seed's first observation, the others stay", () => {
    using env = openCartPoles();
    const [first] = env.reset({ seed: 42 });
    const [last] = env.step([0, 1, 1]);
    const options = { reset_mask: [true, false, true] };
    const [obs] = env.reset({ seed: [42, 43, 44], options });
    expect([0, 1, 2].map((row) => rowOf(obs, row))).toEqual([rowOf(first, 0), rowOf(last, 1), rowOf(first, 2)]);
    expect(env.envs[1]?.rngSeed).toBe(43);
  });

  test.each([
    [[true]],
    [[true, true, true, true]],
    [[[true, false, true]]],
    [[false, false, false]],
    [new Uint8Array(3)],
    [Uint8Array.of(1, 2, 0)],
    [Int32Array.of(1, 0, 1)],
    [Float32Array.of(1, 0, 1)],
    [[1, 0, 1]],
    [true],
    [null],
  ])("VE-06 the mask %j is refused, and changes nothing", (reset_mask) => {
    using env = openCartPoles();
    using twin = openCartPoles();
    for (const each of [env, twin]) each.reset({ seed: 1 });
    expect(() => env.reset({ seed: 2, options: { reset_mask } })).toThrow(ConfigError);
    expect(env.step([0, 1, 0])).toEqual(twin.step([0, 1, 0]));
  });

  test("VE-06 the first reset is of all rows", () => {
    using env = openCartPoles();
    expect(() => env.reset({ options: { reset_mask: [true, false, true] } })).toThrow(ResetNeededError);
  });

  test("VE-07 the options of reset stay as they are", () => {
    using env = openCounting();
    const options = Object.freeze({ reset_mask: Object.freeze([true, true, true]), start: 2 });
    expect(env.reset({ options })[0]).toEqual(Float32Array.of(2, 2, 2));
    expect(options).toEqual({ reset_mask: [true, true, true], start: 2 });
  });
});

describe("actions", () => {
  test("VE-08 a list of single actions and a batch do the same", () => {
    using env = openCounting();
    using twin = openCounting();
    for (const each of [env, twin]) each.reset();
    expect(env.step([1, 2, 3])).toEqual(twin.step(Int32Array.of(1, 2, 3)));
  });

  test.each([[[1, 2]], [[1, 2, 3, 4]], [1], [null], [Int32Array.of(1, 2)], [Float32Array.of(1, 2, 3)], [[1, 2, 10]]])(
    "VE-08 %j is refused, and changes nothing",
    (actions) => {
      using env = openCounting();
      env.reset();
      const step = (given: unknown): unknown => Reflect.apply(env.step.bind(env), undefined, [given]);
      expect(() => step(actions)).toThrow(InvalidActionError);
      expect(env.step([1, 1, 1])[0]).toEqual(Float32Array.of(1, 1, 1));
    },
  );
});

test("VE-09 results have the batch's shapes and types", () => {
  using env = openCartPoles(4);
  const [first, info] = env.reset();
  expect([first, info]).toEqual([expect.any(Float32Array), {}]);
  const [obs, rewards, terminated, truncated] = env.step(env.actionSpace.sample());
  expect(obs).toBeInstanceOf(Float32Array);
  expect(env.observationSpace.shape).toEqual([4, 4]);
  expect(obs).toHaveLength(16);
  expect(rewards).toEqual(Float64Array.of(1, 1, 1, 1));
  expect([terminated, truncated]).toEqual([new Uint8Array(4), new Uint8Array(4)]);
});

test("flags tell the task's end from a limit", () => {
  using env = new SyncVectorEnv(
    [2, 9].map((length) => () => new TimeLimit(new CountingEnv(length), { maxEpisodeSteps: 2 })),
  );
  env.reset();
  env.step([0, 0]);
  expect(env.step([0, 0]).slice(2, 4)).toEqual([Uint8Array.of(1, 0), Uint8Array.of(1, 1)]);
});

test("VE-14 environments with other spaces are refused by name, and closed", () => {
  const made: CountingEnv[] = [];
  class Wider extends CountingEnv {
    override readonly observationSpace = new Box({ low: 0, high: 200, shape: [1], dtype: "float32" });
  }
  const factories = [() => new CountingEnv(), () => new Wider()].map((factory) => () => {
    const env = factory();
    made.push(env);
    return env;
  });
  expect(() => new SyncVectorEnv(factories)).toThrow(/observationSpace must be .*100.* got .*200.* in environment 1/);
  expect(made.map(({ numClosed }) => numClosed)).toEqual([1, 1]);
  expect(() => new SyncVectorEnv([])).toThrow(ConfigError);
});

describe("environments whose observations have other ranges", () => {
  const box = (high: number, shape = [2]) => new Box({ low: 0, high, shape, dtype: "float32" });
  const row = (observationSpace: Space<unknown>, actionSpace?: Space<unknown>) => () =>
    new SpaceEnv({ observationSpace, actionSpace });
  const open = (observationMode: "same" | "different", rows: readonly (() => SpaceEnv)[]) =>
    new SyncVectorEnv(rows, { observationMode });

  test("VE-13 equal spaces do in both modes, and give the same batch", () => {
    for (const mode of ["same", "different"] as const) {
      using env = open(mode, [row(box(1)), row(box(1))]);
      expect(env.observationSpace.toJSON()).toEqual(box(1).batch(2).toJSON());
    }
  });

  test("VE-13 other ranges need mode different, whose batch has those of each row", () => {
    const rows = [row(box(1)), row(box(5))];
    expect(() => open("same", rows)).toThrow(/observationMode "different" takes other ranges/);
    using env = open("different", rows);
    const high = Float32Array.of(1, 1, 5, 5);
    expect(env.observationSpace).toMatchObject({ shape: [2, 2], high });
    for (let i = 0; i < 9; i++) expect(env.observationSpace.contains(env.reset({ seed: i })[0])).toBe(true);
  });

  test.each([
    ["shapes", row(box(1, [3]))],
    ["dtypes", row(new Box({ low: 0, high: 1, shape: [2], dtype: "float64" }))],
    ["kinds", row(new Discrete(2))],
    ["actions", row(box(1), new Discrete(9))],
  ])("VE-13 other %s are refused in both modes", (_, other) => {
    for (const mode of ["same", "different"] as const) {
      expect(() => open(mode, [row(box(1)), other])).toThrow(ConfigError);
    }
  });
});

describe("attributes", () => {
  test("VE-15 call and getAttr answer for each row, through its wrappers", () => {
    using env = new SyncVectorEnv([0, 1].map(() => () => new TimeLimit(new CountingEnv(), { maxEpisodeSteps: 9 })));
    env.reset();
    expect(env.call("add", 1, 2)).toEqual([3, 3]);
    expect(env.getAttr("length")).toEqual([Infinity, Infinity]);
    expect(() => env.call("subtract")).toThrow(/must have the attribute, got subtract/);
  });

  test("VE-15 setAttr takes one value, or one per row", () => {
    using env = openCounting();
    env.setAttr("length", 5);
    expect(env.getAttr("length")).toEqual([5, 5, 5]);
    env.setAttr("length", [1, 2, 3]);
    expect(env.getAttr("length")).toEqual([1, 2, 3]);
    expect(() => env.setAttr("length", [1, 2])).toThrow(ConfigError);
    expect(env.getAttr("length")).toEqual([1, 2, 3]);
    expect(() => env.setAttr("unwrapped", 1)).toThrow(ConfigError);
  });

  test("VE-15 render shows all rows in the render mode", () => {
    using texts = openCounting();
    expect(() => texts.render()).toThrow(ResetNeededError);
    texts.reset({ options: { start: 4 } });
    expect([texts.renderMode, texts.render()]).toEqual(["ansi", "4\n\n4\n\n4"]);
    using pictures = new SyncVectorEnv([1, 2].map(() => () => new CartPoleEnv({ renderMode: "rgb_array" })));
    pictures.reset();
    expect(pictures.render()).toMatchObject({ count: 2, height: 400, width: 600 });
    using blind = openCartPoles();
    blind.reset();
    expect([blind.renderMode, blind.render()]).toEqual([null, null]);
  });
});

test("VE-18 with copy, a result is the caller's; without, the next call overwrites it", () => {
  using copying = openCounting();
  const [first] = copying.reset();
  first.fill(9);
  expect(copying.step([0, 0, 0])[0]).toEqual(Float32Array.of(1, 1, 1));
  using sharing = new SyncVectorEnv([() => new CountingEnv(2)], { copy: false, autoresetMode: "SameStep" });
  const [obs] = sharing.reset();
  expect(sharing.step([0])[0]).toBe(obs);
  expect(obs).toEqual(Float32Array.of(1));
  expect(sharing.step([0])[4]["final_obs"]).toEqual([Float32Array.of(2)]);
});

test("a step that an environment fails leaves nothing to step on; a reset does", () => {
  class Failing extends CountingEnv {
    override step(action: number): ReturnType<CountingEnv["step"]> {
      if (action === 9) throw new Error("lost");
      return super.step(action);
    }
  }
  using env = new SyncVectorEnv([() => new Failing(), () => new Failing()]);
  env.reset();
  expect(() => env.step([1, 9])).toThrow("lost");
  expect(() => env.step([1, 1])).toThrow(ResetNeededError);
  env.reset();
  expect(env.step([1, 1])[0]).toEqual(Float32Array.of(1, 1));
});

test("a closed vector environment has closed its environments, and stays closed", () => {
  const env = openCounting();
  env.reset();
  expect(env.closed).toBe(false);
  env.close();
  env.close();
  expect(env.envs.map((each) => Reflect.get(each, "numClosed"))).toEqual([1, 1, 1]);
  expect(env.closed).toBe(true);
  for (const use of [() => env.reset(), () => env.step([0, 0, 0]), () => env.render(), () => env.call("add")]) {
    expect(use).toThrow(ClosedError);
  }
});
