import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import * as tf from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import type { Executable, PrepareOptions } from "../../src/compute/engine.ts";
import { onnxEngine } from "../../src/compute/onnx-engine.ts";
import { shardsOf } from "../../src/compute/shards.ts";
import type { TensorFunction } from "../../src/compute/trace.ts";
import { ClosedError, ShapeError } from "../../src/core/errors.ts";
import { float32, int32 } from "../../src/core/host-tensor.ts";

/** Rows of a running sum and of a ring, prepared for two rows of four. */
const options: PrepareOptions = {
  name: "rows",
  shards: 2,
  inputs: { x: { shape: [2, 3], dtype: "float32" }, slot: { shape: [2], dtype: "int32" } },
  state: { sum: float32(Float32Array.of(0, 0), [2, 1]), ring: float32(new Float32Array(4), [2, 2]) },
  rings: { ring: { axis: 1, slots: "slot" } },
  constants: { two: float32(Float32Array.of(2), []) },
};
const fn: TensorFunction = ({ x = tf.zeros([2, 3]), sum = tf.zeros([2, 1]), two = tf.scalar(1) }) => {
  const total = tf.add(sum, tf.sum(x, 1, true));
  return { sum: total, ring: total, doubled: tf.mul(x, two) };
};
const x = float32(
  Float32Array.from({ length: 12 }, (_, i) => i),
  [4, 3],
);
const slot = (...slots: number[]) => int32(Int32Array.from(slots), [slots.length]);

async function opened<T>(work: (executable: Executable) => Promise<T>): Promise<T> {
  const executable = await onnxEngine().prepare(fn, options);
  try {
    return await work(executable);
  } finally {
    executable.close();
  }
}

describe("a batch that is spread over worker threads", () => {
  test("goes in and comes out whole, row by row", async () => {
    const { doubled } = await opened((executable) => executable.run({ x, slot: slot(0, 0, 0, 0) }));
    expect(doubled?.shape).toEqual([4, 3]);
    expect([...(doubled?.data ?? [])]).toEqual([...x.data].map((value) => 2 * value));
    expect(x.data).toHaveLength(12);
  });

  test("keeps the state of every row", async () => {
    await opened(async (executable) => {
      await executable.run({ x, slot: slot(0, 1, 0, -1) });
      await executable.run({ x, slot: slot(1, -1, -1, 1) });
      const { sum, ring } = await executable.readState();
      expect([...(sum?.data ?? [])]).toEqual([6, 24, 42, 60]);
      expect([...(ring?.data ?? [])]).toEqual([3, 6, 0, 12, 21, 0, 0, 60]);
    });
  });

  test("starts from the state that it is given", async () => {
    await opened(async (executable) => {
      executable.writeState({ sum: float32(Float32Array.of(100, 200, 300, 400), [4, 1]) });
      await executable.run({ x, slot: slot(-1, -1, -1, -1) });
      const { sum } = await executable.readState(["sum"]);
      expect([...(sum?.data ?? [])]).toEqual([103, 212, 321, 430]);
    });
  });

  test("gives rows of any thread in the order asked for, and takes them back, one for several too", async () => {
    await opened(async (executable) => {
      await executable.run({ x, slot: slot(0, 1, 0, -1) });
      const [last, first, third] = await executable.readRows([3, 0, 2]);
      if (!last || !first || !third) throw new Error("three rows expected");
      expect([last, first, third].map(({ sum }) => [...(sum?.data ?? [])])).toEqual([[30], [3], [21]]);
      expect(first["ring"]).toEqual(float32(Float32Array.of(3, 0), [1, 2]));
      executable.writeRows([2, 1, 3], [first, last, first]);
      expect(await executable.readRows([0, 1, 2, 3])).toEqual([first, last, first, first]);
      for (const rows of [[4], [-1]]) {
        await expect(executable.readRows(rows)).rejects.toThrow(/rows must lie in \[0, 4\)/);
        expect(() => executable.writeRows(rows, [first])).toThrow(ShapeError);
      }
      expect(() => executable.writeRows([0, 3], [last, {}])).toThrow(ShapeError);
      expect(await executable.readRows([0])).toEqual([first]);
    });
  });

  test("is shared by executables that work on the same state", async () => {
    const engine = onnxEngine();
    const owner = await engine.prepare(fn, options);
    const reader = await engine.prepare(({ sum = tf.zeros([2, 1]) }) => ({ seen: tf.neg(sum) }), {
      ...options,
      name: "reader",
      sharesStateOf: owner,
    });
    await owner.run({ x, slot: slot(0, 0, 0, 0) });
    const { seen } = await reader.run({ x, slot: slot(0, 0, 0, 0) });
    expect([...(seen?.data ?? [])]).toEqual([-3, -12, -21, -30]);
    for (const executable of [owner, reader]) executable.close();
  });

  // Each thread keeps files open and tens of megabytes.
  test.skipIf(process.platform !== "linux")("starts no more threads, however many engines come and go", async () => {
    const countThreads = () => readdirSync("/proc/self/task").length;
    const work = (executable: Executable) => executable.run({ x, slot: slot(0, 0, 0, 0) });
    await opened(work);
    const before = countThreads();
    for (let i = 0; i < 4; i++) await opened(work);
    // One thread of Node's own may come in between; an engine of its own would start four.
    expect(countThreads() - before).toBeLessThan(4);
  });

  test("refuses a part of a batch, and everything once it is closed", async () => {
    const part = float32(new Float32Array(6), [2, 3]);
    await opened(async (executable) => {
      await expect(executable.run({ x: part, slot: slot(0, 0, 0, 0) })).rejects.toThrow(ShapeError);
      await expect(executable.run({ x })).rejects.toThrow(/slot must be given/);
      expect(() => executable.writeState({ total: x })).toThrow(/total must be a state entry/);
      await expect(executable.readState(["total"])).rejects.toThrow(ShapeError);
    });
    const closed = await onnxEngine().prepare(fn, options);
    closed.close();
    closed.close();
    await expect(closed.run({ x, slot: slot(0, 0, 0, 0) })).rejects.toThrow(ClosedError);
  });
});

test("a batch is split into equal parts, never into more than it has rows", () => {
  const { shardsFor = () => 0 } = onnxEngine();
  for (let rows = 1; rows <= 64; rows++) {
    const shards = shardsFor(rows);
    expect(rows % shards).toBe(0);
    expect(shards).toBeGreaterThanOrEqual(1);
  }
  expect(shardsFor(1)).toBe(1);
});

test.each([
  [12, 8, 6],
  [7, 4, 1],
  [8, 16, 8],
  [5, 0, 1],
])("%i rows where %i parts can be computed side by side are %i parts", (rows, most, parts) => {
  expect(shardsOf(rows, most)).toBe(parts);
});

test("workers with several threads each have no more of them than there are cores", () => {
  const cores = availableParallelism();
  for (let threads = 1; threads <= cores; threads++) {
    const shards = onnxEngine({ threads }).shardsFor?.(cores) ?? 0;
    expect(shards).toBeGreaterThanOrEqual(1);
    expect(shards * threads).toBeLessThanOrEqual(cores);
  }
});
