import { describe, expect, test } from "vitest";

import { ConfigError } from "../../src/core/errors.ts";
import type { Space } from "../../src/env/index.ts";
import {
  Box,
  DictSpace,
  Discrete,
  Graph,
  MultiDiscrete,
  OneOf,
  Sequence,
  spacesEqual,
  Text,
  TupleSpace,
} from "../../src/env/index.ts";
import { callUntyped } from "./spaces-cases.ts";

const unit = () => new Box({ low: 0, high: 1, shape: [2], dtype: "float32" });

describe("SP-18 DictSpace", () => {
  const parts = () => ({ position: new Discrete(5), image: unit() });
  const pairs = (): [string, Space<unknown>][] => Object.entries<Space<unknown>>(parts());

  test("is the same from a record, another order, pairs and a Map", () => {
    const { position, image } = parts();
    const spaces = [
      new DictSpace({ position, image }),
      new DictSpace({ image, position }),
      new DictSpace(pairs()),
      new DictSpace(new Map(pairs())),
    ];
    for (const space of spaces) expect(spacesEqual(space, new DictSpace(parts()))).toBe(true);
  });

  test("takes the keys of a record in alphabetical order, those of pairs as they come", () => {
    expect(Object.keys(new DictSpace(parts()).sample())).toEqual(["image", "position"]);
    expect(Object.keys(new DictSpace(pairs()).sample())).toEqual(["position", "image"]);
    expect(Object.keys(new DictSpace(pairs()).spaces)).toEqual(["position", "image"]);
  });

  test("refuses a key that comes twice, what is no space, and nothing", () => {
    expect(() => new DictSpace([...pairs(), ["image", unit()]])).toThrow("got image twice");
    expect(() => Reflect.construct(DictSpace, [{ a: new Discrete(2), b: 3 }])).toThrow("must be a space, got 3 for b");
    expect(() => new DictSpace({})).toThrow(ConfigError);
  });

  test("holds records with exactly its keys", () => {
    const space = new DictSpace({ a: new Discrete(2), b: new Discrete(2) });
    expect(space.contains({ a: 0, b: 1 })).toBe(true);
    expect(space.contains({ b: 1, a: 0 })).toBe(true);
    for (const value of [{ a: 0 }, { a: 0, b: 1, c: 0 }, { a: 0, b: 2 }, { a: 0, c: 1 }, [0, 1]]) {
      expect(space.contains(value)).toBe(false);
    }
    expect(new DictSpace({ toString: new Discrete(2) }).contains({ a: 1 })).toBe(false);
  });

  test("is seeded by a number, by a nested record, or by chance", () => {
    const space = new DictSpace({ a: new Discrete(100), b: new DictSpace({ c: new Discrete(100) }) });
    const used = space.seed(42);
    expect(used).toEqual({ a: expect.any(Number), b: { c: expect.any(Number) } });
    expect(space.seed({ a: 1, b: { c: 2 } })).toEqual({ a: 1, b: { c: 2 } });
    expect(Object.keys(Object(space.seed()))).toEqual(["a", "b"]);
    expect(space.seed({ a: 1, b: 2 })).toMatchObject({ a: 1, b: { c: expect.any(Number) } });
  });

  test("refuses seeds of other forms", () => {
    const space = new DictSpace({ a: new Discrete(100), b: new Discrete(100) });
    for (const seed of [{ a: 1 }, { a: 1, b: 2, c: 3 }, { a: 1, c: 2 }, [1], [1, 2, 3], {}]) {
      expect(() => callUntyped(space, "seed", seed)).toThrow(ConfigError);
    }
  });

  test("hands masks and probabilities to the parts that are named", () => {
    const space = new DictSpace({ a: new Discrete(3), b: new DictSpace({ c: new Discrete(2), d: unit() }) });
    for (let i = 0; i < 20; i++) {
      expect(space.sample({ mask: { a: [0, 0, 1], b: { c: [0, 1] } } })).toMatchObject({ a: 2, b: { c: 1 } });
      expect(space.sample({ probability: { a: [0, 1, 0] } })).toMatchObject({ a: 1 });
    }
    expect(() => space.sample({ mask: { x: [1] } })).toThrow("a record of a, b");
    expect(() => space.sample({ mask: [1, 1] })).toThrow(ConfigError);
  });

  test("a mask that one part refuses lets no part draw", () => {
    const make = () => new DictSpace({ a: new Discrete(1000), b: new Discrete(3) });
    const [space, other] = [make(), make()];
    expect(() => space.sample({ mask: { b: [1] } })).toThrow(ConfigError);
    expect(space.sample()).toEqual(other.sample());
  });
});

test("SP-19 nested seeds draw what standalone spaces with these seeds draw", () => {
  const make = () => ({ a: new Discrete(50), b: unit(), c: new DictSpace({ d: new MultiDiscrete([9, 9]) }) });
  const space = new DictSpace(make());
  space.seed({ a: 0, b: 1, c: { d: 2 } });
  const alone = make();
  alone.a.seed(0);
  alone.b.seed(1);
  alone.c.spaces.d.seed(2);
  for (let i = 0; i < 10; i++) {
    expect(space.sample()).toEqual({ a: alone.a.sample(), b: alone.b.sample(), c: { d: alone.c.spaces.d.sample() } });
  }
});

describe("SP-20 TupleSpace", () => {
  const make = () => new TupleSpace([new Discrete(5), unit(), new TupleSpace([new Discrete(3)])]);

  test("keeps its spaces in order, with their types", () => {
    const [discrete, box] = make().spaces;
    expect(discrete.contains(4)).toBe(true);
    expect(box.shape).toEqual([2]);
    const [number, array, [inner]] = make().sample();
    expect(number + inner).toBeGreaterThanOrEqual(0);
    expect(array).toHaveLength(2);
  });

  test("holds lists of members, of its length", () => {
    const space = make();
    expect(space.contains([4, Float32Array.of(0, 1), [2]])).toBe(true);
    for (const value of [
      [4, Float32Array.of(0, 1)],
      [4, Float32Array.of(0, 1), 2],
      [5, Float32Array.of(0, 1), [2]],
    ]) {
      expect(space.contains(value)).toBe(false);
    }
    expect(space.contains({ 0: 4, 1: Float32Array.of(0, 1), 2: [2], length: 3 })).toBe(false);
  });

  test("is seeded by a number, by a nested list, or by chance", () => {
    const space = make();
    expect(space.seed(42)).toEqual([expect.any(Number), expect.any(Number), [expect.any(Number)]]);
    expect(space.seed([1, 2, [3]])).toEqual([1, 2, [3]]);
    expect(space.seed()).toHaveLength(3);
    const alone = new Discrete(5);
    alone.seed(1);
    space.seed([1, 2, 3]);
    for (let i = 0; i < 10; i++) expect(space.sample()[0]).toBe(alone.sample());
  });

  test("refuses seeds of another length, what is no space, and nothing", () => {
    for (const seed of [[1, 2], [1, 2, 3, 4], { a: 1 }]) {
      expect(() => callUntyped(make(), "seed", seed)).toThrow(ConfigError);
    }
    expect(() => Reflect.construct(TupleSpace, [[new Discrete(2), 5]])).toThrow("must be a space, got 5");
    expect(() => new TupleSpace([])).toThrow(ConfigError);
  });

  test("hands masks to its parts", () => {
    expect(make().sample({ mask: [[0, 0, 0, 0, 1], null, [[0, 1, 0]]] })).toMatchObject({ 0: 4, 2: [1] });
    expect(() => make().sample({ mask: [null] })).toThrow("a list of 3");
  });
});

describe("SP-21 Text", () => {
  test("keeps to the length and the characters of a mask", () => {
    const space = new Text(5, { charset: "abc" });
    for (let i = 0; i < 20; i++) {
      expect(space.sample({ mask: [3, [1, 0, 1]] })).toMatch(/^[ac]{3}$/);
      expect(space.sample({ mask: [null, [0, 1, 0]] })).toMatch(/^b{1,5}$/);
      expect(space.sample({ probability: [2, [0, 0, 1]] })).toBe("cc");
    }
  });

  test("is empty without characters, where minLength allows it", () => {
    expect(new Text(5, { minLength: 0, charset: "ab" }).sample({ mask: [null, [0, 0]] })).toBe("");
    expect(() => new Text(5, { charset: "ab" }).sample({ mask: [null, [0, 0]] })).toThrow("allow a character");
  });

  test("refuses lengths and masks that do not fit", () => {
    const space = new Text(3, { minLength: 2, charset: "ab" });
    for (const mask of [[1, null], [4, null], [2.5, null], [null, [1]], [null], "ab"]) {
      expect(() => callUntyped(space, "sample", { mask })).toThrow(ConfigError);
    }
  });

  test("keeps a string's order, sorts a set, and takes each character once", () => {
    expect(new Text(1, { charset: "cabac" }).charset).toBe("cab");
    expect(new Text(1, { charset: new Set(["c", "a", "b"]) }).charset).toBe("abc");
  });

  test("refuses charsets of several characters, and lengths that are no range", () => {
    expect(() => new Text(1, { charset: new Set(["ab"]) })).toThrow('single characters, got "ab"');
    expect(() => new Text(1, { charset: new Set([""]) })).toThrow("single characters");
    expect(() => new Text(1, { charset: "" })).toThrow("got none");
    for (const [most, least] of [
      [0, 0],
      [2, 3],
      [1.5, 1],
      [3, -1],
    ]) {
      expect(() => new Text(Number(most), { minLength: least })).toThrow(ConfigError);
    }
  });

  test("counts characters, not code units", () => {
    const space = new Text(2, { charset: "🙂é" });
    expect(space.contains("🙂🙂")).toBe(true);
    expect(space.contains("🙂🙂🙂")).toBe(false);
    expect(space.contains("\ud83d")).toBe(false);
  });

  test("draws the same in every process", () => {
    const space = new Text(5);
    space.seed(42);
    expect([space.sample(), space.sample(), space.sample()]).toMatchInlineSnapshot(`
      [
        "s",
        "aRMpH",
        "9M",
      ]
    `);
  });
});

describe("SP-22 Sequence", () => {
  test("draws the lengths that are asked for, else 1 or more with 4 on average", () => {
    const space = new Sequence(new Discrete(3));
    expect(space.sample({ mask: [0, null] })).toEqual([]);
    expect(space.sample({ mask: [4, [0, 1, 0]] })).toEqual([1, 1, 1, 1]);
    const lengths = Array.from({ length: 200 }, () => space.sample({ mask: [[2, 5], null] }).length);
    expect(new Set(lengths)).toEqual(new Set([2, 5]));
    const free = Array.from({ length: 2000 }, () => space.sample().length);
    expect(Math.min(...free)).toBe(1);
    expect(free.reduce((sum, length) => sum + length, 0) / free.length).toBeCloseTo(4, 0);
    for (const length of [-1, 1.5, [], [1, -1]])
      expect(() => space.sample({ mask: [length, null] })).toThrow(ConfigError);
  });

  test("is a batch when stacked", () => {
    const space = new Sequence(unit(), { stack: true });
    expect(space.sample({ mask: [3, null] })).toHaveLength(6);
    expect(space.contains(Float32Array.of(0, 1, 1, 0))).toBe(true);
    expect(space.contains(Float32Array.of(0, 1, 1))).toBe(false);
    expect(space.contains([Float32Array.of(0, 1)])).toBe(false);
    expect(space.contains(Float32Array.of(0, 1, 1, 2))).toBe(false);
  });

  test("is seeded by a pair", () => {
    const space = new Sequence(new Discrete(3));
    expect(space.seed([1, 2])).toEqual([1, 2]);
    expect(() => space.seed([1])).toThrow(ConfigError);
  });
});

describe("SP-22 Graph", () => {
  const make = () => new Graph(unit(), new Discrete(3));

  test("draws as many nodes and edges as asked for, 10 nodes else", () => {
    const { nodes, edges, edgeLinks } = make().sample({ numNodes: 4, numEdges: 2 });
    expect([nodes.length, edges?.length, edgeLinks?.length]).toEqual([8, 2, 4]);
    expect(make().sample().nodes).toHaveLength(20);
    expect(make().sample({ numNodes: 1 })).toMatchObject({ edges: null, edgeLinks: null });
    expect(make().sample({ numEdges: 3, mask: [null, [0, 0, 1]] }).edges).toEqual(Int32Array.of(2, 2, 2));
  });

  test("holds graphs whose links name nodes", () => {
    const space = make();
    const nodes = new Float32Array(4);
    const [edges, edgeLinks] = [Int32Array.of(2), Int32Array.of(0, 1)];
    expect(space.contains({ nodes, edges, edgeLinks })).toBe(true);
    expect(space.contains({ nodes, edges: null, edgeLinks: null })).toBe(true);
    expect(space.contains({ nodes, edges, edgeLinks: Int32Array.of(0, 2) })).toBe(false);
    expect(space.contains({ nodes, edges, edgeLinks: Int32Array.of(0) })).toBe(false);
    expect(space.contains({ nodes, edges: Int32Array.of(3), edgeLinks })).toBe(false);
    expect(space.contains({ nodes, edges, edgeLinks: null })).toBe(false);
    expect(space.contains({ nodes, edges: null, edgeLinks })).toBe(false);
    expect(space.contains({ nodes: new Float32Array(0), edges: null, edgeLinks: null })).toBe(false);
    expect(space.contains({ nodes: new Float32Array(3), edges: null, edgeLinks: null })).toBe(false);
    expect(space.contains({ nodes, edges: null, edgeLinks: null, more: 1 })).toBe(false);
    expect(new Graph(unit()).contains({ nodes, edges, edgeLinks })).toBe(false);
  });

  test("refuses counts that are none, and edges without a space", () => {
    for (const options of [{ numNodes: 0 }, { numNodes: 1.5 }, { numEdges: -1 }]) {
      expect(() => make().sample(options)).toThrow(ConfigError);
    }
    expect(() => new Graph(unit()).sample({ numEdges: 1 })).toThrow("edges need an edge space");
  });
});

describe("SP-22 OneOf", () => {
  const make = () => new OneOf([new Discrete(3), unit()]);

  test("draws an index and a member of that space", () => {
    const indices = Array.from({ length: 50 }, () => make().spaces.length && make().sample()[0]);
    expect(indices.every(Number.isInteger)).toBe(true);
    const space = make();
    expect(new Set(Array.from({ length: 50 }, () => space.sample()[0]))).toEqual(new Set([0, 1]));
  });

  test("holds pairs of an index and a member", () => {
    const space = make();
    expect(space.contains([0, 2])).toBe(true);
    expect(space.contains([1, Float32Array.of(0, 1)])).toBe(true);
    for (const value of [[0, 3], [1, 2], [2, 0], [-1, 0], ["0", 0], [0.5, 0], [0], [0, 1, 1], 2]) {
      expect(space.contains(value)).toBe(false);
    }
  });

  test("takes one seed more than it has spaces, and a mask for each", () => {
    const space = make();
    expect(space.seed(3)).toHaveLength(3);
    expect(space.seed([1, 2, 3])).toEqual([1, 2, 3]);
    expect(() => space.seed([1, 2])).toThrow(ConfigError);
    const values = Array.from({ length: 40 }, () => space.sample({ mask: [[0, 1, 0], null] }));
    expect(values.filter(([index]) => index === 0).every(([, value]) => value === 1)).toBe(true);
    expect(() => new OneOf([])).toThrow(ConfigError);
  });
});
