import { expect, test } from "vitest";

import { batchInfos, SyncVectorEnv } from "../../../src/env/index.ts";
import { CountingEnv } from "./counting-env.ts";

test("VE-10 one row", () => {
  expect(batchInfos([{ a: 0, b: [0, 1], c: { d: 1 } }])).toEqual({
    a: Float64Array.of(0),
    _a: Uint8Array.of(1),
    b: [[0, 1]],
    _b: Uint8Array.of(1),
    c: { d: Float64Array.of(1), _d: Uint8Array.of(1) },
    _c: Uint8Array.of(1),
  });
});

test("VE-10 rows with the same keys", () => {
  expect(batchInfos([1, 2, 3].map((a) => ({ a, b: Float32Array.of(a, -a), c: a > 1, d: `${a}`, e: null })))).toEqual({
    a: Float64Array.of(1, 2, 3),
    _a: Uint8Array.of(1, 1, 1),
    b: Float32Array.of(1, -1, 2, -2, 3, -3),
    _b: Uint8Array.of(1, 1, 1),
    c: Uint8Array.of(0, 1, 1),
    _c: Uint8Array.of(1, 1, 1),
    d: ["1", "2", "3"],
    _d: Uint8Array.of(1, 1, 1),
    e: [null, null, null],
    _e: Uint8Array.of(1, 1, 1),
  });
});

test("VE-10 rows with other keys", () => {
  expect(batchInfos([{ a: 1 }, { b: Int32Array.of(4, 5) }, null, { c: "x" }])).toEqual({
    a: Float64Array.of(1, 0, 0, 0),
    _a: Uint8Array.of(1, 0, 0, 0),
    b: Int32Array.of(0, 0, 4, 5, 0, 0, 0, 0),
    _b: Uint8Array.of(0, 1, 0, 0),
    c: [null, null, null, "x"],
    _c: Uint8Array.of(0, 0, 0, 1),
  });
});

test("VE-10 records within records, with masks at every depth", () => {
  expect(batchInfos([{ a: { b: { c: 1 } } }, { a: { d: 2 } }, {}])).toEqual({
    a: {
      b: { c: Float64Array.of(1, 0, 0), _c: Uint8Array.of(1, 0, 0) },
      _b: Uint8Array.of(1, 0, 0),
      d: Float64Array.of(0, 2, 0),
      _d: Uint8Array.of(0, 1, 0),
    },
    _a: Uint8Array.of(1, 1, 0),
  });
});

test("VE-10 a number and then a fraction keep the fraction", () => {
  expect(batchInfos([{ a: 1 }, { a: 1.5 }])["a"]).toEqual(Float64Array.of(1, 1.5));
});

test("VE-10 values of different kinds, types or sizes stay as they are, in a list", () => {
  const values = [{ a: 1 }, { a: "x" }, { a: Float32Array.of(1) }, { a: Float32Array.of(1, 2) }, {}];
  expect(batchInfos(values)["a"]).toEqual([1, "x", Float32Array.of(1), Float32Array.of(1, 2), null]);
  expect(batchInfos([{ a: Float32Array.of(1) }, { a: Float64Array.of(1) }])["a"]).toEqual([
    Float32Array.of(1),
    Float64Array.of(1),
  ]);
  expect(batchInfos([{ a: 1n }, { a: new Map() }])["a"]).toEqual([1n, new Map()]);
});

test("VE-10 no info says nothing, and keys that every object has are keys like others", () => {
  expect(batchInfos([{}, {}])).toEqual({});
  expect(batchInfos([{ constructor: 1 }, {}])["_constructor"]).toEqual(Uint8Array.of(1, 0));
  expect(Object.keys(batchInfos([JSON.parse('{ "__proto__": 1 }')]))).toEqual(["__proto__", "___proto__"]);
});

test("VE-10 a vector environment batches the infos of its rows", () => {
  using env = new SyncVectorEnv([() => new CountingEnv(), () => new CountingEnv()]);
  env.reset();
  expect(env.step([1, 1])[4]).toEqual({ step: Float64Array.of(1, 1), _step: Uint8Array.of(1, 1) });
});
