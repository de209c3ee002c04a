import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";

import { ConfigError, NameNotFoundError, RegistrationError } from "../../src/core/errors.ts";
import {
  GenieEnv,
  makeSync,
  makeVec,
  makeVecSync,
  register,
  registerWrapper,
  RewardWrapper,
  spec,
  specFromJSON,
  specToJSON,
  ConcurrentVectorEnv,
  SyncVectorEnv,
  WorkerVectorEnv,
} from "../../src/env/index.ts";
import type {
  AnyVectorEnv,
  AutoresetMode,
  Env,
  EnvSpec,
  MakeVecOptions,
  VectorEntryOptions,
  WrapperSpec,
} from "../../src/env/index.ts";
import "../../src/games/index.ts";
import { FakeWorldModel } from "../../src/testing/index.ts";
import { DriftEnv } from "./drift-env.ts";
import type { DriftOptions } from "./drift-env.ts";

class Shifted extends RewardWrapper<unknown, unknown> {
  readonly by: number;
  constructor(env: Env, { by }: { readonly by: number }) {
    super(env);
    this.by = by;
    this.record("Shifted", { by });
  }
  reward(reward: number): number {
    return reward + this.by;
  }
}

/** A native form that is the rows' form and remembers what it was given. */
class NativeDrift extends SyncVectorEnv<Float32Array, number> {
  readonly given: VectorEntryOptions;
  constructor(given: VectorEntryOptions) {
    super(Array.from({ length: given.numEnvs }, () => () => new DriftEnv()));
    this.given = given;
  }
}

const made: DriftEnv[] = [];
const entryPoint = (options: DriftOptions): DriftEnv => {
  const env = new DriftEnv(options);
  made.push(env);
  return env;
};
const shifted = (by: number): WrapperSpec => ({ name: "Shifted", options: { by } });
const native = (options: VectorEntryOptions): NativeDrift => new NativeDrift(options);

beforeAll(() => {
  registerWrapper("Shifted", (env: Env, options: { by: number }) => new Shifted(env, options));
  register({ id: "Rows-v0", entryPoint, maxEpisodeSteps: 5 });
  register({ id: "Both-v0", entryPoint, vectorEntryPoint: native, maxEpisodeSteps: 5, options: { scale: 2 } });
  register({ id: "NativeOnly-v0", vectorEntryPoint: native });
  register({
    id: "LoadedVec-v0",
    entryPoint,
    vectorEntryPoint: async (options: VectorEntryOptions) => native(options),
  });
  register({ id: "Wrapped-v0", entryPoint, vectorEntryPoint: native, additionalWrappers: [shifted(1)] });
});

const warning = vi.spyOn(process, "emitWarning");
beforeEach(() => {
  warning.mockReset().mockImplementation(() => {});
  made.length = 0;
});

const specOf = (env: AnyVectorEnv): EnvSpec => env.spec ?? expect.fail("the environment has no spec");

describe("RG-06", () => {
  test.each([
    ["Rows-v0", undefined, SyncVectorEnv],
    ["Rows-v0", "sync", SyncVectorEnv],
    ["Both-v0", undefined, NativeDrift],
    ["Both-v0", "native", NativeDrift],
    ["NativeOnly-v0", undefined, NativeDrift],
    ["Wrapped-v0", undefined, SyncVectorEnv],
  ] as const)("RG-06 %s in mode %s", async (id, vectorizationMode, type) => {
    for (const env of [await makeVec(id, { vectorizationMode }), makeVecSync(id, { vectorizationMode })]) {
      expect(env).toBeInstanceOf(type);
      expect(env.constructor).toBe(type);
      env.close();
    }
  });

  test.each([1, 3, 10])("RG-06 %d environments answer as many single ones do", (numEnvs) => {
    const batch = makeVecSync<Float32Array, Int32Array>("Rows-v0", { numEnvs, scale: 3 });
    const singles = Array.from({ length: numEnvs }, () => makeSync<Float32Array, number>("Rows-v0", { scale: 3 }));
    expect(batch.numEnvs).toBe(numEnvs);
    const [obs] = batch.reset({ seed: 7 });
    expect([...obs]).toEqual(singles.flatMap((env, i) => [...env.reset({ seed: 7 + i })[0]]));
    for (let step = 1; step <= 5; step++) {
      const results = singles.map((env, i) => env.step(i % 3));
      const [obs, rewards, terminated, truncated] = batch.step(Int32Array.from({ length: numEnvs }, (_, i) => i % 3));
      expect([...obs]).toEqual(results.flatMap(([obs]) => [...obs]));
      expect([...rewards]).toEqual(results.map(([, reward]) => reward));
      expect([...terminated]).toEqual(results.map(([, , flag]) => Number(flag)));
      expect([...truncated]).toEqual(results.map(() => Number(step === 5)));
    }
  });

  test("RG-06 wrappers are around each environment, after the spec's own", () => {
    const options: MakeVecOptions = { numEnvs: 2, wrappers: [shifted(10), shifted(100)] };
    const env = makeVecSync("Wrapped-v0", options);
    const plain = makeVecSync("Rows-v0", { numEnvs: 2, maxEpisodeSteps: null });
    for (const each of [env, plain]) each.reset({ seed: 0 });
    const actions = Int32Array.of(1, 2);
    expect([...env.step(actions)[1]]).toEqual([...plain.step(actions)[1]].map((reward) => reward + 111));
    expect(made[0]?.toString()).toBe("<DriftEnv<Wrapped-v0>>");
    expect(specOf(env).additionalWrappers).toEqual([shifted(1), shifted(10), shifted(100)]);
  });

  test("RG-06 a native environment is given its options, the limit and the number of rows", () => {
    const env = makeVecSync("Both-v0", {
      numEnvs: 4,
      maxEpisodeSteps: 8,
      vectorOptions: { autoresetMode: "SameStep" },
    });
    expect(Reflect.get(env, "given")).toEqual({ numEnvs: 4, maxEpisodeSteps: 8, scale: 2, autoresetMode: "SameStep" });
    expect(Reflect.get(makeVecSync("NativeOnly-v0"), "given")).toEqual({ numEnvs: 1, maxEpisodeSteps: null });
  });

  test("RG-06 options of the vector environment reach it", () => {
    for (const autoresetMode of ["NextStep", "SameStep", "Disabled"] satisfies AutoresetMode[]) {
      const env = makeVecSync("Rows-v0", { vectorOptions: { autoresetMode } });
      expect(env.metadata.autoresetMode).toBe(autoresetMode);
    }
    expect(() => makeVecSync("Rows-v0", { vectorOptions: { autoreset: "SameStep" } })).toThrow("autoreset");
  });

  const trips: [string, MakeVecOptions][] = ["Rows-v0", "Both-v0"].flatMap((id) => [
    [id, {}],
    [id, { numEnvs: 3 }],
    [id, { vectorizationMode: "sync" as const }],
    [id, { numEnvs: 2, maxEpisodeSteps: 3 }],
    [id, { numEnvs: 2, maxEpisodeSteps: null }],
    [id, { scale: 4 }],
    [id, { disableEnvChecker: true }],
    [id, { numEnvs: 2, vectorizationMode: "sync" as const, wrappers: [shifted(2)] }],
    [id, { numEnvs: 3, vectorizationMode: "sync" as const, vectorOptions: { autoresetMode: "SameStep" } }],
    [id, { vectorizationMode: "sync" as const, renderMode: "ansi" as const }],
  ]);
  test.each(trips)("RG-06 the spec of %s with %j rebuilds it, also from JSON", (id, options) => {
    const env = makeVecSync(id, options);
    const again = makeVecSync(specFromJSON(specToJSON(specOf(env))));
    expect(again.spec).toEqual(env.spec);
    expect([again.constructor, again.numEnvs]).toEqual([env.constructor, env.numEnvs]);
    expect([again.metadata, again.renderMode]).toEqual([env.metadata, env.renderMode]);
    const actions = new Int32Array(env.numEnvs).fill(2);
    for (const each of [env, again]) each.actionSpace.seed(1);
    expect(again.reset({ seed: 5 })).toEqual(env.reset({ seed: 5 }));
    for (let i = 0; i < 8; i++) expect(again.step(actions)).toEqual(env.step(actions));
  });

  test("RG-06 a vector spec with other options, and a single environment of it", () => {
    const { spec } = makeVecSync("Rows-v0", { numEnvs: 3, vectorOptions: { autoresetMode: "Disabled" } });
    const again = makeVecSync(spec ?? "", { numEnvs: 2 });
    expect([again.numEnvs, again.metadata.autoresetMode]).toEqual([2, "Disabled"]);
    expect(makeSync(spec ?? "").spec?.vector).toBeNull();
  });

  test("RG-06 an unknown mode is refused with those that there are", async () => {
    const options: object = { vectorizationMode: "async" };
    await expect(makeVec("Rows-v0", { ...options })).rejects.toThrow('"sync"|"worker"|"native"');
    for (const numEnvs of [0, -1, 1.5]) await expect(makeVec("Rows-v0", { numEnvs })).rejects.toThrow(ConfigError);
    expect(made).toEqual([]);
  });

  test("RG-06 a form that an environment lacks is named", async () => {
    await expect(makeVec("Rows-v0", { vectorizationMode: "native" })).rejects.toThrow(RegistrationError);
    await expect(makeVec("Rows-v0", { vectorizationMode: "native" })).rejects.toThrow(
      'mode native needs a vectorEntryPoint, got none for Rows-v0 - choose vectorizationMode "sync"',
    );
    await expect(makeVec("NativeOnly-v0", { vectorizationMode: "sync" })).rejects.toThrow("an entryPoint must be");
    await expect(makeVec("Rowz-v0")).rejects.toThrow(NameNotFoundError);
  });

  test("RG-06 worker threads answer as the same rows in one thread do", async () => {
    const options = { numEnvs: 2, vectorOptions: { autoresetMode: "SameStep" }, wrappers: [] } as const;
    using workers = await makeVec<Float32Array, Int32Array>("CartPole-v1", { ...options, vectorizationMode: "worker" });
    using rows = makeVecSync<Float32Array, Int32Array>("CartPole-v1", { ...options, vectorizationMode: "sync" });
    expect(workers).toBeInstanceOf(WorkerVectorEnv);
    expect(await workers.reset({ seed: 3 })).toEqual(rows.reset({ seed: 3 }));
    for (let i = 0; i < 30; i++)
      expect(await workers.step(Int32Array.of(0, 1))).toEqual(rows.step(Int32Array.of(0, 1)));
    expect(workers.spec?.vector).toMatchObject({ numEnvs: 2, vectorizationMode: "worker" });
  });

  test("RG-06 worker threads need a module that registers the environment, and promises", async () => {
    await expect(makeVec("Rows-v0", { vectorizationMode: "worker" })).rejects.toThrow(
      "needs the module that registers",
    );
    expect(() => makeVecSync("Rows-v0", { vectorizationMode: "worker" })).toThrow(ConfigError);
  });

  test("RG-06 a wrapper may be a function, which is called for each row; the spec tells what it recorded", async () => {
    const by = (n: number) => (env: Env) => new Shifted(env, { by: n });
    const options: MakeVecOptions = { numEnvs: 2, wrappers: [shifted(1), by(10), shifted(100)] };
    const asData: MakeVecOptions = { numEnvs: 2, wrappers: [shifted(1), shifted(10), shifted(100)] };
    for (const id of ["Rows-v0", "Both-v0"]) {
      const [env, twin] = [makeVecSync(id, options), makeVecSync(id, asData)];
      for (const each of [env, twin]) each.reset({ seed: 0 });
      expect(env.step([1, 2])).toEqual(twin.step([1, 2]));
      expect(env.spec?.additionalWrappers).toEqual(twin.spec?.additionalWrappers);
      expect(makeVecSync(specOf(env)).spec).toEqual(env.spec);
      const rows: unknown[] = Reflect.get(env, "envs");
      expect(new Set(rows).size).toBe(2);
    }
    for (const vectorizationMode of ["worker", "native"] as const) {
      const refused = makeVec("Both-v0", { vectorizationMode, wrappers: [by(1)] });
      await expect(refused).rejects.toThrow(ConfigError);
      await expect(refused).rejects.toThrow(
        /takes no functions as wrappers, got one - choose vectorizationMode "sync"/,
      );
    }
  });

  test("RG-06 a function that returns no environment is refused, and what was made is closed", () => {
    expect(() => makeVecSync("Rows-v0", { wrappers: [(() => undefined) as never] })).toThrow(/returns.*got undefined/);
    expect(made.map(({ closed }) => closed > 0)).toEqual([true]);
  });

  test("RG-06 a native environment takes no wrappers", () => {
    expect(() => makeVecSync("Both-v0", { vectorizationMode: "native", wrappers: [shifted(1)] })).toThrow(
      "mode native takes no wrappers, got Shifted",
    );
    expect(makeVecSync("Both-v0", { wrappers: [shifted(1)] })).not.toBeInstanceOf(NativeDrift);
  });

  test.each([undefined, "nextstep"])("RG-06 a native environment whose autoreset mode is %s is warned of", (mode) => {
    const forged: VectorEntryOptions = { numEnvs: 1, maxEpisodeSteps: null };
    register({
      id: `Forged${String(mode)}-v0`,
      vectorEntryPoint: () => Object.assign(native(forged), { metadata: { renderModes: [], autoresetMode: mode } }),
    });
    makeVecSync(`Forged${String(mode)}-v0`);
    expect(warning).toHaveBeenCalledWith(
      `makeVec: metadata.autoresetMode must be one of NextStep, SameStep, Disabled, got ${JSON.stringify(mode)}`,
      "GenieEnvWarning",
    );
  });
});

describe("makeVec", () => {
  test("waits for a native environment that is loaded, and makeVecSync refuses it", async () => {
    expect(await makeVec("LoadedVec-v0", { numEnvs: 2 })).toBeInstanceOf(NativeDrift);
    expect(() => makeVecSync("LoadedVec-v0")).toThrow(ConfigError);
  });

  test("makes a batch of a world", async () => {
    register({
      id: "FakeVec/world-v0",
      vectorEntryPoint: ({ numEnvs, maxEpisodeSteps, ...options }: VectorEntryOptions) => {
        const world = new FakeWorldModel();
        const horizon = maxEpisodeSteps ?? undefined;
        return GenieEnv.fromWorld(world, { ...options, numEnvs, horizon, prompts: [world.prompt(0)] });
      },
    });
    const env = await makeVec<Uint8Array, Int32Array>("FakeVec/world-v0", { numEnvs: 3, maxEpisodeSteps: 2 });
    const [obs] = await env.reset({ seed: 1 });
    expect(obs).toHaveLength(3 * 8 * 8 * 3);
    await env.step(Int32Array.of(0, 1, 2));
    const [, , , truncated] = await env.step(Int32Array.of(0, 1, 2));
    expect([...truncated]).toEqual([1, 1, 1]);
    expect(env.spec).toMatchObject({ ...spec("FakeVec/world-v0"), maxEpisodeSteps: 2, vector: { numEnvs: 3 } });
    env.close();
  });

  test("waits for rows that are loaded, which answer with promises", async () => {
    register({ id: "LoadedRows-v0", entryPoint: async (options: DriftOptions) => entryPoint(options) });
    using env = await makeVec<Float32Array, Int32Array>("LoadedRows-v0", { numEnvs: 2, maxEpisodeSteps: 1 });
    expect(env).toBeInstanceOf(ConcurrentVectorEnv);
    using rows = makeVecSync<Float32Array, Int32Array>("Rows-v0", { numEnvs: 2, maxEpisodeSteps: 1 });
    expect(await env.reset({ seed: 3 })).toEqual(rows.reset({ seed: 3 }));
    expect(await env.step(Int32Array.of(1, 2))).toEqual(rows.step(Int32Array.of(1, 2)));
    expect(() => makeVecSync("LoadedRows-v0")).toThrow("makeVecSync: the environment must need no loading");
  });

  test.each(["Rows-v0", "LoadedRows-v0"])("closes what it made of %s when the options are refused", async (id) => {
    const vectorOptions = { autoresetMode: "Never" };
    await expect(makeVec(id, { vectorOptions })).rejects.toThrow(ConfigError);
    expect(made.map(({ closed }) => closed)).toEqual([1]);
  });

  test("closes the rows that were made when a later one cannot be", () => {
    let rows = 0;
    register({
      id: "Flaky-v0",
      entryPoint: (options: DriftOptions) => {
        rows += 1;
        if (rows === 3) throw new ConfigError("no third row");
        return entryPoint(options);
      },
    });
    expect(() => makeVecSync("Flaky-v0", { numEnvs: 4 })).toThrow("no third row");
    expect(made.map(({ closed }) => closed > 0)).toEqual([true, true]);
  });
});
