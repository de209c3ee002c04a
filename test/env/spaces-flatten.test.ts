import { describe, expect, test } from "vitest";

import { ConfigError, ShapeError } from "../../src/core/errors.ts";
import {
  Box,
  DictSpace,
  Discrete,
  flatdim,
  flatten,
  flattenSpace,
  isSpaceDtypeShapeEquiv,
  MultiBinary,
  MultiDiscrete,
  OneOf,
  Text,
  TupleSpace,
  unflatten,
} from "../../src/env/index.ts";
import { draws, SPACES } from "./spaces-cases.ts";

const FLATTENABLE = SPACES.filter(([, , size]) => size !== null);
const VARYING = SPACES.filter(([, , size]) => size === null);

test.each(SPACES)("SP-23 flatdim of %s", (_, make, size) => {
  if (size === null) expect(() => flatdim(make())).toThrow("flatdim: values must have one size");
  else expect(flatdim(make())).toBe(size);
});

test.each(VARYING)("SP-23 %s cannot be flattened", (_, make) => {
  const space = make();
  expect(() => flattenSpace(space)).toThrow(ConfigError);
  expect(() => flatten(space, space.sample())).toThrow(ConfigError);
  expect(() => unflatten(space, [1])).toThrow(ConfigError);
  expect(() => space.flatBounds()).toThrow(ConfigError);
});

describe.each(FLATTENABLE)("%s", (_, make, size) => {
  test("SP-24 a flat value has flatdim numbers, is in the flat space, and comes back", () => {
    const space = make();
    const flatSpace = flattenSpace(space);
    expect(flatSpace.shape).toEqual([size]);
    for (const value of draws(space, 1)) {
      const flat = flatten(space, value);
      expect(flat).toHaveLength(Number(size));
      expect(flatSpace.contains(flat)).toBe(true);
      expect(unflatten(space, flat)).toEqual(value);
    }
  });

  test("SP-24 numbers of another count are refused", () => {
    const space = make();
    expect(() => unflatten(space, [...flatten(space, space.sample()), 0])).toThrow(ShapeError);
  });
});

describe("SP-24", () => {
  test("flat values are what they are said to be", () => {
    expect(flatten(new Discrete(4, { start: 5 }), 6)).toEqual(Float32Array.of(0, 1, 0, 0));
    expect(flatten(new MultiDiscrete([2, 3]), Int32Array.of(1, 2))).toEqual(Float32Array.of(0, 1, 0, 0, 1));
    expect(flatten(new Text(3, { charset: "ab" }), "ba")).toEqual(Float32Array.of(1, 0, 2));
    expect(flatten(new Box({ low: 0, high: 9, shape: [2], dtype: "uint8" }), Uint8Array.of(1, 2))).toEqual(
      Uint8Array.of(1, 2),
    );
    expect(flatten(new DictSpace({ b: new Discrete(2), a: new MultiBinary(1) }), { b: 0, a: Int8Array.of(1) })).toEqual(
      Float32Array.of(1, 1, 0),
    );
    expect(flatten(new OneOf([new Discrete(2), new Discrete(3)]), [0, 1])).toEqual(Float32Array.of(0, 0, 1, 0));
  });

  test("parts of several dtypes are float32, or float64 where float32 would round", () => {
    const box = (dtype: "uint8" | "float32" | "int32") => new Box({ low: 0, high: 1, shape: [1], dtype });
    expect(flattenSpace(new TupleSpace([new Discrete(2), box("float32")])).dtype).toBe("float32");
    expect(flattenSpace(new TupleSpace([box("uint8"), box("float32")])).dtype).toBe("float32");
    expect(flattenSpace(new TupleSpace([box("uint8"), box("uint8")])).dtype).toBe("uint8");
    expect(flattenSpace(new TupleSpace([box("int32"), box("uint8")])).dtype).toBe("float64");
  });

  test("what stands for no value is refused", () => {
    for (const flat of [
      [0, 0],
      [1, 1],
      [0.5, 0.5],
      [2, 0],
      [Number.NaN, 1],
    ]) {
      expect(() => unflatten(new Discrete(2), flat)).toThrow(ShapeError);
      expect(() => unflatten(new MultiDiscrete([2, 2]), [0, 1, ...flat])).toThrow(ShapeError);
      expect(() => unflatten(new TupleSpace([new Discrete(2)]), flat)).toThrow(ShapeError);
    }
    const text = new Text(3, { charset: "ab" });
    for (const flat of [
      [3, 0, 0],
      [0.5, 0, 0],
      [2, 2, 2],
      [2, 0, 0],
    ])
      expect(() => unflatten(text, flat)).toThrow(ShapeError);
    for (const index of [-1, 1, 0.5])
      expect(() => unflatten(new OneOf([new Discrete(1)]), [index, 1])).toThrow(ShapeError);
    for (const bits of [
      [2, 0],
      [0.5, 0],
    ])
      expect(() => unflatten(new MultiBinary(2), bits)).toThrow(ShapeError);
    const bytes = new Box({ low: 0, high: 9, shape: [1], dtype: "uint8" });
    for (const flat of [[256], [-1], [0.5], [10], [Number.NaN]])
      expect(() => unflatten(bytes, flat)).toThrow(ShapeError);
  });

  test("many choices do not overflow", () => {
    const space = new MultiDiscrete([101, 101, 101, 101]);
    const value = Int32Array.of(100, 0, 50, 100);
    expect(unflatten(space, flatten(space, value))).toEqual(value);
    expect(flatten(space, value)).toHaveLength(404);
  });
});

test("SP-25 values lie alike in memory whatever their bounds, in no other two spaces", () => {
  const box = (high: number, shape: number[], dtype: "uint8" | "float32") => new Box({ low: 0, high, shape, dtype });
  const alike = [
    [box(1, [2], "uint8"), box(2, [2], "uint8")],
    [box(1, [2, 1], "uint8")],
    [box(1, [2], "float32")],
    [new Discrete(2), new Discrete(3, { start: 1 })],
    [new MultiDiscrete([2, 3]), new MultiDiscrete([5, 5], { start: 1 })],
    [new MultiDiscrete([2, 3], { shape: [1, 2] })],
    [new MultiBinary(2), new MultiBinary(2)],
    [new MultiBinary(3)],
    [new Text(3), new Text(3, { charset: "ab" })],
    [new Text(4)],
    [new DictSpace({ a: new Discrete(2) }), new DictSpace({ a: new Discrete(9) })],
    [new DictSpace({ b: new Discrete(2) })],
    [new TupleSpace([new Discrete(2)]), new TupleSpace([new Discrete(3)])],
    [new OneOf([new Discrete(2)])],
  ];
  for (const [i, some] of alike.entries()) {
    for (const [j, others] of alike.entries()) {
      for (const a of some) for (const b of others) expect(isSpaceDtypeShapeEquiv(a, b)).toBe(i === j);
    }
  }
});

test.each(SPACES)("SP-25 %s lies as its copy does", (_, make) => {
  expect(isSpaceDtypeShapeEquiv(make(), make().copy())).toBe(true);
});
