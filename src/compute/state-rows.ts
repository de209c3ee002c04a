import { ShapeError } from "../core/errors.ts";
import { expectSpec, sliceRows, type HostTensors } from "../core/host-tensor.ts";
import type { Signature } from "./trace.ts";

/** @throws ShapeError unless each of `rows` is one of a state of these specs, whose entries are [B, ...]. */
export function expectRows(graph: string, state: Signature, rows: readonly number[]): void {
  for (const { shape } of Object.values(state)) {
    const [count = 0] = shape;
    const wrong = rows.find((row) => !(Number.isInteger(row) && row >= 0 && row < count));
    if (wrong !== undefined) throw new ShapeError(`${graph}: rows must lie in [0, ${count}), got ${wrong}`);
  }
}

/** @throws ShapeError as `expectRows`, and unless there is a value for each row, which has every entry, [1, ...] each. */
export function expectRowValues(
  graph: string,
  state: Signature,
  rows: readonly number[],
  values: readonly HostTensors[],
): void {
  expectRows(graph, state, rows);
  if (values.length !== rows.length) {
    throw new ShapeError(`${graph}: there must be a value for each of ${rows.length} rows, got ${values.length}`);
  }
  const wanted = Object.entries(state);
  for (const value of new Set(values)) {
    for (const [key, { shape, dtype }] of wanted) {
      const tensor = value[key];
      if (!tensor) throw new ShapeError(`${graph}: ${key} must be among a row's values, got nothing`);
      expectSpec(graph, key, { shape: shape.with(0, 1), dtype }, tensor);
    }
  }
}

/** Rows of whole batches, [1, ...] each in memory of their own. */
export function pickRows(batch: HostTensors, rows: readonly number[]): HostTensors[] {
  const entries = Object.entries(batch);
  return rows.map((row) => Object.fromEntries(entries.map(([key, tensor]) => [key, sliceRows(tensor, row, row + 1)])));
}
