import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as tf from "@tensorflow/tfjs";
import { eagerEngine } from "../../src/compute/eager-engine.ts";
import type { Engine, Executable, PrepareOptions } from "../../src/compute/engine.ts";
import { onnxEngine } from "../../src/compute/onnx-engine.ts";
import type { TensorFunction } from "../../src/compute/trace.ts";
import { ClosedError, ShapeError } from "../../src/core/errors.ts";
import { float32, int32, type HostTensors } from "../../src/core/host-tensor.ts";
import { accumulate, counter, mismatches, pick, vector } from "./counter.ts";

const opened: Executable[] = [];
let engine: Engine;

async function open(fn: TensorFunction, options: PrepareOptions): Promise<Executable> {
  const executable = await engine.prepare(fn, options);
  opened.push(executable);
  return executable;
}

const ENGINES: readonly [string, () => Promise<Engine>][] = [
  ["compiled", () => Promise.resolve(onnxEngine({ threads: 1 }))],
  ["eager", () => eagerEngine("cpu")],
];

describe.each(ENGINES)("%s", (_name, start) => {
  beforeEach(async () => {
    engine = await start();
  });

  afterEach(() => {
    for (const executable of opened.splice(0)) executable.close();
  });

  test("frees what it made when it is closed", async () => {
    const before = tf.memory().numTensors;
    const executable = await open(accumulate, counter);
    await executable.run({ x: vector(1, 2) });
    executable.writeState({ total: vector(3, 4) });
    executable.writeRows([1], await executable.readRows([0]));
    await executable.run({ x: vector(1, 2) });
    executable.close();
    expect(tf.memory().numTensors).toBe(before);
  });

  test("may return its inputs, constants and state as they are", async () => {
    const echo: TensorFunction = (given) => ({
      x2: pick(given, "x"),
      constant2: pick(given, "constant"),
      total2: pick(given, "total"),
    });
    const executable = await open(echo, { ...counter, constants: { constant: vector(7) } });
    const want = { x2: vector(1, 2), constant2: vector(7), total2: vector(0, 0) };
    expect(mismatches(await executable.run({ x: vector(1, 2) }), want)).toEqual([]);
    expect(mismatches(await executable.run({ x: vector(1, 2) }), want)).toEqual([]);
  });

  describe("state", () => {
    test("is not shared by two executables of one function", async () => {
      const [a, b] = [await open(accumulate, counter), await open(accumulate, counter)];
      await a.run({ x: vector(1, 2) });
      await a.run({ x: vector(1, 2) });
      await b.run({ x: vector(10, 20) });
      expect(mismatches(await a.readState(), { total: vector(2, 4) })).toEqual([]);
      expect(mismatches(await b.readState(), { total: vector(10, 20) })).toEqual([]);
    });

    test("is read as a copy, and results stay what they were", async () => {
      const executable = await open(accumulate, counter);
      const first = await executable.run({ x: vector(1, 2) });
      const read = await executable.readState(["total"]);
      await executable.run({ x: vector(1, 2) });
      await executable.run({ x: vector(1, 2) });
      expect(mismatches(read, { total: vector(1, 2) })).toEqual([]);
      expect(mismatches(first, { doubled: vector(2, 4) })).toEqual([]);
    });

    test("is replaced by writeState, whose array stays the caller's", async () => {
      const executable = await open(accumulate, counter);
      const written = vector(100, 200);
      await executable.run({ x: vector(1, 2) });
      executable.writeState({ total: written });
      await executable.run({ x: vector(1, 2) });
      await executable.run({ x: vector(1, 2) });
      expect(mismatches(await executable.readState(), { total: vector(102, 204) })).toEqual([]);
      expect(mismatches({ written }, { written: vector(100, 200) })).toEqual([]);
    });

    test("that no output replaces stays", async () => {
      const executable = await open((given) => ({ y: tf.mul(pick(given, "total"), pick(given, "x")) }), {
        ...counter,
        state: { total: vector(3, 4) },
      });
      expect(mismatches(await executable.run({ x: vector(2, 2) }), { y: vector(6, 8) })).toEqual([]);
      expect(mismatches(await executable.readState(), { total: vector(3, 4) })).toEqual([]);
    });

    test("may come back as it is, or swapped", async () => {
      const swap: TensorFunction = (given) => ({ a: pick(given, "b"), b: pick(given, "a"), c: pick(given, "c") });
      const state = { a: vector(1), b: vector(2), c: vector(3) };
      const executable = await open(swap, { name: "swap", inputs: {}, state });
      await executable.run({});
      expect(mismatches(await executable.readState(), { a: vector(2), b: vector(1), c: vector(3) })).toEqual([]);
      await executable.run({});
      expect(mismatches(await executable.readState(), state)).toEqual([]);
    });

    test("is written and read by known names, shapes and dtypes only", async () => {
      const executable = await open(accumulate, counter);
      expect(() => executable.writeState({ sum: vector(1, 2) })).toThrow(ShapeError);
      expect(() => executable.writeState({ total: vector(1) })).toThrow(ShapeError);
      expect(() => executable.writeState({ total: int32(Int32Array.of(1, 2), [2]) })).toThrow(ShapeError);
      await expect(async () => executable.readState(["sum"])).rejects.toThrow(ShapeError);
    });
  });

  describe("rows of the state", () => {
    const state = {
      grid: float32(Float32Array.of(0, 1, 10, 11, 20, 21), [3, 2]),
      count: int32(Int32Array.of(7, 8, 9), [3]),
    };
    const options: PrepareOptions = { name: "rows", inputs: {}, state };
    const grow: TensorFunction = (given) => ({
      grid: tf.add(pick(given, "grid"), 100),
      count: tf.add(pick(given, "count"), tf.scalar(1, "int32")),
    });
    const row = (grid: readonly [number, number], count: number) => ({
      grid: float32(Float32Array.from(grid), [1, 2]),
      count: int32(Int32Array.of(count), [1]),
    });

    test("are read in any order, and stay what they were", async () => {
      const executable = await open(grow, options);
      const read = await executable.readRows([2, 0]);
      await executable.run({});
      executable.writeRows([0, 2], [row([0, 0], 0), row([0, 0], 0)]);
      expect(read).toEqual([row([20, 21], 9), row([0, 1], 7)]);
      expect(await executable.readRows([])).toEqual([]);
    });

    test("are replaced by values that stay the caller's, one for several rows too; the others stay", async () => {
      const executable = await open(grow, options);
      await executable.run({});
      const value = row([5, 6], 1);
      executable.writeRows([2, 0], [value, value]);
      expect(await executable.readRows([0, 1, 2])).toEqual([value, row([110, 111], 9), value]);
      executable.writeRows([0, 1, 2], [row([3, 3], 3), value, row([4, 4], 4)]);
      await executable.run({});
      expect(await executable.readRows([0, 1, 2])).toEqual([
        row([103, 103], 4),
        row([105, 106], 2),
        row([104, 104], 5),
      ]);
      expect(value).toEqual(row([5, 6], 1));
    });

    test("are there, and have every entry in its shape, or nothing changes", async () => {
      const executable = await open(grow, options);
      const good = row([5, 6], 1);
      for (const rows of [[3], [-1], [0.5], [Number.NaN]]) {
        await expect(async () => executable.readRows(rows)).rejects.toThrow(/rows must lie in \[0, 3\)/);
        expect(() => executable.writeRows(rows, [good])).toThrow(ShapeError);
      }
      const wrong: HostTensors[] = [
        {},
        { grid: good.grid },
        { ...good, grid: good.count },
        { ...good, count: int32(Int32Array.of(1, 2), [2]) },
      ];
      for (const value of wrong) expect(() => executable.writeRows([0, 1], [good, value])).toThrow(ShapeError);
      expect(() => executable.writeRows([0, 1], [good])).toThrow(/a value for each of 2 rows, got 1/);
      expect(await executable.readRows([0])).toEqual([row([0, 1], 7)]);
    });
  });

  describe("bad calls", () => {
    test.each([
      ["is missing", {}, /input x must be given/],
      ["has another shape", { x: vector(1, 2, 3) }, /x must be float32\[2\], got float32\[3\]/],
      ["has another dtype", { x: int32(Int32Array.of(1, 2), [2]) }, /x must be float32\[2\], got int32\[2\]/],
      ["is no tensor", JSON.parse('{ "x": [1, 2] }'), /x must be float32\[2\], got no tensor/],
      ["has fewer elements than its shape", { x: float32(Float32Array.of(1), [2]) }, /with 1 elements/],
    ])("throw ShapeError when an input %s, and leave the state alone", async (_, inputs, message) => {
      const executable = await open(accumulate, counter);
      const error: unknown = await executable.run(inputs).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ShapeError);
      expect(String(error)).toMatch(message);
      expect(mismatches(await executable.readState(), { total: vector(0, 0) })).toEqual([]);
    });

    test("throw ClosedError once closed; closing again is fine", async () => {
      const executable = await open(accumulate, counter);
      executable.close();
      executable.close();
      await expect(executable.run({ x: vector(1, 2) })).rejects.toThrow(ClosedError);
      await expect(async () => executable.readState()).rejects.toThrow(ClosedError);
      expect(() => executable.writeState({ total: vector(1, 2) })).toThrow(ClosedError);
      await expect(async () => executable.readRows([0])).rejects.toThrow(ClosedError);
      expect(() => executable.writeRows([], [])).toThrow(ClosedError);
    });
  });
});
