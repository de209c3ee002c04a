import { ConfigError } from "../../core/errors.ts";
import { expectSpace } from "./batching.ts";
import { Box } from "./box.ts";
import { DictSpace } from "./dict.ts";
import { isSpaceDtypeShapeEquiv } from "./equality.ts";
import { MultiDiscrete } from "./multi-discrete.ts";
import type { Space } from "./space.ts";
import { TupleSpace } from "./tuple.ts";

/**
 * The space of one value of each of these spaces side by side. They may differ in what their values may be, but not in
 * the dtypes and shapes. Its random stream starts where the first one's is.
 * @throws ConfigError for no space at all, for what is no space, and for values that lie differently in memory.
 */
export function batchDifferingSpaces(spaces: readonly Space<unknown>[]): Space<unknown> {
  const where = "batchDifferingSpaces";
  const [first, ...others] = spaces.map((space) => expectSpace(space, where));
  if (first === undefined) throw new ConfigError(`${where}: at least one space is needed, got none`);
  const stranger = others.find((space) => !isSpaceDtypeShapeEquiv(first, space));
  if (stranger === undefined) return join(first, spaces);
  throw new ConfigError(`${where}: values must have one dtype and shape, got ${String(first)} and ${String(stranger)}`);
}

function join(first: Space<unknown>, spaces: readonly Space<unknown>[]): Space<unknown> {
  if (first instanceof DictSpace) {
    const keys = Object.keys(first.spaces);
    return new DictSpace<Record<string, unknown>>(
      keys.map((key) => [key, batchDifferingSpaces(partsAt(spaces, key))] as const),
    );
  }
  if (first instanceof TupleSpace) {
    const indices = Object.keys(first.spaces);
    return new TupleSpace(indices.map((index) => batchDifferingSpaces(partsAt(spaces, index))));
  }
  return joinRows(spaces) ?? new TupleSpace(spaces.map((space) => space.copy()));
}

/** Batches of one row each, one after another; null where values are not batched as numbers. */
function joinRows(spaces: readonly Space<unknown>[]): Space<unknown> | null {
  const rows = spaces.map((space) => space.batch(1));
  const [first] = rows;
  if (first instanceof Box) {
    const boxes = rows.filter((row) => row instanceof Box);
    const [low, high] = [boxes.flatMap((box) => [...box.low]), boxes.flatMap((box) => [...box.high])];
    return new Box({ low, high, shape: [rows.length, ...first.shape.slice(1)], dtype: first.dtype, rng: first.rng });
  }
  if (!(first instanceof MultiDiscrete)) return null;
  const choices = rows.filter((row) => row instanceof MultiDiscrete);
  const start = choices.flatMap((row) => [...row.start]);
  return new MultiDiscrete(
    choices.flatMap((row) => [...row.nvec]),
    { start, rng: first.rng },
  );
}

function partsAt(spaces: readonly Space<unknown>[], key: string): Space<unknown>[] {
  return spaces.map((space) =>
    space instanceof DictSpace || space instanceof TupleSpace ? Reflect.get(space.spaces, key) : space,
  );
}
