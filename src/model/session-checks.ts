import { ShapeError } from "../core/errors.ts";
import type { HostTensor, HostTensors } from "../core/host-tensor.ts";
import { sizeOf } from "../core/shape.ts";
import type { Signature } from "../compute/trace.ts";
import type { Frames } from "../core/frames.ts";

/** The numbers of an output that holds whole ones. */
export function expectIntegers(tensor: HostTensor | undefined, name: string): Int32Array {
  if (tensor?.dtype === "int32") return tensor.data;
  throw new ShapeError(`world: output ${name} must be int32, got ${String(tensor?.dtype)}`);
}

/** The numbers of an output that holds others. */
export function expectFloats(tensor: HostTensor | undefined, name: string): Float32Array {
  if (tensor?.dtype === "float32") return tensor.data;
  throw new ShapeError(`world: output ${name} must be float32, got ${String(tensor?.dtype)}`);
}

/** Throws `ShapeError` unless each row is one of the session's, named once, and has a prompt with a frame. */
export function expectPrompts(rows: readonly number[], prompts: readonly Frames[], numEnvs: number): void {
  expectDifferentRows("reset", rows, numEnvs);
  expectAsMany("reset", "a prompt", rows, prompts);
  const empty = prompts.findIndex(({ count }) => count < 1);
  if (empty >= 0) throw new ShapeError(`reset: a prompt must have a frame, got none for row ${rows[empty]}`);
}

/** Throws `ShapeError` unless each row is one of the session's, named once. */
export function expectDifferentRows(where: string, rows: readonly number[], numEnvs: number): void {
  const wrong = rows.find((row, i) => !(Number.isInteger(row) && row >= 0 && row < numEnvs) || rows.indexOf(row) !== i);
  if (wrong === undefined) return;
  throw new ShapeError(`${where}: rows must be different integers from 0 to ${numEnvs - 1}, got ${rows.join(", ")}`);
}

/** Throws `ShapeError` unless there is one of what is given for each row. */
export function expectAsMany(where: string, what: string, rows: readonly number[], given: readonly unknown[]): void {
  if (given.length === rows.length) return;
  throw new ShapeError(`${where}: there must be ${what} for each of ${rows.length} rows, got ${given.length}`);
}

/** Throws `ShapeError` unless a state has tensors of these specs. */
export function expectLike(state: HostTensors, specs: Signature, where: string): void {
  for (const [name, { dtype, shape }] of Object.entries(specs)) {
    const given = state[name];
    const wanted = `${dtype}[${shape.join()}]`;
    const got = given ? `${given.dtype}[${given.shape.join()}]` : "nothing";
    if (got === wanted && ArrayBuffer.isView(given?.data) && given?.data.length === sizeOf(shape)) continue;
    const remedy =
      got === wanted
        ? "pass it as getState made it, which JSON does not keep"
        : "pass a state of this world's getState";
    throw new ShapeError(`${where}: ${name} must be ${wanted}, got ${got} - ${remedy}`);
  }
}
