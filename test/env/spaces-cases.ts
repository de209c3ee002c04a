import { Rng } from "../../src/core/rng.ts";
import type { Space } from "../../src/env/index.ts";
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

/** A space, made anew, and the numbers in its flat values; null where they vary. */
export type SpaceCase = readonly [name: string, make: () => Space<unknown>, flatdim: number | null];

/** Spaces that are made of no others. */
export const FUNDAMENTAL_SPACES: readonly SpaceCase[] = [
  ["Discrete(3)", () => new Discrete(3), 3],
  ["Discrete(5, start -1)", () => new Discrete(5, { start: -1 }), 5],
  ["Box(0, 1, [1]) float32", () => new Box({ low: 0, high: 1, dtype: "float32" }), 1],
  ["Box(0, Infinity)", () => new Box({ low: 0, high: Infinity, shape: [1], dtype: "float32" }), 1],
  ["Box(-Infinity, 0)", () => new Box({ low: -Infinity, high: 0, shape: [2], dtype: "float64" }), 2],
  ["Box(-Infinity, Infinity)", () => new Box({ low: -Infinity, high: Infinity, shape: [], dtype: "float64" }), 1],
  [
    "Box of all kinds of bounds",
    () => new Box({ low: [-1, 0, -Infinity, -Infinity], high: [1, Infinity, 3, Infinity], dtype: "float32" }),
    4,
  ],
  ["Box [2, 3, 3] uint8", () => new Box({ low: 0, high: 255, shape: [2, 3, 3], dtype: "uint8" }), 18],
  ["Box int8", () => new Box({ low: -128, high: -126, shape: [3], dtype: "int8" }), 3],
  ["Box uint16", () => new Box({ low: 0, high: 65_535, shape: [2], dtype: "uint16" }), 2],
  ["Box int16", () => new Box({ low: -3, high: 3, shape: [2], dtype: "int16" }), 2],
  ["Box int32", () => new Box({ low: -(2 ** 31), high: 2 ** 31 - 1, shape: [2], dtype: "int32" }), 2],
  ["Box uint32", () => new Box({ low: 2, high: 2 ** 32 - 1, shape: [2], dtype: "uint32" }), 2],
  ["MultiDiscrete([2, 2])", () => new MultiDiscrete([2, 2]), 4],
  ["MultiDiscrete([3, 1, 7], start)", () => new MultiDiscrete([3, 1, 7], { start: [-1, 10, 0] }), 11],
  ["MultiDiscrete [2, 2]", () => new MultiDiscrete([2, 3, 4, 5], { shape: [2, 2] }), 14],
  ["MultiBinary(8)", () => new MultiBinary(8), 8],
  ["MultiBinary([2, 3])", () => new MultiBinary([2, 3]), 6],
  ["Text(6)", () => new Text(6), 6],
  ["Text(4, charset)", () => new Text(4, { minLength: 2, charset: "^-]\\é" }), 4],
  ["Text(3, minLength 0)", () => new Text(3, { minLength: 0, charset: new Set("cab") }), 3],
];

const position = () => new Box({ low: 0, high: 100, shape: [1], dtype: "float32" });

/** Spaces that are made of others. */
export const COMPOSITE_SPACES: readonly SpaceCase[] = [
  ["Tuple", () => new TupleSpace([new Discrete(5), new Discrete(4)]), 9],
  ["Tuple of Boxes", () => new TupleSpace([position(), new Box({ low: 0, high: 9, shape: [2], dtype: "uint8" })]), 3],
  ["Tuple in Tuple", () => new TupleSpace([new Discrete(5), new TupleSpace([position(), new Discrete(2)])]), 8],
  ["Dict", () => new DictSpace({ position: new Discrete(5), velocity: position() }), 6],
  [
    "Dict in Dict",
    () => new DictSpace({ b: new DictSpace({ x: new MultiBinary(2), y: new Text(3) }), a: new MultiDiscrete([2, 2]) }),
    9,
  ],
  ["Dict of a Tuple", () => new DictSpace({ t: new TupleSpace([new Discrete(2), position()]), d: new Discrete(2) }), 5],
  [
    "Dict of wide dtypes",
    () => new DictSpace({ i: new Box({ low: 0, high: 2 ** 31, shape: [1], dtype: "uint32" }) }),
    1,
  ],
  ["OneOf", () => new OneOf([new Discrete(3), new Box({ low: 2, high: 3, shape: [5], dtype: "float32" })]), 6],
  ["OneOf a Tuple", () => new OneOf([new TupleSpace([new Discrete(2), new MultiBinary(2)]), new Text(2)]), 5],
  ["Sequence", () => new Sequence(new Discrete(4)), null],
  ["Sequence, stacked", () => new Sequence(position(), { stack: true }), null],
  ["Sequence of Dict, stacked", () => new Sequence(new DictSpace({ a: new Discrete(3) }), { stack: true }), null],
  ["Sequence of Sequences", () => new Sequence(new Sequence(new Text(2))), null],
  ["Graph", () => new Graph(position(), new Discrete(3)), null],
  ["Graph without edges", () => new Graph(new Discrete(3)), null],
  ["Graph of Text", () => new Graph(new Text(2), new Sequence(new Discrete(2))), null],
  ["Tuple of a Sequence", () => new TupleSpace([new Sequence(new Discrete(2)), new Discrete(2)]), null],
  ["Dict of a Graph", () => new DictSpace({ g: new Graph(new Discrete(2)), n: new Discrete(9) }), null],
];

export const SPACES: readonly SpaceCase[] = [...FUNDAMENTAL_SPACES, ...COMPOSITE_SPACES];

/** Samples after a seed. */
export function draws(space: Space<unknown>, seed: number, count = 10): unknown[] {
  space.seed(seed);
  return Array.from({ length: count }, () => space.sample());
}

/** A stream for tests that hand one over. */
export const stream = (): Rng => new Rng("test");

/** Calls a method with what its types forbid. */
export function callUntyped(target: object, method: string, argument: unknown): unknown {
  return Reflect.apply(Reflect.get(target, method), target, [argument]);
}
