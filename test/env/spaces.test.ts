import { describe, expect, test } from "vitest";

import { ConfigError } from "../../src/core/errors.ts";
import type { Space } from "../../src/env/index.ts";
import { Box, DictSpace, Discrete, MultiDiscrete } from "../../src/env/index.ts";

const makeSpaces = (): Record<string, Space<unknown>> => ({
  pixels: new Box({ low: 0, high: 255, shape: [2, 3, 3], dtype: "uint8" }),
  floats: new Box({ low: [-1, 0, -Infinity], high: [1, Infinity, Infinity], shape: [3], dtype: "float32" }),
  discrete: new Discrete(5),
  multi: new MultiDiscrete([3, 1, 7]),
  dict: new DictSpace({ position: new Discrete(4), image: new Box({ low: 0, high: 1, shape: [2], dtype: "float64" }) }),
});

const STRANGERS: readonly unknown[] = [null, undefined, "x", Number.NaN, -1, 1.5, {}, [], [1], new Float32Array(18)];

function draws(space: Space<unknown>, seed: number): unknown[] {
  space.seed(seed);
  return Array.from({ length: 10 }, () => space.sample());
}

function makeBox(low: number | number[], high: number, dtype: "uint8" | "float32") {
  return () => new Box({ low, high, shape: [2], dtype });
}

describe.each(Object.keys(makeSpaces()))("%s", (name) => {
  const make = (): Space<unknown> => makeSpaces()[name] ?? new Discrete(1);

  test("contains its samples, and those of its batch", () => {
    const space = make();
    for (let i = 0; i < 20; i++) {
      expect(space.contains(space.sample())).toBe(true);
      expect(space.batch(3).contains(space.batch(3).sample())).toBe(true);
    }
  });

  test("equal seeds draw equal samples, other seeds others", () => {
    expect(draws(make(), 0)).toEqual(draws(make(), 0));
    expect(draws(make(), 1)).not.toEqual(draws(make(), 2));
  });

  test("says no to strangers without throwing", () => {
    for (const stranger of STRANGERS) expect(make().contains(stranger)).toBe(false);
  });

  test("refuses seeds that are no non-negative integers", () => {
    for (const seed of [-1, 1.5, Number.NaN]) expect(() => make().seed(seed)).toThrow(ConfigError);
  });

  test("is plain JSON", () => {
    const json = make().toJSON();
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  });
});

test("an integer Box reaches both of its ends and nothing beyond", () => {
  const box = new Box({ low: 253, high: 255, shape: [200], dtype: "uint8" });
  expect(new Set(box.sample())).toEqual(new Set([253, 254, 255]));
});

test("a Box wants its own dtype, length and range", () => {
  const box = new Box({ low: 0, high: 1, shape: [2], dtype: "float32" });
  expect(box.contains(Float32Array.of(0, 1))).toBe(true);
  expect(box.contains(Float64Array.of(0, 1))).toBe(false);
  expect(box.contains(Float32Array.of(0))).toBe(false);
  expect(box.contains(Float32Array.of(0, 1.1))).toBe(false);
  expect(box.contains(Float32Array.of(0, Number.NaN))).toBe(false);
});

test("a Box refuses bounds that its dtype cannot hold", () => {
  expect(makeBox(0, 256, "uint8")).toThrow("range of uint8, got 256");
  expect(makeBox(-Infinity, 0, "uint8")).toThrow(ConfigError);
  expect(makeBox(Number.NaN, 0, "float32")).toThrow(ConfigError);
  expect(makeBox(2, 1, "float32")).toThrow("low must not exceed high");
  expect(makeBox([0, 0, 0], 1, "float32")).toThrow("one number or 2");
});

test("spaces are written as Minari writes them", () => {
  const space = new DictSpace({
    a: new Box({ low: [0, -Infinity], high: Infinity, shape: [2, 1], dtype: "float32" }),
    b: new MultiDiscrete([2, 3]),
    c: new Discrete(4),
  });
  expect(space.toJSON()).toEqual({
    type: "Dict",
    subspaces: {
      a: { type: "Box", dtype: "float32", shape: [2, 1], low: [[0], ["-inf"]], high: [["inf"], ["inf"]] },
      b: { type: "MultiDiscrete", dtype: "int32", nvec: [2, 3], start: [0, 0] },
      c: { type: "Discrete", dtype: "int32", start: 0, n: 4 },
    },
  });
});

test("batching a space multiplies its first axis", () => {
  expect(new Box({ low: 0, high: 255, shape: [4, 4, 3], dtype: "uint8" }).batch(5).shape).toEqual([5, 4, 4, 3]);
  expect([...new Discrete(3).batch(2).nvec]).toEqual([3, 3]);
  expect([...new MultiDiscrete([2, 5]).batch(2).high]).toEqual([1, 4, 1, 4]);
});

test("empty spaces are refused", () => {
  expect(() => new Discrete(0)).toThrow(ConfigError);
  expect(() => new MultiDiscrete([2, 0])).toThrow(ConfigError);
  expect(() => new DictSpace({})).toThrow(ConfigError);
});
