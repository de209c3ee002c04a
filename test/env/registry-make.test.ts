import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";

import { ConfigError, NameNotFoundError, RegistrationError, ResetNeededError } from "../../src/core/errors.ts";
import {
  GenieEnv,
  make,
  makeSync,
  register,
  registeredWrappers,
  registerWrapper,
  RewardWrapper,
  spec,
  specFromJSON,
  specToJSON,
  Wrapper,
} from "../../src/env/index.ts";
import type { AnyEnv, Env, EnvSpec, MakeOptions, Mode, WrapperSpec } from "../../src/env/index.ts";
import { FakeWorldModel } from "../../src/testing/index.ts";
import { DriftEnv } from "./drift-env.ts";
import type { DriftOptions } from "./drift-env.ts";

/** Pays `factor` times the reward, and says so. */
class Scaled extends RewardWrapper<unknown, unknown> {
  readonly factor: number;
  constructor(env: Env, { factor }: { readonly factor: number }) {
    super(env);
    if (factor === 0) throw new ConfigError("Scaled: factor must not be 0");
    this.factor = factor;
    this.record("Scaled", { factor });
  }
  reward(reward: number): number {
    return this.factor * reward;
  }
}

class Secret extends Wrapper<unknown, unknown> {}

/** Stands for a wrapper that another module registers. */
class Named extends Wrapper<unknown, unknown, unknown, Mode> {
  constructor(env: AnyEnv, name: string) {
    super(env);
    this.record(name, {});
  }
}

const made: DriftEnv[] = [];
const entryPoint = (options: DriftOptions): DriftEnv => {
  const env = new DriftEnv(options);
  made.push(env);
  return env;
};
const scaled = (factor: number): WrapperSpec => ({ name: "Scaled", options: { factor } });

beforeAll(() => {
  registerWrapper("Scaled", (env: Env, options: { factor: number }) => new Scaled(env, options));
  register({ id: "Drift-v0", entryPoint });
  register({ id: "Limited-v0", entryPoint, maxEpisodeSteps: 4, options: { scale: 2, length: 50 } });
  register({ id: "Unchecked-v0", entryPoint, disableEnvChecker: true });
  register({ id: "Unordered-v0", entryPoint, orderEnforce: false });
  register({ id: "Stacked-v0", entryPoint, maxEpisodeSteps: 9, additionalWrappers: [scaled(2), scaled(3)] });
  register({ id: "Wrapped-v0", entryPoint: (options: DriftOptions) => new Scaled(entryPoint(options), { factor: 5 }) });
  register({ id: "Loaded-v0", entryPoint: async (options: DriftOptions) => entryPoint(options) });
  register({
    id: "Fake/world-v0",
    maxEpisodeSteps: 3,
    entryPoint: () => {
      const world = new FakeWorldModel();
      return GenieEnv.fromWorld(world, { prompts: [world.prompt(0)] });
    },
  });
  register({ id: "Batched-v0", vectorEntryPoint: () => expect.fail("a single environment was asked for") });
});

const warning = vi.spyOn(process, "emitWarning");
beforeEach(() => {
  warning.mockReset().mockImplementation(() => {});
  made.length = 0;
});

/** The names of the wrappers, from the outside in. */
const stackOf = (env: AnyEnv): string => env.toString().replaceAll(/<DriftEnv.*/g, "");
const STANDARD = "<TimeLimit<OrderEnforcing<PassiveEnvChecker";

/** Everything that an environment answers from seed 3 on. */
function trajectory(env: Env, steps = 12): unknown[] {
  const results: unknown[] = [env.reset({ seed: 3 })];
  for (let i = 0; i < steps; i++) results.push(env.step(i % 3));
  return results;
}

describe("RG-04", () => {
  test("RG-04 make builds the environment, its wrappers and its spec", async () => {
    const env = await make("Limited-v0");
    expect(stackOf(env)).toBe(STANDARD);
    expect(env.unwrapped).toBe(made[0]);
    expect(env.spec).toEqual(spec("Limited-v0"));
    expect(env.unwrapped.spec).toMatchObject({ id: "Limited-v0", maxEpisodeSteps: null, orderEnforce: false });
    expect(env.toString()).toBe(`${STANDARD}<DriftEnv<Limited-v0>>>>>`);
  });

  test.each<[string, MakeOptions, number | null]>([
    ["Limited-v0", {}, 4],
    ["Limited-v0", { maxEpisodeSteps: 2 }, 2],
    ["Limited-v0", { maxEpisodeSteps: null }, null],
    ["Limited-v0", { maxEpisodeSteps: -1 }, null],
    ["Limited-v0", { maxEpisodeSteps: undefined }, 4],
    ["Drift-v0", {}, null],
    ["Drift-v0", { maxEpisodeSteps: 7 }, 7],
  ])("RG-04 %s made with %j is cut after %s steps", (id, options, limit) => {
    const env = makeSync(id, options);
    env.reset({ seed: 0 });
    const cut = Array.from({ length: 10 }, () => env.step(1)[3]).indexOf(true);
    expect(cut === -1 ? null : cut + 1).toBe(limit);
    expect(env.spec?.maxEpisodeSteps).toBe(limit);
  });

  test.each([0, 1.5, -2, "5"])("RG-04 a limit of %j steps is refused before anything is made", async (limit) => {
    const options: object = { maxEpisodeSteps: limit };
    await expect(make("Drift-v0", { ...options })).rejects.toThrow(ConfigError);
    expect(made).toEqual([]);
  });

  test.each([
    ["Drift-v0", undefined, true],
    ["Drift-v0", false, true],
    ["Drift-v0", true, false],
    ["Unchecked-v0", undefined, false],
    ["Unchecked-v0", false, true],
    ["Unchecked-v0", true, false],
  ])("RG-04 %s with disableEnvChecker %s is checked: %s", (id, disableEnvChecker, checked) => {
    const env = makeSync(id, { disableEnvChecker });
    expect(stackOf(env).includes("PassiveEnvChecker")).toBe(checked);
    expect(env.spec?.disableEnvChecker).toBe(!checked);
  });

  test("RG-04 order is enforced as the spec says", () => {
    expect(stackOf(makeSync("Drift-v0"))).toContain("OrderEnforcing");
    const env = makeSync("Unordered-v0");
    expect(stackOf(env)).not.toContain("OrderEnforcing");
    expect(env.spec?.orderEnforce).toBe(false);
    expect(() => makeSync("Drift-v0").step(0)).toThrow(ResetNeededError);
    expect(stackOf(makeSync({ ...spec("Drift-v0"), orderEnforce: false }))).not.toContain("OrderEnforcing");
  });

  test("RG-04 options are those of the spec with the caller's on top, and neither is changed", () => {
    const options = { length: 60 };
    const env = makeSync("Limited-v0", options);
    expect(env.spec?.options).toEqual({ scale: 2, length: 60 });
    expect(made[0]?.scale).toBe(2);
    expect(spec("Limited-v0").options).toEqual({ scale: 2, length: 50 });
    expect(options).toEqual({ length: 60 });
    expect(makeSync("Limited-v0", { scale: undefined }).spec?.options).toEqual({ scale: 2, length: 50 });
  });

  test("RG-04 an option that the environment does not know is refused", async () => {
    await expect(make("Drift-v0", { lenght: 3 })).rejects.toThrow("lenght");
  });

  test("RG-04 a spec makes what its id makes", () => {
    const [first, second] = [makeSync("Stacked-v0"), makeSync(spec("Stacked-v0"))];
    expect(second.spec).toEqual(first.spec);
    expect(second.toString()).toBe(first.toString());
    expect(trajectory(second, 5)).toEqual(trajectory(first, 5));
  });

  test("RG-04 a render mode that the environment lacks is warned of", () => {
    const env = { renderModes: ["ansi"] };
    class Blind extends DriftEnv {
      override readonly metadata = { ...env, renderFps: 1 };
    }
    register({ id: "Blind-v0", entryPoint: (options: DriftOptions) => new Blind(options) });
    makeSync("Blind-v0", { renderMode: "ansi" });
    expect(warning).not.toHaveBeenCalled();
    makeSync("Blind-v0", { renderMode: "rgb_array" });
    expect(warning).toHaveBeenCalledWith(
      "make: renderMode must be one of ansi for Blind-v0, got rgb_array",
      "GenieEnvWarning",
    );
  });

  test.each([
    ["rgb_array_list", "RenderCollection"],
    ["human", "HumanRendering"],
  ] as const)("RG-04 render mode %s is rgb_array within a %s", (renderMode, name) => {
    if (!registeredWrappers().includes(name)) registerWrapper(name, (env) => new Named(env, name));
    const env = makeSync("Drift-v0", { renderMode });
    expect(made[0]?.renderMode).toBe("rgb_array");
    expect(env.spec?.options).toEqual({ renderMode: "rgb_array" });
    expect(env.spec?.additionalWrappers.map((wrapper) => wrapper.name)).toEqual([name]);
    expect(makeSync(expectSpec(env)).spec).toEqual(env.spec);
    expect(warning).not.toHaveBeenCalled();
  });

  test("RG-04 an id without a version is made of the newest one", () => {
    register({ id: "Newest-v1", entryPoint });
    register({ id: "Newest-v2", entryPoint });
    expect(makeSync("Newest").spec?.id).toBe("Newest-v2");
    expect(warning).toHaveBeenCalledOnce();
    const older: EnvSpec = { ...spec("Newest-v2"), id: "Newest-v1" };
    makeSync("Newest-v1");
    expect(warning).toHaveBeenCalledTimes(2);
    expect(makeSync(older).spec?.id).toBe("Newest-v1");
    expect(makeSync({ ...older, id: "Newest" }).spec?.id).toBe("Newest-v2");
  });
});

describe("RG-05", () => {
  test("RG-05 a spec rebuilds the environment with all its wrappers, also from JSON", async () => {
    const env = new Scaled(makeSync("Stacked-v0", { scale: 3 }), { factor: 7 });
    expect(env.spec?.additionalWrappers).toEqual([scaled(2), scaled(3), scaled(7)]);
    const text = specToJSON(expectSpec(env));
    for (const again of [makeSync(expectSpec(env)), makeSync(specFromJSON(text)), await make(specFromJSON(text))]) {
      expect(again.toString()).toBe(env.toString());
      expect(again.spec).toEqual(env.spec);
    }
    expect(trajectory(makeSync(specFromJSON(text)), 8)).toEqual(trajectory(env, 8));
  });

  test("RG-05 the wrappers that an entry point applies itself are not applied again", () => {
    const env = makeSync("Wrapped-v0", { maxEpisodeSteps: 9 });
    expect(stackOf(env)).toBe(`${STANDARD}<Scaled`);
    expect(env.spec).toMatchObject({ id: "Wrapped-v0", maxEpisodeSteps: 9, additionalWrappers: [] });
    const outer = new Scaled(env, { factor: 2 });
    const again = makeSync(expectSpec(outer));
    expect(again.toString()).toBe(outer.toString());
    expect(trajectory(again, 8)).toEqual(trajectory(outer, 8));
  });

  test("RG-05 a spec that JSON cannot hold is refused with the place", () => {
    const withSpec = (options: Record<string, unknown>): EnvSpec => ({ ...spec("Drift-v0"), options });
    expect(() => specToJSON(withSpec({ reward: { f: () => 1 } }))).toThrow(
      "got something else at spec.options.reward.f",
    );
    for (const value of [Float32Array.of(1), Number.NaN, new Map(), 1n, Symbol("s")]) {
      expect(() => specToJSON(withSpec({ value }))).toThrow(ConfigError);
    }
    const data = { list: [1, "a", null, { deep: true }], none: undefined };
    expect(specFromJSON(specToJSON(withSpec(data))).options).toEqual(data);
  });

  test.each(["", "{", "[]", '{"id":5}', '{"id":"Drift-v0","extra":1}'])("RG-05 %j is no spec", (text) => {
    expect(() => specFromJSON(text)).toThrow(ConfigError);
  });

  test("RG-05 a wrapper without recorded options is in the spec, and refused before anything is made", async () => {
    const env = new Secret(makeSync("Drift-v0"));
    expect(env.spec?.additionalWrappers).toEqual([{ name: "Secret", options: null }]);
    made.length = 0;
    await expect(make(expectSpec(env))).rejects.toThrow("got none for Secret");
    expect(() => makeSync({ ...spec("Drift-v0"), additionalWrappers: [{ name: "Nobody", options: {} }] })).toThrow(
      RegistrationError,
    );
    expect(made).toEqual([]);
  });

  test("RG-05 an environment built by hand has no spec, in any wrapper", () => {
    expect(new Scaled(new DriftEnv(), { factor: 2 }).spec).toBeNull();
  });

  test("RG-05 a wrapper's name is unique", () => {
    expect(() => registerWrapper("Scaled", (env) => new Wrapper(env))).toThrow(RegistrationError);
    expect(() => makeSync({ ...spec("Drift-v0"), additionalWrappers: [{ name: "Scaledd", options: {} }] })).toThrow(
      "did you mean Scaled?",
    );
  });
});

describe("make", () => {
  test("waits for an environment that is loaded, and makeSync refuses it and closes it", async () => {
    const env = await make("Loaded-v0", { scale: 4 });
    expect([stackOf(env), env.spec?.options]).toEqual(["<OrderEnforcing<PassiveEnvChecker", { scale: 4 }]);
    made.length = 0;
    expect(() => makeSync("Loaded-v0")).toThrow("makeSync: the environment must need no loading, got Loaded-v0");
    await vi.waitFor(() => expect(made[0]?.closed).toBe(1));
  });

  test("wraps an environment that answers with promises", async () => {
    const env = await make<Uint8Array, number>("Fake/world-v0");
    expect(env.spec).toMatchObject({ id: "Fake/world-v0", maxEpisodeSteps: 3 });
    expect(env.toString()).toBe(`${STANDARD}<GenieEnv<Fake/world-v0>>>>>`);
    await expect(async () => env.step(0)).rejects.toThrow(ResetNeededError);
    const [obs, info] = await env.reset({ seed: 1 });
    expect(env.observationSpace.contains(obs)).toBe(true);
    expect(info).toHaveProperty("frame_index", 0);
    const cuts = [];
    for (let i = 0; i < 3; i++) cuts.push((await env.step(1))[3]);
    expect(cuts).toEqual([false, false, true]);
    env.close();
  });

  test("rejects what names nothing, and an environment without a single form", async () => {
    await expect(make("Drifft-v0")).rejects.toThrow(NameNotFoundError);
    await expect(make("Drifft-v0")).rejects.toThrow("did you mean Drift?");
    await expect(make("Batched-v0")).rejects.toThrow("got none for Batched-v0 - use makeVec");
  });

  test("takes the caller's word for the types of the spaces", () => {
    const env = makeSync<Float32Array, number>("Drift-v0");
    const obs: Float32Array = env.reset()[0];
    expect(obs).toBeInstanceOf(Float32Array);
  });

  test("makes environments that close when their block ends", async () => {
    {
      using first = makeSync("Drift-v0");
      using second = await make("Drift-v0");
      expect([first.spec?.id, second.spec?.id]).toEqual(["Drift-v0", "Drift-v0"]);
    }
    expect(made.map(({ closed }) => closed)).toEqual([1, 1]);
  });

  test("closes the environment when a wrapper refuses it", () => {
    expect(() => makeSync({ ...spec("Drift-v0"), additionalWrappers: [scaled(0)] })).toThrow("must not be 0");
    expect(made[0]?.closed).toBe(1);
  });
});

function expectSpec(env: AnyEnv): EnvSpec {
  return env.spec ?? expect.fail("the environment has no spec");
}
