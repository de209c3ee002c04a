import { ShapeError } from "../../core/errors.ts";
import { DictSpace } from "../spaces/dict.ts";
import { Discrete } from "../spaces/discrete.ts";
import type { Space } from "../spaces/space.ts";

type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array;

/**
 * A batch of `T`, as the space's `batch` holds it: numbers become an int32 array [B], arrays one more axis in front, and
 * records are batched field by field. What else there is has no type here.
 */
export type BatchOf<T> = T extends number
  ? Int32Array
  : T extends NumberArray
    ? T
    : T extends Readonly<Record<string, unknown>>
      ? { readonly [K in keyof T]: BatchOf<T[K]> }
      : unknown;

/** The space of `n` values side by side. */
export function batchSpace<T>(space: Space<T>, n: number): Space<BatchOf<T>>;
export function batchSpace(space: Space<unknown>, n: number): Space<unknown> {
  return space.batch(n);
}

/** One batch out of one value per row, in memory of its own. */
export function concatenateRows<T>(space: Space<T>, values: readonly T[]): BatchOf<T>;
export function concatenateRows(space: Space<unknown>, values: readonly unknown[]): unknown {
  const batch = batched(space, values);
  if (batch !== undefined) return batch;
  throw new ShapeError("concatenateRows: values must be members of the space");
}

/** The rows of a batch, each in memory of its own. */
export function readRows<T>(space: Space<T>, batch: BatchOf<T>, n: number): T[];
export function readRows(space: Space<unknown>, batch: unknown, n: number): unknown[] {
  if (space instanceof DictSpace && typeof batch === "object" && batch !== null) {
    const parts = Object.entries<Space<unknown>>(space.spaces).map(
      ([key, inner]) => [key, readRows(inner, Reflect.get(batch, key), n)] as const,
    );
    return Array.from({ length: n }, (_, row) => Object.fromEntries(parts.map(([key, rows]) => [key, rows[row]])));
  }
  if (space instanceof Discrete && batch instanceof Int32Array) return [...batch];
  if (
    batch instanceof Float32Array ||
    batch instanceof Uint8Array ||
    batch instanceof Int32Array ||
    batch instanceof Float64Array
  ) {
    const size = batch.length / n;
    return Array.from({ length: n }, (_, row) => batch.slice(row * size, (row + 1) * size));
  }
  return Array.isArray(batch) ? batch : [];
}

function batched(space: Space<unknown>, values: readonly unknown[]): unknown {
  if (space instanceof DictSpace) {
    return Object.fromEntries(
      Object.entries<Space<unknown>>(space.spaces).map(([key, inner]) => [
        key,
        batched(
          inner,
          values.map((value) => Reflect.get(Object(value), key)),
        ),
      ]),
    );
  }
  if (space instanceof Discrete) return Int32Array.from(values, Number);
  const [first] = values;
  const size =
    first instanceof Float32Array ||
    first instanceof Uint8Array ||
    first instanceof Int32Array ||
    first instanceof Float64Array
      ? first.length
      : 0;
  const target =
    first instanceof Float32Array
      ? new Float32Array(size * values.length)
      : first instanceof Uint8Array
        ? new Uint8Array(size * values.length)
        : first instanceof Int32Array
          ? new Int32Array(size * values.length)
          : first instanceof Float64Array
            ? new Float64Array(size * values.length)
            : undefined;
  if (target === undefined) return [...values];
  for (const [row, value] of values.entries())
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) target.set(Array.from(Object(value)), row * size);
  return target;
}

/** A batch to be written row by row. */
export function emptyBatch<T>(space: Space<T>, n: number): BatchOf<T> {
  return batchSpace(space, n).sample();
}

/** A batch in memory that threads share. @throws ConfigError for a space whose values vary in size. */
export function sharedBatch<T>(space: Space<T>, n: number): BatchOf<T> {
  return shared(emptyBatch(space, n));
}

function shared<T>(batch: T): T;
function shared(batch: unknown): unknown {
  const type = NUMBER_ARRAYS.find((type) => batch instanceof type);
  if (type !== undefined && ArrayBuffer.isView(batch))
    return Reflect.construct(type, [new SharedArrayBuffer(batch.byteLength)]);
  if (typeof batch !== "object" || batch === null || Array.isArray(batch)) throw new ShapeError("dynamic");
  return Object.fromEntries(Object.entries(batch).map(([key, value]) => [key, shared(value)]));
}

/** Writes one row of a batch. */
export function writeRow<T>(space: Space<T>, batch: BatchOf<T>, row: number, value: unknown): void;
export function writeRow(space: Space<unknown>, batch: unknown, row: number, value: unknown): void {
  if (space instanceof DictSpace && typeof batch === "object" && batch !== null) {
    for (const [key, inner] of Object.entries<Space<unknown>>(space.spaces))
      writeRow(inner, Reflect.get(batch, key), row, Reflect.get(Object(value), key));
    return;
  }
  if (Array.isArray(batch) || typeof value === "number") {
    Reflect.set(Object(batch), row, value);
    return;
  }
  const target = NUMBER_ARRAYS.find((type) => batch instanceof type);
  if (target === undefined || !(batch instanceof target) || !(value instanceof target)) throw new ShapeError("bad");
  batch.set(value, row * value.length);
}

/** A batch in memory of its own. */
export function copyBatch<T>(batch: T): T;
export function copyBatch(batch: unknown): unknown {
  if (ArrayBuffer.isView(batch) && "slice" in batch && typeof batch.slice === "function")
    return Reflect.apply(batch.slice, batch, []);
  if (Array.isArray(batch)) return batch.map(copyBatch);
  if (typeof batch !== "object" || batch === null) return batch;
  return Object.fromEntries(Object.entries(batch).map(([key, value]) => [key, copyBatch(value)]));
}

const NUMBER_ARRAYS: readonly (new (
  length: number,
) => ArrayLike<number> & { set(values: ArrayLike<number>, offset: number): void })[] = [
  Float32Array,
  Float64Array,
  Int8Array,
  Int16Array,
  Int32Array,
  Uint8Array,
  Uint8ClampedArray,
  Uint16Array,
  Uint32Array,
];
