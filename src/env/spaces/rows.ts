import { ConfigError, ShapeError } from "../../core/errors.ts";
import { ARRAYS } from "./arrays.ts";
import type { NumericArray, NumericType } from "./arrays.ts";

/**
 * A batch of `T`: numbers become an int32 array [B], arrays get one more axis in front, records and tuples are batched
 * part by part, and what has no fixed size becomes a list of B values.
 */
export type BatchOf<T> = T extends number
  ? Int32Array
  : T extends NumericArray
    ? T
    : T extends string
      ? readonly T[]
      : T extends readonly unknown[] | Readonly<Record<string, unknown>>
        ? { readonly [K in keyof T]: BatchOf<T[K]> }
        : unknown;

/** Memory that one thread owns, or that several share. */
export type Memory = "own" | "shared";

/** How the values of a space lie side by side in a batch. */
export interface Rows {
  /** A batch of `n` rows to write. @throws ConfigError for shared memory where values have no fixed size. */
  create(n: number, memory: Memory): unknown;
  /** The number of rows. @throws ShapeError for what is no batch. */
  count(batch: unknown): number;
  /** A row's value, in memory of its own. */
  read(batch: unknown, row: number): unknown;
  /** Writes one row in place. @throws ShapeError for a row or a value of another type or size. */
  write(batch: unknown, row: number, value: unknown): void;
}

/** Arrays of `size` elements, one after another in one array. */
export function arrayRows(dtype: NumericType, size: number): Rows {
  const expect = (value: unknown): NumericArray => {
    if (value instanceof ARRAYS[dtype]) return value;
    throw new ShapeError(`batch: a batch or a row of it must be a ${ARRAYS[dtype].name}, got ${nameOf(value)}`);
  };
  const count = (batch: unknown): number => {
    const rows = size === 0 ? 0 : expect(batch).length / size;
    if (Number.isInteger(rows)) return rows;
    throw new ShapeError(
      `batch: a batch must hold whole rows of ${size} elements, got ${expect(batch).length} elements`,
    );
  };
  return {
    create: (n, memory) => createArray(dtype, n * size, memory),
    count,
    read: (batch, row) => expect(batch).slice(row * size, (row + 1) * size),
    write: (batch, row, value) => {
      const from = expect(value);
      if (from.length !== size) throw new ShapeError(`batch: a row must have ${size} elements, got ${from.length}`);
      expect(batch).set(from, expectRow(row, count(batch)) * size);
    },
  };
}

/** Plain integers in one int32 array. */
export const NUMBER_ROWS: Rows = {
  create: (n, memory) => createArray("int32", n, memory),
  count: (batch) => expectInt32(batch).length,
  read: (batch, row) => expectInt32(batch)[row],
  write: (batch, row, value) => {
    if (!Number.isInteger(value)) throw new ShapeError(`batch: a row must be an integer, got ${nameOf(value)}`);
    const numbers = expectInt32(batch);
    numbers[expectRow(row, numbers.length)] = Number(value);
  },
};

/** Values of no fixed size, in a list. */
export const LIST_ROWS: Rows = {
  create: (n, memory) => {
    if (memory === "own") return Array.from({ length: n });
    throw new ConfigError("createSharedBatch: shared memory needs values of one size, got a space whose values vary");
  },
  count: (batch) => expectList(batch).length,
  read: (batch, row) => expectList(batch)[row],
  write: (batch, row, value) => {
    const list = expectList(batch);
    list[expectRow(row, list.length)] = value;
  },
};

/** Records or tuples whose parts are batched one by one; `assemble` makes such a value of parts in their order. */
export function partRows(
  parts: readonly (readonly [key: string, rows: Rows])[],
  assemble: (parts: readonly unknown[]) => unknown,
): Rows {
  return {
    create: (n, memory) => assemble(parts.map(([, rows]) => rows.create(n, memory))),
    count: (batch) => {
      const counts = parts.map(([key, rows]) => rows.count(partOf(batch, key)));
      const [first = 0] = counts;
      if (counts.every((count) => count === first)) return first;
      throw new ShapeError(`batch: a batch must have as many rows in each part, got ${counts.join(", ")}`);
    },
    read: (batch, row) => assemble(parts.map(([key, rows]) => rows.read(partOf(batch, key), row))),
    write: (batch, row, value) => {
      for (const [key, rows] of parts) rows.write(partOf(batch, key), row, partOf(value, key));
    },
  };
}

function createArray(dtype: NumericType, length: number, memory: Memory): NumericArray {
  const Numbers = ARRAYS[dtype];
  if (memory === "own") return new Numbers(length);
  return new Numbers(new SharedArrayBuffer(length * Numbers.BYTES_PER_ELEMENT));
}

function expectInt32(batch: unknown): Int32Array {
  if (batch instanceof Int32Array) return batch;
  throw new ShapeError(`batch: a batch of numbers must be an Int32Array, got ${nameOf(batch)}`);
}

function expectList(batch: unknown): unknown[] {
  if (Array.isArray(batch)) return batch;
  throw new ShapeError(`batch: a batch of such values must be a list, got ${nameOf(batch)}`);
}

function expectRow(row: number, count: number): number {
  if (Number.isInteger(row) && row >= 0 && row < count) return row;
  throw new ShapeError(`batch: row must be in [0, ${count}), got ${row}`);
}

function partOf(value: unknown, key: string): unknown {
  if (typeof value === "object" && value !== null && Object.hasOwn(value, key)) return Reflect.get(value, key);
  throw new ShapeError(`batch: a batch or a row of it must have the part ${key}, got ${nameOf(value)}`);
}

function nameOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}
