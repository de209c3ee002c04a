import { expect, test } from "vitest";

import {
  Box,
  DictSpace,
  Discrete,
  Graph,
  MultiBinary,
  MultiDiscrete,
  OneOf,
  Sequence,
  Text,
  TupleSpace,
} from "../../src/env/index.ts";
import type { Space } from "../../src/env/index.ts";
import { whyOutside } from "../../src/testing/checks/membership.ts";
import { SPACES } from "../env/spaces-cases.ts";

const bit = new Discrete(2);
const pair = new MultiDiscrete([2, 3], { start: [0, 5] });
const graph = new Graph(bit, pair);
const nodes = Int32Array.of(0, 1);

const OUTSIDE: readonly (readonly [space: Space<unknown>, value: unknown, path: string, text: string])[] = [
  [new Box({ low: 0, high: 1, dtype: "float32" }), Float32Array.of(2), "", "got [0] = 2 not in [0, 1]"],
  [pair, Int32Array.of(1, 8), "", "got [1] = 8 not in [5, 7]"],
  [pair, [1, 5], "", "got Array of 2 where a Int32Array belongs"],
  [new MultiBinary(2), Int8Array.of(0, 2), "", "got [1] = 2 not in [0, 1]"],
  [new MultiBinary([2, 2]), new Int8Array(2), "", "got 2 elements instead of 4"],
  [bit, 2, "", "got 2 for"],
  [new Text(2), "abc", "", 'got "abc" for'],
  [new DictSpace({ a: bit }), { b: 1 }, "", "got the keys b instead of a"],
  [new DictSpace({ a: new TupleSpace([bit, bit]) }), { a: [0, 2] }, ".a[1]", "got 2 for"],
  [new TupleSpace([bit, pair]), [1], "", "got Array of 1 for"],
  [new TupleSpace([bit, pair]), [1, Int32Array.of(0, 4)], "[1]", "got [1] = 4 not in [5, 7]"],
  [new OneOf([bit, pair]), [1, 0], "[1]", "got 0 where a Int32Array belongs"],
  [new OneOf([bit, pair]), [2, 0], "", "got Array of 2 for"],
  [new Sequence(bit), [0, 1, 2], "[2]", "got 2 for"],
  [new Sequence(bit), 0, "", "got 0 for"],
  [new Sequence(bit, { stack: true }), Int32Array.of(0, 3), "[1]", "got 3 for"],
  [graph, { nodes: Int32Array.of(0, 2), edges: null, edgeLinks: null }, ".nodes[1]", "got 2 for"],
  [graph, { nodes, edges: Int32Array.of(0, 5, 0, 9), edgeLinks: new Int32Array(4) }, ".edges[1]", "[1] = 9 not in"],
  [graph, { nodes, edges: Int32Array.of(0, 5), edgeLinks: Int32Array.of(0, 2) }, "", "got Object for"],
];

test.each(OUTSIDE)("%s does not hold %j: the reason says where", (space, value, path, text) => {
  expect(space.contains(value)).toBe(false);
  expect(whyOutside(space, value)).toEqual([{ path, text: expect.stringContaining(text) }]);
});

test.each(SPACES)("there is a reason for every value that %s does not hold", (_, make) => {
  const space = make();
  const strangers = [null, undefined, "?", [], [9, 9, 9], { a: 0 }, new Float32Array(2), { nodes: [], edges: 0 }];
  for (const value of strangers.filter((stranger) => !space.contains(stranger))) {
    expect(whyOutside(space, value).length).toBeGreaterThan(0);
  }
});
