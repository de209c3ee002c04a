import { z } from "zod";

import { ARRAYS, fits, fromNested } from "./arrays.ts";
import type { ArrayOf, NumericArray, NumericType } from "./arrays.ts";
import type { Space } from "./space.ts";

/** A type and a range of numbers, as JSON Schema says it; infinite bounds are none. */
type JsonElement = { readonly type: "integer" | "number"; readonly minimum?: number; readonly maximum?: number };

/** The array that nested lists of this shape stand for; undefined for lists that its dtype cannot hold. */
export function arrayFromJSON<D extends NumericType>(
  dtype: D,
  shape: readonly number[],
  json: unknown,
): ArrayOf[D] | undefined {
  const nested = fromNested(json);
  if (nested === null || String(nested.shape) !== String(shape)) return undefined;
  if (!nested.values.every((value) => fits(dtype, value))) return undefined;
  const array = new ARRAYS[dtype](nested.values.length);
  array.set(nested.values);
  return array;
}

/** A schema that asks `contains` once per value, and whose JSON Schema is that of nested lists of this shape. */
export function arraySchema<T>(
  contains: (value: unknown) => value is T,
  expected: string,
  json: { readonly element: JsonElement; readonly shape: readonly number[]; readonly dtype: NumericType },
): z.ZodType<T> {
  const { element, shape, dtype } = json;
  return customSchema(contains, expected, () => ({ ...nestedSchema(element, shape), "x-dtype": dtype }));
}

/** A schema that asks `contains` once per value, with a JSON Schema of its own. */
export function customSchema<T>(
  contains: (value: unknown) => value is T,
  expected: string,
  toJSONSchema: () => object,
): z.ZodType<T> {
  const schema = z.custom<T>(contains, `must be a member of ${expected}`);
  schema._zod.toJSONSchema = toJSONSchema;
  return schema;
}

/** The JSON Schema of a list of a space's values. */
export function listSchema(space: Space<unknown>): object {
  const { $schema: _, ...items } = z.toJSONSchema(space.schema);
  return { type: "array", items };
}

/** The least and the greatest number of any element, as far as they are finite. */
export function extremes(low: NumericArray, high: NumericArray): { minimum?: number; maximum?: number } {
  let [minimum, maximum] = [Infinity, -Infinity];
  for (const bound of low) minimum = Math.min(minimum, bound);
  for (const bound of high) maximum = Math.max(maximum, bound);
  return { ...(Number.isFinite(minimum) ? { minimum } : {}), ...(Number.isFinite(maximum) ? { maximum } : {}) };
}

function nestedSchema(element: JsonElement, [size, ...inner]: readonly number[]): object {
  if (size === undefined) return element;
  return { type: "array", items: nestedSchema(element, inner), minItems: size, maxItems: size };
}
