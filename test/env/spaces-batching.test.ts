import { Worker } from "node:worker_threads";

import { describe, expect, test } from "vitest";

import { ConfigError, ShapeError } from "../../src/core/errors.ts";
import type { BatchOf, Space as SpaceType, SpaceJson } from "../../src/env/index.ts";
import {
  batchDifferingSpaces,
  Box,
  concatenate,
  createSharedBatch,
  DictSpace,
  Discrete,
  iterate,
  MultiBinary,
  MultiDiscrete,
  Space,
  spacesEqual,
  Text,
  TupleSpace,
  writeRow,
} from "../../src/env/index.ts";
import { draws, SPACES } from "./spaces-cases.ts";

/** Spaces whose values vary in size, wherever they are within. */
const isFixed = (name: string): boolean => !/Text|Sequence|Graph|OneOf|Dict in Dict/.test(name);

describe.each(SPACES)("%s", (name, make) => {
  test.each([1, 4])("BU-01 %d values side by side are a batch, whose rows they are", (n) => {
    const space = make();
    const batchSpace = space.batch(n);
    expect(batchSpace.contains(batchSpace.sample())).toBe(true);
    const values = draws(space, 5, n);
    const batch = concatenate(space, values);
    expect(batchSpace.contains(batch)).toBe(true);
    expect(iterate(space, batch)).toEqual(values);
    for (const row of iterate(space, batch)) expect(space.contains(row)).toBe(true);
  });

  test("BU-01 rows and batches are memory of their own", () => {
    const space = make();
    const values = draws(space, 5, 2);
    const before = structuredClone(values);
    const batch = concatenate(space, values);
    const [first] = iterate(space, batch);
    writeRow(space, batch, 0, values[1]);
    expect(values).toEqual(before);
    expect(first).toEqual(before[0]);
    expect(iterate(space, batch)).toEqual([before[1], before[1]]);
  });

  test("BU-02 a batch draws from a copy of the stream, the same every time, each row its own", () => {
    for (const seed of [123, 456]) {
      for (const n of [1, 2, 5]) {
        const space = make();
        space.seed(seed);
        const [batch, again] = [space.batch(n), space.batch(n)];
        expect(batch.sample()).toEqual(again.sample());
        expect(space.sample()).toEqual(draws(make(), seed, 1)[0]);
      }
    }
  });

  test("BU-05 a batch in shared memory holds rows, or says that it cannot", () => {
    const space = make();
    if (!isFixed(name)) {
      expect(() => createSharedBatch(space, 2)).toThrow("shared memory needs values of one size");
      return;
    }
    const batch = createSharedBatch(space, 3);
    const [first, second] = draws(space, 2, 2);
    writeRow(space, batch, 0, first);
    writeRow(space, batch, 2, second);
    const rows = iterate(space, structuredClone(batch));
    expect([rows[0], rows[2]]).toEqual([first, second]);
    for (const array of arraysIn(batch)) expect(array.buffer).toBeInstanceOf(SharedArrayBuffer);
  });
});

function arraysIn(batch: unknown): ArrayBufferView[] {
  if (ArrayBuffer.isView(batch)) return [batch];
  return Object.values(Object(batch)).flatMap(arraysIn);
}

test("BU-01 batches look as they should", () => {
  expect(new Box({ low: 0, high: 255, shape: [4, 4, 3], dtype: "uint8" }).batch(5).shape).toEqual([5, 4, 4, 3]);
  expect(spacesEqual(new Discrete(3, { start: 2 }).batch(2), new MultiDiscrete([3, 3], { start: 2 }))).toBe(true);
  expect([...new MultiDiscrete([2, 5], { start: [0, 1] }).batch(2).high]).toEqual([1, 5, 1, 5]);
  expect(new MultiBinary([2, 2]).batch(3).shape).toEqual([3, 2, 2]);
  expect(concatenate(new DictSpace({ a: new Discrete(5) }), [{ a: 3 }, { a: 4 }])).toEqual({ a: Int32Array.of(3, 4) });
  expect(concatenate(new Text(2), ["a", "b"])).toEqual(["a", "b"]);
});

test.each([0, -1, 1.5, Number.NaN])("BU-01 there is no batch of %d rows", (n) => {
  for (const [, make] of SPACES) expect(() => make().batch(n)).toThrow(ConfigError);
  expect(() => createSharedBatch(new Discrete(2), n)).toThrow(ConfigError);
});

test("BU-02 the rows of one sample differ", () => {
  const seeds = Array.from({ length: 4 }, (_, i) => i);
  for (const [, make] of SPACES) {
    const distinct = seeds.map((seed) => {
      const batch = make();
      batch.seed(seed);
      const rows = batchRows(batch, batch.batch(5).sample());
      return new Set(rows.map((row) => JSON.stringify(batch.valueToJSON(row)))).size;
    });
    expect(Math.max(...distinct)).toBeGreaterThan(1);
  }
});

function batchRows<T>(space: SpaceType<T>, batch: unknown): T[];
function batchRows(space: SpaceType<unknown>, batch: BatchOf<unknown>): unknown[] {
  return iterate(space, batch);
}

describe("BU-03 spaces that differ side by side", () => {
  test.each(SPACES)("equal spaces give the batch: %s", (_, make) => {
    expect(spacesEqual(batchDifferingSpaces([make(), make(), make()]), make().batch(3))).toBe(true);
  });

  test("bounds stay those of each row", () => {
    const box = (high: number) => new Box({ low: 0, high, shape: [2], dtype: "float32" });
    const joined = batchDifferingSpaces([box(1), box(2)]);
    expect(
      spacesEqual(
        joined,
        new Box({
          low: 0,
          high: [
            [1, 1],
            [2, 2],
          ],
          dtype: "float32",
        }),
      ),
    ).toBe(true);
    const choices = batchDifferingSpaces([new Discrete(2), new Discrete(5, { start: 3 })]);
    expect(spacesEqual(choices, new MultiDiscrete([2, 5], { start: [0, 3] }))).toBe(true);
    const texts = batchDifferingSpaces([new Text(2, { charset: "a" }), new Text(2, { charset: "b" })]);
    expect(texts.contains(["a", "b"])).toBe(true);
    expect(texts.contains(["b", "a"])).toBe(false);
    const records = batchDifferingSpaces([
      new DictSpace({ a: new Discrete(2) }),
      new DictSpace({ a: new Discrete(9) }),
    ]);
    expect(spacesEqual(records, new DictSpace({ a: new MultiDiscrete([2, 9]) }))).toBe(true);
  });

  test("other shapes, no space at all, and what is no space are refused", () => {
    expect(() => batchDifferingSpaces([new MultiBinary(2), new MultiBinary(3)])).toThrow("one dtype and shape");
    expect(() => batchDifferingSpaces([new Discrete(2), new MultiBinary(3)])).toThrow(ConfigError);
    expect(() => batchDifferingSpaces([])).toThrow("at least one");
    expect(() => Reflect.apply(batchDifferingSpaces, null, [["x"]])).toThrow("batchDifferingSpaces: a space is needed");
  });
});

/** A space that genie-env does not know: even numbers. */
class Evens extends Space<number> {
  readonly shape: readonly number[] = [];

  contains(value: unknown): value is number {
    return typeof value === "number" && value % 2 === 0;
  }

  sampler(): () => number {
    return () => 2 * this.rng.integer(100);
  }

  batch(n: number): TupleSpace<readonly number[]> {
    return new TupleSpace(Array.from({ length: n }, () => this.copy()));
  }

  copy(): Evens {
    return new Evens(this.copyRng());
  }

  toJSON(): SpaceJson {
    throw new ConfigError("Evens.toJSON: these have no JSON form, got one that was asked for");
  }
}

describe("BU-04", () => {
  test("what is no space is refused by the name of the function", () => {
    for (const [name, call] of Object.entries({ concatenate, iterate, writeRow, createSharedBatch })) {
      for (const stranger of [5, null, {}, "space"]) {
        const refusal = `${name}: a space is needed`;
        expect(() => Reflect.apply(call, null, [stranger, [], 0, 0])).toThrow(refusal);
      }
    }
  });

  test("a space of one's own is seeded, validated and batched as a list", () => {
    const space = new Evens();
    expect(space.seed(3)).toBe(3);
    const values = [space.sample(), space.sample()];
    expect(space.batch(2).contains(values)).toBe(true);
    expect(concatenate<unknown>(space, values)).toEqual(values);
    expect(iterate<unknown>(space, values)).toEqual(values);
    expect(space.schema.safeParse(3).success).toBe(false);
    expect(space.schema.safeParse(4).success).toBe(true);
    expect(new DictSpace({ e: space }).valueFromJSON({ e: 4 })).toEqual({ e: 4 });
    expect(() => createSharedBatch(space, 2)).toThrow(ConfigError);
    expect(() => space.flatBounds()).toThrow("Evens: only values of one size");
  });

  test("rows and batches of another kind are refused", () => {
    const box = new Box({ low: 0, high: 1, shape: [2], dtype: "float32" });
    const write =
      (...args: unknown[]) =>
      () =>
        Reflect.apply(writeRow, null, [box, ...args]);
    const batch = new Float32Array(4);
    expect(write(batch, 2, Float32Array.of(1, 1))).toThrow("row must be in [0, 2), got 2");
    expect(write(batch, -1, Float32Array.of(1, 1))).toThrow(ShapeError);
    expect(write(batch, 0, Float32Array.of(1))).toThrow("a row must have 2 elements, got 1");
    expect(write(batch, 0, Float64Array.of(1, 1))).toThrow("must be a Float32Array, got Float64Array");
    expect(write(batch, 0, [1, 1])).toThrow(ShapeError);
    expect(write(new Float64Array(4), 0, Float32Array.of(1, 1))).toThrow(ShapeError);
    expect([...batch]).toEqual([0, 0, 0, 0]);
    expect(() => iterate(box, new Float32Array(3))).toThrow("whole rows of 2");
    expect(() => Reflect.apply(iterate, null, [new Discrete(2), [1]])).toThrow("must be an Int32Array, got Array");
    expect(() => Reflect.apply(concatenate, null, [new Discrete(2), [0.5]])).toThrow(ShapeError);
    const record = new DictSpace({ a: new Discrete(2), b: new Discrete(2) });
    expect(() => iterate(record, { a: Int32Array.of(1), b: Int32Array.of(1, 1) })).toThrow("as many rows in each part");
    expect(() => Reflect.apply(iterate, null, [record, { a: Int32Array.of(1) }])).toThrow("must have the part b");
    expect(() => Reflect.apply(iterate, null, [new Text(2), "ab"])).toThrow("must be a list");
  });
});

test("BU-05 a worker writes into the same memory", async () => {
  const space = new DictSpace({
    image: new Box({ low: 0, high: 255, shape: [2], dtype: "uint8" }),
    n: new Discrete(9),
  });
  const batch = createSharedBatch(space, 2);
  const code = `const { workerData } = require("node:worker_threads"); workerData.image[3] = 7; workerData.n[1] = 5;`;
  const worker = new Worker(code, { eval: true, workerData: batch });
  await new Promise((resolve) => {
    worker.once("exit", resolve);
  });
  expect(iterate(space, batch)[1]).toEqual({ image: Uint8Array.of(0, 7), n: 5 });
});
