import { describe, expect, test } from "vitest";

import { ConfigError, ShapeError } from "../../../src/core/errors.ts";
import { Box, DictSpace, Discrete, Sequence, TupleSpace } from "../../../src/env/index.ts";
import type { EnvInfo, Space } from "../../../src/env/index.ts";
import { batchInfos } from "../../../src/env/vector/batch-info.ts";
import { SyncVectorEnv } from "../../../src/env/vector/sync-vector-env.ts";
import {
  DictInfoToList,
  FilterObservation,
  FlattenObservation,
  TimeAwareObservation,
  TimeLimit,
  VectorFilterObservation,
  VectorFlattenObservation,
} from "../../../src/env/wrappers/index.ts";
import { listInfos } from "../../../src/env/wrappers/dict-info-to-list.ts";
import { ScriptedEnv } from "./envs.ts";

const actionSpace = new Discrete(2);
const line = new Box({ low: -1, high: 100, shape: [1], dtype: "float32" });
const record = new DictSpace<Readonly<Record<string, unknown>>>({ x: line, n: new Discrete(3) });
const showing = <T>(observationSpace: Space<T>, obs: (t: number) => T) =>
  new ScriptedEnv<T, number>({ observationSpace, actionSpace, obs });
const limited = <T>(space: Space<T>, obs: (t: number) => T, maxEpisodeSteps = 4) =>
  new TimeLimit(showing(space, obs), { maxEpisodeSteps });
const counting = (maxEpisodeSteps?: number) => limited(line, (t) => Float32Array.of(10 * t), maxEpisodeSteps);
const records = () => limited(record, (t) => ({ x: Float32Array.of(t), n: t % 3 }));

describe("TimeAwareObservation", () => {
  test("WR-11 arrays get the time as one more element, 0 after every reset", () => {
    const env = new TimeAwareObservation(counting());
    expect(env.observationSpace.shape).toEqual([2]);
    for (let episode = 0; episode < 2; episode++) {
      const seen = [env.reset()[0], env.step(0)[0], env.step(0)[0]];
      expect(seen).toEqual([Float32Array.of(0, 0), Float32Array.of(10, 1), Float32Array.of(20, 2)]);
      for (const obs of seen) expect(env.observationSpace.contains(obs)).toBe(true);
    }
    expect(env.observationSpace.contains(Float32Array.of(0, 5))).toBe(false);
  });

  test("WR-11 normalised time is a share of the limit", () => {
    const env = new TimeAwareObservation(counting(4), { normalizeTime: true });
    env.reset();
    expect(env.step(0)[0]).toEqual(Float32Array.of(10, 0.25));
    expect(env.observationSpace.contains(Float32Array.of(0, 1.25))).toBe(false);
  });

  test("WR-11 without flatten arrays and records become records with the time", () => {
    const arrays = new TimeAwareObservation(counting(), { flatten: false, dictTimeKey: "t" });
    arrays.reset();
    const [obs] = arrays.step(0);
    expect(obs).toEqual({ obs: Float32Array.of(10), t: Float32Array.of(1) });
    expect(arrays.observationSpace.contains(obs)).toBe(true);
    const more = new TimeAwareObservation(records(), { flatten: false });
    more.reset();
    expect(more.step(0)[0]).toEqual({ x: Float32Array.of(1), n: 1, time: Float32Array.of(1) });
  });

  test("WR-11 tuples get one more element, and records are flattened", () => {
    const pair = new TupleSpace([line, new Discrete(2)]);
    const tuples = new TimeAwareObservation(
      limited(pair, (t) => [Float32Array.of(t), 1] as const),
      { flatten: false },
    );
    tuples.reset();
    const [obs] = tuples.step(0);
    expect(obs).toEqual([Float32Array.of(1), 1, Float32Array.of(1)]);
    expect(tuples.observationSpace.contains(obs)).toBe(true);
    const flat = new TimeAwareObservation(records());
    flat.reset();
    expect(flat.step(0)[0]).toEqual(Float32Array.of(0, 1, 0, 1, 1));
  });

  test("WR-11 a limit is needed, and a key of its own", () => {
    expect(() => new TimeAwareObservation(showing(line, () => line.low))).toThrow(ConfigError);
    const varying = new Sequence(new Discrete(2));
    expect(() => new TimeAwareObservation(limited(varying, () => []))).toThrow(ConfigError);
    expect(() => new TimeAwareObservation(records(), { flatten: false, dictTimeKey: "x" })).toThrow(ConfigError);
  });
});

describe("FilterObservation", () => {
  test("WR-16 only the keys that are asked for are shown", () => {
    const env = new FilterObservation(records(), { keys: ["n"] });
    env.reset();
    expect(env.step(0)[0]).toEqual({ n: 1 });
    expect(env.observationSpace.contains({ n: 2 })).toBe(true);
    expect(env.observationSpace.contains({ n: 2, x: Float32Array.of(0) })).toBe(false);
  });

  test("WR-16 elements of a tuple are chosen by their places", () => {
    const pair = new TupleSpace([line, new Discrete(3), line]);
    const env = new FilterObservation(
      showing(pair, (t) => [Float32Array.of(t), t, Float32Array.of(-1)] as const),
      { keys: [2, 1] },
    );
    env.reset();
    const [obs] = env.step(0);
    expect(obs).toEqual([1, Float32Array.of(-1)]);
    expect(env.observationSpace.contains(obs)).toBe(true);
    expect(
      () =>
        new FilterObservation(
          showing(pair, () => pair.sample()),
          { keys: [3] },
        ),
    ).toThrow(ConfigError);
  });

  test("WR-17 the vector form equals a vector of the single one", () => {
    const outside = new VectorFilterObservation(new SyncVectorEnv([records, records]), { keys: ["x"] });
    const inside = new SyncVectorEnv([0, 1].map(() => () => new FilterObservation(records(), { keys: ["x"] })));
    expect(outside.reset({ seed: 1 })).toEqual(inside.reset({ seed: 1 }));
    for (let t = 0; t < 8; t++) expect(outside.step([0, 1])).toEqual(inside.step([0, 1]));
  });

  test("WR-16 a missing key, no key, and observations without keys are refused", () => {
    expect(() => new FilterObservation(records(), { keys: ["y"] })).toThrow("x");
    expect(() => new FilterObservation(records(), { keys: [] })).toThrow(ConfigError);
    const array = showing<Readonly<Record<string, unknown>>>(record, () => ({}));
    Object.defineProperty(array, "observationSpace", { value: line });
    expect(() => new FilterObservation(array, { keys: ["x"] })).toThrow(ConfigError);
    const options = JSON.parse(`{ "keys": "x" }`);
    expect(() => new FilterObservation(records(), options)).toThrow(ConfigError);
  });
});

describe("FlattenObservation", () => {
  test("WR-16 records become one row of numbers, choices one-hot", () => {
    const env = new FlattenObservation(records());
    env.reset();
    const [obs] = env.step(0);
    expect(obs).toEqual(Float32Array.of(0, 1, 0, 1));
    expect(env.observationSpace.contains(obs)).toBe(true);
    expect(() => new FlattenObservation(showing(new Sequence(line), () => []))).toThrow(ConfigError);
  });

  test("WR-17 the vector form of Flatten equals a vector of the single one", () => {
    const outside = new VectorFlattenObservation(new SyncVectorEnv([records, records], { autoresetMode: "SameStep" }));
    const single = [0, 1].map(() => () => new FlattenObservation(records()));
    const inside = new SyncVectorEnv(single, { autoresetMode: "SameStep" });
    expect(outside.reset({ seed: 1 })).toEqual(inside.reset({ seed: 1 }));
    for (let t = 0; t < 8; t++) expect(outside.step([0, 1])).toEqual(inside.step([0, 1]));
  });
});

describe("DictInfoToList", () => {
  test.each<[string, readonly EnvInfo[]]>([
    ["numbers", [{ a: 1 }, { a: 2.5 }, { a: 3 }]],
    ["missing keys", [{ a: 1 }, {}, { b: true }]],
    ["arrays", [{ a: Float32Array.of(1, 2) }, { a: Float32Array.of(3, 4) }, {}]],
    ["records", [{ a: { b: 1, c: "x" } }, { a: { b: 2 } }, {}]],
    ["lists of other things", [{ a: "x" }, { a: null }, { a: ["y", "z"] }]],
  ])("WR-18 it is the inverse of batching for %s", (_, infos) => {
    expect(listInfos(batchInfos(infos), 3)).toEqual(infos);
  });

  test("WR-18 it works without masks", () => {
    expect(listInfos({ a: Float64Array.of(1, 2), b: ["x", "y"] }, 2)).toEqual([
      { a: 1, b: "x" },
      { a: 2, b: "y" },
    ]);
  });

  test.each<[string, EnvInfo]>([
    ["an array of too few", { a: Float64Array.of(1) }],
    ["an array of too many", { a: Float64Array.of(1, 2, 3) }],
    ["a list of too few", { a: ["x"] }],
    ["a list of too many", { a: ["x", "y", "z", "w"] }],
    ["one value for all", { a: 1 }],
    ["a mask of another length", { a: Float64Array.of(1, 2), _a: Uint8Array.of(1) }],
  ])("WR-18 %s is refused", (_, info) => {
    expect(() => listInfos(info, 2)).toThrow(ShapeError);
  });

  test("WR-18 reset and step give one info per row", () => {
    const timed = () =>
      new ScriptedEnv({ observationSpace: line, actionSpace, obs: () => line.low, info: (t) => ({ t }) });
    const env = new DictInfoToList(new SyncVectorEnv([timed, timed]));
    expect(env.reset()[1]).toEqual([{ t: 0 }, { t: 0 }]);
    expect(env.step([0, 1])[4]).toEqual([{ t: 1 }, { t: 1 }]);
  });
});
