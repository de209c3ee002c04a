import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { selectBackend } from "../../src/compute/backend.ts";
import { compile } from "../../src/compute/onnx-engine.ts";
import { eagerEngine } from "../../src/compute/eager-engine.ts";
import type { Engine, PrepareOptions } from "../../src/compute/engine.ts";
import { writeSlots } from "../../src/compute/ring.ts";
import { withSlots } from "../../src/compute/ring-tensors.ts";
import type { TensorFunction } from "../../src/compute/trace.ts";
import { CompileError } from "../../src/core/errors.ts";
import { float32, int32 } from "../../src/core/host-tensor.ts";
import { Rng } from "../../src/core/rng.ts";

beforeAll(() => selectBackend({ backend: "cpu" }));
afterAll(() => tf.disposeVariables());

const numbers = (shape: readonly number[], seed: string) => {
  const length = shape.reduce((a, b) => a * b, 1);
  return { shape, data: new Rng(seed).uniforms(length) };
};

describe.each([
  { entry: [3, 2, 4, 5], size: 1, axis: 2 },
  { entry: [3, 2, 6, 5], size: 2, axis: 2 },
  { entry: [2, 4], size: 1, axis: 1 },
  { entry: [2, 3, 4], size: 4, axis: 2 },
])("a ring $entry with slots of $size on axis $axis", ({ entry, size, axis }) => {
  const fresh = numbers(
    entry.map((length, i) => (i === axis ? size : length)),
    "fresh",
  );
  const numSlots = (entry[axis] ?? 1) / size;
  const slotsOf = (none: number) => Int32Array.from({ length: entry[0] ?? 1 }, (_, row) => (row === 1 ? none : 0));

  test.each([-1, numSlots])("is written in place as tensors say, but for a row with slot %i", (none) => {
    const before = numbers(entry, "entry");
    const after = { ...before, data: before.data.slice() };
    writeSlots(after, fresh, axis, slotsOf(none));
    const expected = tf.tidy(() =>
      withSlots(
        tf.tensor(before.data, entry),
        tf.tensor(fresh.data, [...fresh.shape]),
        axis,
        tf.tensor1d(slotsOf(none), "int32"),
      ).dataSync(),
    );
    expect([...after.data]).toEqual([...expected]);
    expect(after.data).not.toEqual(before.data);
    const row = before.data.length / (entry[0] ?? 1);
    expect(after.data.slice(row, 2 * row)).toEqual(before.data.slice(row, 2 * row));
  });
});

/** Counts up in a ring of three slots: what goes into a slot is the sum of the whole ring plus one. */
const counting: PrepareOptions = {
  name: "counting",
  inputs: { slot: { shape: [1], dtype: "int32" } },
  state: { ring: float32(new Float32Array(3), [1, 3]) },
  rings: { ring: { axis: 1, slots: "slot" } },
};
const countUp: TensorFunction = ({ ring = tf.zeros([1, 3]) }) => ({
  ring: tf.add(tf.sum(ring, 1, true), 1),
  sum: tf.sum(ring),
});

describe.each<[string, () => Promise<Engine>]>([
  ["the compiled engine", () => Promise.resolve({ name: "onnx", prepare: (fn, options) => compile(fn, options) })],
  ["the eager engine", () => eagerEngine("cpu")],
])("%s", (_name, open) => {
  test("gets a slot and keeps the ring, which two executables may share", async () => {
    const engine = await open();
    const writer = await engine.prepare(countUp, counting);
    const reader = await engine.prepare(({ ring = tf.zeros([1, 3]) }) => ({ sum: tf.sum(ring) }), {
      ...counting,
      name: "reading",
      sharesStateOf: writer,
    });
    for (const slot of [0, 1, -1, 2, 0]) await writer.run({ slot: int32(Int32Array.of(slot), [1]) });
    const { ring } = await writer.readState();
    expect([...(ring?.data ?? [])]).toEqual([8, 2, 4]);
    const { sum } = await reader.run({ slot: int32(Int32Array.of(0), [1]) });
    expect(sum?.data[0]).toBe(14);
    reader.close();
    expect((await writer.readState())["ring"]?.data[0]).toBe(8);
    writer.close();
  });
});

test("a slot of another shape is refused when the graph is made", async () => {
  const wide = compile(() => ({ ring: tf.zeros([1, 2]) }), counting);
  await expect(wide).rejects.toThrow(CompileError);
  await expect(wide).rejects.toThrow(/state ring: a slot must be a part of float32\[1,3\] along axis 1, got/);
});
