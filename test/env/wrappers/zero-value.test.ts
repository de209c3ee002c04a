import { expect, test } from "vitest";

import { ConfigError } from "../../../src/core/errors.ts";
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
} from "../../../src/env/index.ts";
import type { Space } from "../../../src/env/index.ts";
import { zeroValue } from "../../../src/env/wrappers/zero-value.ts";
import { SPACES } from "../spaces-cases.ts";

test.each(SPACES)("the zero of %s is a member, and in memory of its own", (_, make) => {
  const space = make();
  const zero = zeroValue(space);
  expect(space.contains(zero)).toBe(true);
  expect(zeroValue(space)).toEqual(zero);
  if (typeof zero === "object") expect(zeroValue(space)).not.toBe(zero);
});

const far = new Box({ low: [-3, 2, -1], high: [-2, 5, 1], dtype: "float32" });
const ZEROS: readonly (readonly [space: Space<unknown>, zero: unknown])[] = [
  [far, Float32Array.of(-2, 2, 0)],
  [new Discrete(3, { start: 4 }), 4],
  [new Discrete(3, { start: -9 }), -7],
  [new Discrete(3, { start: -1 }), 0],
  [new MultiDiscrete([2, 2, 3], { start: [5, -4, -1] }), Int32Array.of(5, -3, 0)],
  [new MultiBinary([2, 2]), new Int8Array(4)],
  [new Text(3, { minLength: 2, charset: "ba" }), "bb"],
  [new Text(3, { minLength: 0 }), ""],
  [
    new DictSpace({ a: far, b: new TupleSpace([new Discrete(2, { start: 1 })]) }),
    { a: Float32Array.of(-2, 2, 0), b: [1] },
  ],
  [new OneOf([new Discrete(2, { start: 7 }), far]), [0, 7]],
  [new Sequence(far), []],
  [new Sequence(new Discrete(2), { stack: true }), new Int32Array(0)],
  [new Graph(new Discrete(2, { start: 3 }), far), { nodes: Int32Array.of(3), edges: null, edgeLinks: null }],
];

test.each(ZEROS)("the member of %s that is nearest to zero", (space, zero) => {
  expect(zeroValue(space)).toEqual(zero);
});

test("a space of one's own has no zero that we know", () => {
  class Anything extends Text {
    override contains(value: unknown): value is string {
      return value === "something";
    }
  }
  expect(() => zeroValue(new Anything(3))).toThrow(ConfigError);
});
