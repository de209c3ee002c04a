import { ShapeError } from "./errors.ts";

/*
 * The one key of dimension letters. A local that is a tensor or a batch ends in its shape: `tokens_BTN`.
 *
 * B batch        T frames           H W pixels        C channels      N patches (tokens) per frame
 * P numbers per patch               D model width     G heads         E head width
 * L code width   K codebook size    A latent actions  S refinement steps
 */

/** Throws `ShapeError` unless `shape` has exactly the sizes of `expected` (in order; `null` accepts any size). */
export function expectShape(
  shape: readonly number[],
  name: string,
  expected: Readonly<Record<string, number | null>>,
): void {
  const sizes = Object.values(expected);
  const fits = shape.length === sizes.length && sizes.every((size, i) => size === null || size === shape[i]);
  if (fits) return;
  const wanted = Object.entries(expected).map(([letter, size]) => (size === null ? letter : `${letter}=${size}`));
  throw new ShapeError(`${name}: shape must be [${wanted.join(", ")}], got [${shape.join(", ")}]`);
}

/** The number of elements of an array of this shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
