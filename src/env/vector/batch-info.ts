import { isPlainRecord } from "../../core/record.ts";
import type { EnvInfo } from "../env.ts";
import { ARRAYS } from "../spaces/arrays.ts";
import type { NumericArray } from "../spaces/arrays.ts";

const ARRAY_CLASSES: readonly (new (length: number) => NumericArray)[] = Object.values(ARRAYS);

/**
 * One info for a batch out of one per row (no record for rows without): for each key `k` its values, one per row, and beside
 * it `_k`, flags uint8 [B] of the rows that have the key.
 *
 * Numbers become a float64 array [B], booleans uint8 [B], typed arrays of one length and type such an array
 * [B * length], records are batched in the same way; rows without a value hold zeros. Everything else, and values of
 * different kinds, becomes a list with null where there is none.
 */
export function batchInfos(infos: readonly unknown[]): EnvInfo {
  if (infos.length === 0) return {};
  const records = infos.map((info) => (isPlainRecord(info) ? info : {}));
  return Object.fromEntries(
    [...new Set(records.flatMap(Object.keys))].flatMap((key) => {
      const values = records.map((record) => (Object.hasOwn(record, key) ? record[key] : undefined));
      return [
        [key, batchOf(values)],
        [`_${key}`, flags(values)],
      ];
    }),
  );
}

/** `values`: one per row, undefined where there is none; not all are. */
function batchOf(values: readonly unknown[]): unknown {
  const present = values.filter((value) => value !== undefined);
  if (present.every((value) => typeof value === "number"))
    return Float64Array.from(values, (value) => Number(value ?? 0));
  if (present.every((value) => typeof value === "boolean")) return Uint8Array.from(values, Number);
  if (present.every(isPlainRecord)) return batchInfos(values);
  return stack(values, present) ?? values.map((value) => value ?? null);
}

/** Typed arrays of one type and length, one behind the other; null for anything else. */
function stack(values: readonly unknown[], present: readonly unknown[]): NumericArray | null {
  const type = ARRAY_CLASSES.find((candidate) => present[0] instanceof candidate);
  if (type === undefined) return null;
  const arrays = present.filter((value): value is NumericArray => value instanceof type);
  const size = Number(arrays[0]?.length);
  if (arrays.length < present.length || arrays.some(({ length }) => length !== size)) return null;
  const stacked = new type(values.length * size);
  for (const [row, value] of values.entries()) if (value instanceof type) stacked.set(value, row * size);
  return stacked;
}

function flags(values: readonly unknown[]): Uint8Array {
  return Uint8Array.from(values, (value) => Number(value !== undefined));
}
