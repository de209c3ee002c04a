import { isPlainRecord } from "../../core/record.ts";
import { ARRAYS } from "../spaces/arrays.ts";
import type { NumericArray } from "../spaces/arrays.ts";
import { batchDifferingSpaces } from "../spaces/batch-differing.ts";
import type { BatchOf } from "../spaces/rows.ts";
import type { Space } from "../spaces/space.ts";

const ARRAY_CLASSES = Object.values(ARRAYS);

/** The space of `n` values side by side, with the type that its members have. */
export function batchSpace<T>(space: Space<T>, n: number): Space<BatchOf<T>>;
export function batchSpace(space: Space<unknown>, n: number): Space<unknown> {
  return space.batch(n);
}

/** The space of one value of each space side by side. @throws ConfigError for values of different dtypes or shapes. */
export function batchDiffering<T>(spaces: readonly Space<T>[]): Space<BatchOf<T>>;
export function batchDiffering(spaces: readonly Space<unknown>[]): Space<unknown> {
  return batchDifferingSpaces(spaces);
}

/** A batch of `n` rows that nobody has written yet. */
export function emptyBatch<T>(space: Space<T>, n: number): BatchOf<T>;
export function emptyBatch(space: Space<unknown>, n: number): unknown {
  return space.rows.create(n, "own");
}

/** The same batch with arrays and lists of its own. Cheaper than row by row. */
export function copyBatch<B>(batch: B): B;
export function copyBatch(batch: unknown): unknown {
  if (isNumericArray(batch)) return batch.slice();
  if (Array.isArray(batch)) return batch.map((part: unknown) => copyBatch(part));
  if (!isPlainRecord(batch)) return batch;
  return Object.fromEntries(Object.entries(batch).map(([key, part]) => [key, copyBatch(part)]));
}

function isNumericArray(value: unknown): value is NumericArray {
  return ARRAY_CLASSES.some((type) => value instanceof type);
}
