import { ConfigError, ShapeError } from "../../core/errors.ts";
import { ARRAYS } from "./arrays.ts";
import type { NumericArray, NumericType } from "./arrays.ts";
import { expectSpace } from "./batching.ts";
import { Box } from "./box.ts";
import type { FlatRow, Space } from "./space.ts";

/**
 * How many numbers a flat value has: one per element of a Box or MultiBinary, one per choice of a Discrete or
 * MultiDiscrete, one per character of a Text, the sum of a Dict or Tuple, and one more than the longest of a OneOf.
 * @throws ConfigError where values vary in size (Sequence, Graph), and for what is no space.
 */
export function flatdim(space: Space<unknown>): number {
  return expectFlat(space, "flatdim").size;
}

/**
 * The Box [flatdim] of all flat values. A Box and a MultiBinary keep their dtype; what is one-hot or text is float32;
 * parts of several dtypes are float32, or float64 where one of them is a float64, int32 or uint32 Box.
 * @throws ConfigError as `flatdim` does.
 */
export function flattenSpace(space: Space<unknown>): Box<NumericType> {
  const { size, dtype } = expectFlat(space, "flattenSpace");
  return new Box({ ...space.flatBounds(), shape: [size], dtype });
}

/**
 * A value as one row of numbers, in memory of its own: a member of `flattenSpace(space)`. `value` must be a member of
 * `space`; this is not checked.
 * @throws ConfigError as `flatdim` does.
 */
export function flatten<T>(space: Space<T>, value: T): NumericArray {
  const { size, dtype } = expectFlat(space, "flatten");
  const flat = new ARRAYS[dtype](size);
  space.writeFlat(value, flat, 0);
  return flat;
}

/**
 * The value that `flatten` made these numbers of.
 * @throws ShapeError for another number of numbers, and for numbers that stand for no value; ConfigError as `flatdim`.
 */
export function unflatten<T>(space: Space<T>, flat: ArrayLike<number>): T {
  const { size } = expectFlat(space, "unflatten");
  if (flat.length === size) return space.readFlat(flat, 0);
  throw new ShapeError(`unflatten: a flat value must have ${size} numbers, got ${flat.length}`);
}

function expectFlat(space: Space<unknown>, where: string): FlatRow {
  const { flat } = expectSpace(space, where);
  if (flat !== null) return flat;
  throw new ConfigError(`${where}: values must have one size, got ${String(space)}`);
}
