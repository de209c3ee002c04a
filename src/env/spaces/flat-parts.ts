import type { NumericType } from "./arrays.ts";
import type { FlatBounds, FlatRow, Space } from "./space.ts";

/** Dtypes whose numbers a float32 cannot hold exactly. */
const WIDE: ReadonlySet<NumericType> = new Set(["float64", "int32", "uint32"]);

/** The flat values of all parts one after another; null where one varies in size. */
export function joinRows(spaces: readonly Space<unknown>[]): FlatRow | null {
  const rows = spaces.flatMap(({ flat }) => flat ?? []);
  if (rows.length < spaces.length) return null;
  return {
    size: rows.reduce((sum, { size }) => sum + size, 0),
    dtype: commonDtype(rows.map(({ dtype }) => dtype)),
  };
}

/** The bounds of all parts one after another. */
export function joinBounds(spaces: readonly Space<unknown>[]): FlatBounds {
  const bounds = spaces.map((space) => space.flatBounds());
  return { low: bounds.flatMap(({ low }) => low), high: bounds.flatMap(({ high }) => high) };
}

/** A dtype that holds the numbers of all of these exactly: theirs if it is one, else a float's. */
export function commonDtype(dtypes: readonly NumericType[]): NumericType {
  const [first = "float32", ...others] = new Set(dtypes);
  if (others.length === 0) return first;
  return dtypes.some((dtype) => WIDE.has(dtype)) ? "float64" : "float32";
}

/** Writes one value per space, one after another. */
export function writeParts(
  spaces: readonly Space<unknown>[],
  values: readonly unknown[],
  flat: { [index: number]: number },
  at: number,
): void {
  let place = at;
  for (const [i, space] of spaces.entries()) {
    space.writeFlat(values[i], flat, place);
    place += space.flat?.size ?? 0;
  }
}

/** Reads one value per space, one after another. */
export function readParts(spaces: readonly Space<unknown>[], flat: ArrayLike<number>, at: number): unknown[] {
  let place = at;
  return spaces.map((space) => {
    const value = space.readFlat(flat, place);
    place += space.flat?.size ?? 0;
    return value;
  });
}
