import { ConfigError } from "../../core/errors.ts";
import { Box } from "../spaces/box.ts";
import type { ArrayOf, NumericArray, NumericType } from "../spaces/arrays.ts";
import type { Space } from "../spaces/space.ts";

/** The space as a Box. @throws ConfigError for another kind of space. */
export function expectBox(space: Space<unknown>, where: string): Box<NumericType> {
  if (space instanceof Box) return space;
  throw new ConfigError(`${where}: the space must be a Box, got ${space.constructor.name}`);
}

/** The space as a Box whose bounds are all finite. @throws ConfigError for another space. */
export function expectBounded(space: Space<unknown>, where: string): Box<NumericType> {
  const box = expectBox(space, where);
  if (box.low.every(Number.isFinite) && box.high.every(Number.isFinite)) return box;
  throw new ConfigError(`${where}: the Box must be bounded, got infinite bounds - clip or rescale it first`);
}

/** An array as `box` holds them, element `i` from `at(i)`: rounded or wrapped as its dtype does. */
export function fillBox<D extends NumericType>(box: Box<D>, at: (index: number) => number): ArrayOf[D];
export function fillBox(box: Box<NumericType>, at: (index: number) => number): NumericArray {
  return box.low.map((_, i) => at(i));
}
