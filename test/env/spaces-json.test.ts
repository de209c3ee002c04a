import { describe, expect, test } from "vitest";
import { z } from "zod";

import { ConfigError } from "../../src/core/errors.ts";
import {
  Box,
  DictSpace,
  Discrete,
  MultiBinary,
  MultiDiscrete,
  spaceCodec,
  spaceFromJSON,
  spacesEqual,
  Text,
  TupleSpace,
} from "../../src/env/index.ts";
import { SPACES } from "./spaces-cases.ts";

describe.each(SPACES)("%s", (_, make) => {
  test("goes through JSON and back, as a space", () => {
    const space = make();
    const json: unknown = JSON.parse(JSON.stringify(space));
    expect(json).toEqual(space.toJSON());
    expect(spacesEqual(spaceFromJSON(json), space)).toBe(true);
    expect(z.encode(spaceCodec, z.decode(spaceCodec, space.toJSON()))).toEqual(json);
  });

  test("its schema accepts its members, refuses others, and is built once", () => {
    const space = make();
    for (let i = 0; i < 5; i++) {
      const value = space.sample();
      expect(space.schema.parse(value)).toEqual(value);
    }
    for (const stranger of [null, undefined, Number.NaN, "?!", new DataView(new ArrayBuffer(1))]) {
      expect(space.schema.safeParse(stranger).success).toBe(false);
    }
    expect(space.schema).toBe(space.schema);
  });

  test("its schema agrees with contains on the samples of all spaces", () => {
    const space = make();
    for (const [, other] of SPACES) {
      const value = other().sample();
      expect(space.schema.safeParse(value).success).toBe(space.contains(value));
    }
  });

  test("its values are described by a JSON Schema that accepts their JSON", () => {
    const space = make();
    const { $schema, ...described } = z.toJSONSchema(space.schema);
    expect($schema).toContain("json-schema.org");
    const reader = z.fromJSONSchema(described);
    const json: unknown = JSON.parse(JSON.stringify(space.valueToJSON(space.sample())));
    expect(reader.safeParse(json).success).toBe(true);
    expect(reader.safeParse({ not: "a value" }).success).toBe(false);
  });
});

test("spaces are written as Minari writes them, infinities as text", () => {
  const space = new DictSpace({
    a: new Box({ low: [0, -Infinity], high: Infinity, shape: [2, 1], dtype: "float32" }),
    b: new MultiDiscrete([2, 3]),
    c: new Discrete(4),
    d: new TupleSpace([new MultiBinary(3), new MultiBinary([2, 2])]),
    e: new Text(4, { charset: "ab" }),
  });
  expect(space.toJSON()).toEqual({
    type: "Dict",
    subspaces: {
      a: { type: "Box", dtype: "float32", shape: [2, 1], low: [[0], ["-inf"]], high: [["inf"], ["inf"]] },
      b: { type: "MultiDiscrete", dtype: "int32", nvec: [2, 3], start: [0, 0] },
      c: { type: "Discrete", dtype: "int32", start: 0, n: 4 },
      d: {
        type: "Tuple",
        subspaces: [
          { type: "MultiBinary", n: 3 },
          { type: "MultiBinary", n: [2, 2] },
        ],
      },
      e: { type: "Text", max_length: 4, min_length: 1, charset: "ab" },
    },
  });
});

test("what Minari writes is read, with Gymnasium's own integers", () => {
  const space = spaceFromJSON({
    type: "Tuple",
    subspaces: [
      { type: "Discrete", dtype: "int64", start: -1, n: 3 },
      { type: "MultiDiscrete", dtype: "int64", nvec: [[2, 3]], start: [[0, 1]] },
    ],
  });
  const expected = new TupleSpace([
    new Discrete(3, { start: -1 }),
    new MultiDiscrete([2, 3], { shape: [1, 2], start: [0, 1] }),
  ]);
  expect(spacesEqual(space, expected)).toBe(true);
});

test.each([
  ["another type", { type: "Circle" }, "spaceFromJSON"],
  ["no object", 5, "spaceFromJSON"],
  ["a dtype without an array", { type: "Box", dtype: "int64", shape: [1], low: [0], high: [1] }, "got int64"],
  ["bounds that are swapped", { type: "Box", dtype: "int8", shape: [1], low: [1], high: [0] }, "must not exceed"],
  [
    "bounds of another shape",
    { type: "Box", dtype: "int8", shape: [2], low: [[0], [0]], high: [1, 1] },
    "got the shape",
  ],
  ["a bound that is a word", { type: "Box", dtype: "int8", shape: [1], low: ["low"], high: [1] }, "spaceFromJSON"],
  ["a float Discrete", { type: "Discrete", dtype: "float32", start: 0, n: 3 }, "dtype"],
  ["no choice", { type: "Discrete", dtype: "int32", start: 0, n: 0 }, "spaceFromJSON"],
  ["a key too many", { type: "Discrete", dtype: "int32", start: 0, n: 3, max: 2 }, "max"],
  ["starts of another shape", { type: "MultiDiscrete", dtype: "int32", nvec: [2, 2], start: [0] }, "one shape"],
  ["no parts", { type: "Dict", subspaces: {} }, "at least one"],
  ["a part that is none", { type: "Tuple", subspaces: [{ type: "Text", max_length: 0 }] }, "spaceFromJSON"],
])("%s is refused", (_, json, message) => {
  expect(() => spaceFromJSON(json)).toThrow(ConfigError);
  expect(() => spaceFromJSON(json)).toThrow(message);
});

test("a JSON Schema publishes the form of spaces", () => {
  const published = JSON.stringify(z.toJSONSchema(spaceCodec, { io: "input" }));
  for (const type of [
    "Box",
    "Discrete",
    "MultiDiscrete",
    "MultiBinary",
    "Text",
    "Dict",
    "Tuple",
    "Sequence",
    "Graph",
    "OneOf",
  ]) {
    expect(published).toContain(`"const":"${type}"`);
  }
});

test("a JSON Schema of values names dtype, sizes and bounds", () => {
  const box = new Box({ low: [[0, -1, 0]], high: Infinity, dtype: "float32" });
  expect(z.toJSONSchema(box.schema)).toMatchObject({
    type: "array",
    minItems: 1,
    maxItems: 1,
    items: { type: "array", minItems: 3, maxItems: 3, items: { type: "number", minimum: -1 } },
    "x-dtype": "float32",
  });
  expect(z.toJSONSchema(new Discrete(3, { start: 2 }).schema)).toMatchObject({
    type: "integer",
    minimum: 2,
    maximum: 4,
  });
});

test("a schema names the part that is wrong, once", () => {
  const space = new DictSpace({
    image: new Box({ low: 0, high: 1, shape: [1000], dtype: "float32" }),
    n: new Discrete(2),
  });
  const { error } = space.schema.safeParse({ image: new Float32Array(1000).fill(7), n: 1 });
  expect(error?.issues).toHaveLength(1);
  expect(error?.issues[0]).toMatchObject({
    path: ["image"],
    message: expect.stringContaining("Box(0, 1, [1000], float32)"),
  });
});
