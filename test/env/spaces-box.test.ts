import { expect, test } from "vitest";

import { ConfigError } from "../../src/core/errors.ts";
import { Box } from "../../src/env/index.ts";
import type { NumericType } from "../../src/env/index.ts";
import { callUntyped } from "./spaces-cases.ts";

const DTYPES: readonly NumericType[] = ["float32", "float64", "int8", "int16", "int32", "uint8", "uint16", "uint32"];

test.each([
  ["two numbers", { low: -1, high: 1 }, [1]],
  ["two numbers and a shape", { low: -1, high: 1, shape: [2, 3] }, [2, 3]],
  ["no size at all", { low: -1, high: 1, shape: [] }, []],
  ["a list and a number", { low: [-1, -2], high: 1 }, [2]],
  ["a number and a list", { low: -1, high: [1, 2, 3] }, [3]],
  ["two lists", { low: [-1, -2], high: [1, 2] }, [2]],
  ["typed arrays", { low: Float32Array.of(0, 0, 0), high: Float64Array.of(1, 1, 1) }, [3]],
  ["nested lists", { low: [[0], [0]], high: [[1], [2]] }, [2, 1]],
  ["nested lists and a number", { low: [[[0, 0, 0]]], high: 1 }, [1, 1, 3]],
  ["a flat list for a shape", { low: [0, 0, 0, 0], high: 1, shape: [2, 2] }, [2, 2]],
])("SP-08 %s give the shape of a Box", (_, bounds, shape) => {
  const box = new Box({ ...bounds, dtype: "float32" });
  expect(box.shape).toEqual(shape);
  expect(box.sample()).toHaveLength(shape.reduce((product, size) => product * size, 1));
});

test.each([
  ["lists of two lengths", { low: [0, 0], high: [1, 1, 1] }, "got the shape"],
  ["a list that does not fill the shape", { low: [0, 0, 0], high: 1, shape: [2] }, "one number or 2"],
  ["nested lists of another shape", { low: [[0, 0]], high: 1, shape: [2, 1] }, "got the shape [1, 2]"],
  ["nested lists of two shapes", { low: [[0], [0]], high: [[1, 1]] }, "got the shape [1, 2]"],
  ["a ragged list", { low: [[0], [0, 0]], high: 1 }, "ragged"],
  ["a ragged list of the right count", { low: [[0, 0], [0, 0, 0], [0]], high: 1 }, "ragged"],
  ["a negative size", { low: 0, high: 1, shape: [-2] }, "whole numbers, got -2"],
  ["half a size", { low: 0, high: 1, shape: [1.5] }, "whole numbers, got 1.5"],
])("SP-08 %s are refused", (_, bounds, message) => {
  expect(() => new Box({ ...bounds, dtype: "float32" })).toThrow(message);
});

test.each(DTYPES)("SP-09 NaN and swapped bounds are refused for %s", (dtype) => {
  expect(() => new Box({ low: Number.NaN, high: 1, dtype })).toThrow("got NaN");
  expect(() => new Box({ low: 0, high: [1, Number.NaN], dtype })).toThrow("got NaN");
  expect(() => new Box({ low: 2, high: 1, dtype })).toThrow("low must not exceed high");
});

test.each([
  ["uint8", 0, 256],
  ["uint8", -1, 255],
  ["int8", -129, 0],
  ["int8", 0, 128],
  ["int16", 0, 32_768],
  ["uint16", -1, 3],
  ["uint16", 0, 65_536],
  ["int32", 0, 2 ** 31],
  ["uint32", 0, 2 ** 32],
  ["float32", -1e39, 0],
  ["uint8", 0, Infinity],
  ["int32", -Infinity, 0],
  ["uint8", 0.5, 3],
] as const)("SP-09 %s holds no bounds %d to %d", (dtype, low, high) => {
  expect(() => new Box({ low, high, dtype })).toThrow(`range of ${dtype}`);
  expect(() => new Box({ low: [0, low], high: [0, high], dtype })).toThrow(ConfigError);
});

const ARRAY_NAMES: Readonly<Record<NumericType, string>> = {
  float32: "Float32Array",
  float64: "Float64Array",
  int8: "Int8Array",
  int16: "Int16Array",
  int32: "Int32Array",
  uint8: "Uint8Array",
  uint16: "Uint16Array",
  uint32: "Uint32Array",
};

test.each(
  DTYPES.flatMap((dtype) => [
    [dtype, 0, 1] as const,
    [dtype, 3, 3] as const,
    [dtype, [0, 1], 100] as const,
    [dtype, 0, [[5], [6]]] as const,
  ]),
)("SP-09 %s keeps its dtype in low, high and samples (%j, %j)", (dtype, low, high) => {
  const box = new Box({ low, high, dtype });
  for (const array of [box.low, box.high, box.sample()]) expect(array.constructor.name).toBe(ARRAY_NAMES[dtype]);
});

test.each([
  ["int8", 125, 127],
  ["int8", -128, -126],
  ["uint8", 0, 2],
  ["uint8", 253, 255],
  ["int16", 32_765, 32_767],
  ["int32", -(2 ** 31), -(2 ** 31) + 2],
  ["uint32", 2 ** 32 - 3, 2 ** 32 - 1],
] as const)("SP-10 %s reaches both ends of %d to %d and nothing beyond", (dtype, low, high) => {
  const box = new Box({ low, high, shape: [200], dtype });
  expect(new Set<number>(box.sample())).toEqual(new Set([low, low + 1, high]));
});

test("SP-11 a Box wants its own dtype, length and range", () => {
  const box = new Box({ low: 0, high: 1, shape: [2], dtype: "float32" });
  expect(box.contains(Float32Array.of(0, 1))).toBe(true);
  expect(box.contains(Float64Array.of(0, 1))).toBe(false);
  expect(box.contains([0, 1])).toBe(false);
  expect(box.contains(Float32Array.of(0))).toBe(false);
  expect(box.contains(Float32Array.of(0, 1, 1))).toBe(false);
  expect(box.contains(Float32Array.of(0, 1.1))).toBe(false);
  expect(box.contains(Float32Array.of(-0.1, 1))).toBe(false);
  expect(box.contains(Float32Array.of(0, Number.NaN))).toBe(false);
});

test("SP-11 numbers that a dtype cannot hold are no members, never errors", () => {
  for (const value of [300, -1, 1e20, [300], [-1], Int16Array.of(300), Float64Array.of(1e20)]) {
    expect(new Box({ low: 0, high: 255, dtype: "uint8" }).contains(value)).toBe(false);
  }
});

test("SP-11 a Box of a dtype's whole range still wants its dtype and length, and floats still no NaN", () => {
  const bytes = new Box({ low: 0, high: 255, shape: [2], dtype: "uint8" });
  expect(bytes.contains(Uint8Array.of(0, 255))).toBe(true);
  expect(bytes.contains(Int8Array.of(0, 1))).toBe(false);
  expect(bytes.contains(Uint8Array.of(1))).toBe(false);
  const floats = new Box({ low: -Infinity, high: Infinity, shape: [2], dtype: "float32" });
  expect(floats.contains(Float32Array.of(Infinity, -1e30))).toBe(true);
  expect(floats.contains(Float32Array.of(0, Number.NaN))).toBe(false);
});

test.each([
  ["both", -1, 1, [true, true, true]],
  ["below only", 2, Infinity, [false, true, false]],
  ["above only", -Infinity, -2, [false, false, true]],
  ["neither", -Infinity, Infinity, [false, false, false]],
] as const)("SP-12 a Box bounded on %s side draws on its side of the bounds", (_, low, high, bounded) => {
  const box = new Box({ low, high, shape: [1000], dtype: "float64" });
  expect([box.isBounded("both"), box.isBounded("below"), box.isBounded("above")]).toEqual(bounded);
  const value = box.sample();
  expect(value.every((element) => Number.isFinite(element) && element >= low && element <= high)).toBe(true);
  expect(value.some((element) => element < 0)).toBe(low < 0);
  expect(value.some((element) => element > 0)).toBe(high > 0);
});

test("SP-12 isBounded knows three manners", () => {
  const box = new Box({ low: 0, high: 1, dtype: "float32" });
  expect(() => callUntyped(box, "isBounded", "sideways")).toThrow("both, below or above, got sideways");
});

test("SP-12 a range wider than the greatest float is drawn from within", () => {
  const box = new Box({ low: -Number.MAX_VALUE, high: Number.MAX_VALUE, shape: [100], dtype: "float64" });
  expect(box.contains(box.sample())).toBe(true);
});

test("SP-13 a Box takes no mask and no probability", () => {
  const box = new Box({ low: 0, high: 1, dtype: "float32" });
  expect(() => box.sample({ mask: [1] })).toThrow(ConfigError);
  expect(() => box.sample({ probability: [1] })).toThrow(ConfigError);
  expect(() => box.sample({ mask: null })).not.toThrow();
});
