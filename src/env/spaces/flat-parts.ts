import type { NumericType } from "./arrays.ts";
import type { FlatForm, Space } from "./space.ts";

/** Dtypes whose numbers a float32 cannot hold exactly. */
const WIDE: ReadonlySet<NumericType> = new Set(["float64", "int32", "uint32"]);

/** The numbers in the flat values of all parts; null where one varies in size. */
export function sizeOfParts(spaces: readonly Space<unknown>[]): number | null {
  let sum = 0;
  for (const { flatSize } of spaces) {
    if (flatSize === null) return null;
    sum += flatSize;
  }
  return sum;
}

/** Flat values one after another, in a dtype that holds the numbers of all: theirs if it is one, else a float's. */
export function joinForms(forms: readonly FlatForm[]): FlatForm {
  return {
    dtype: commonDtype(forms.map(({ dtype }) => dtype)),
    low: forms.flatMap(({ low }) => low),
    high: forms.flatMap(({ high }) => high),
  };
}

/** The dtype that holds the numbers of all of these exactly. */
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
    place += space.flatSize ?? 0;
  }
}

/** Reads one value per space, one after another. */
export function readParts(spaces: readonly Space<unknown>[], flat: ArrayLike<number>, at: number): unknown[] {
  let place = at;
  return spaces.map((space) => {
    const value = space.readFlat(flat, place);
    place += space.flatSize ?? 0;
    return value;
  });
}
