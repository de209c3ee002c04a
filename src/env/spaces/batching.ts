import { ConfigError } from "../../core/errors.ts";
import { describe } from "../describe.ts";
import { expectCount } from "./arrays.ts";
import type { BatchOf } from "./rows.ts";
import { Space } from "./space.ts";

/**
 * Values side by side: a member of `space.batch(values.length)`, in memory of its own.
 * @throws ShapeError for a value of another type or size (ranges are not checked), ConfigError for what is no space.
 */
export function concatenate<T>(space: Space<T>, values: readonly T[]): BatchOf<T>;
export function concatenate(space: Space<unknown>, values: readonly unknown[]): unknown {
  const { rows } = expectSpace(space, "concatenate");
  const batch = rows.create(values.length, "own");
  for (const [row, value] of values.entries()) rows.write(batch, row, value);
  return batch;
}

/**
 * The rows of a batch, each in memory of its own and a member of `space`.
 * @throws ShapeError for what is no batch of such values, ConfigError for what is no space.
 */
export function iterate<T>(space: Space<T>, batch: BatchOf<T>): T[];
export function iterate(space: Space<unknown>, batch: unknown): unknown[] {
  const { rows } = expectSpace(space, "iterate");
  return Array.from({ length: rows.count(batch) }, (_, row) => rows.read(batch, row));
}

/**
 * Row `row` of a batch, in memory of its own.
 * @throws ShapeError for what is no batch of such values, ConfigError for what is no space.
 */
export function readRow<T>(space: Space<T>, batch: BatchOf<T>, row: number): T;
export function readRow(space: Space<unknown>, batch: unknown, row: number): unknown {
  return expectSpace(space, "readRow").rows.read(batch, row);
}

/**
 * Writes `value` as row `row` of a batch, in place.
 * @throws ShapeError for a row or a value of another type or size (ranges are not checked); a record or a tuple may
 * then be written in part. ConfigError for what is no space.
 */
export function writeRow<T>(space: Space<T>, batch: BatchOf<T>, row: number, value: T): void {
  expectSpace(space, "writeRow").rows.write(batch, row, value);
}

/**
 * An empty batch of `n` rows whose arrays lie in shared memory, for threads to write with `writeRow` and read with
 * `iterate`; a worker that it is posted to sees the same memory.
 * @throws ConfigError where values have no fixed size, and for what is no space.
 */
export function createSharedBatch<T>(space: Space<T>, n: number): BatchOf<T>;
export function createSharedBatch(space: Space<unknown>, n: number): unknown {
  return expectSpace(space, "createSharedBatch").rows.create(expectCount(n), "shared");
}

/** @throws ConfigError for what is no space. */
export function expectSpace<T>(space: Space<T>, where: string): Space<T> {
  if (space instanceof Space) return space;
  throw new ConfigError(`${where}: a space is needed, got ${describe(space)}`);
}
