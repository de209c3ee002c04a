import { CompileError } from "../core/errors.ts";
import type { TensorSpec } from "../core/host-tensor.ts";
import type { Ring } from "./engine.ts";

/** @throws CompileError unless `slot` is a whole part of `entry` along the ring's axis, and otherwise alike. */
export function expectSlot(where: string, { axis }: Ring, entry: TensorSpec, slot: TensorSpec): void {
  const size = slot.shape[axis] ?? 0;
  const isPart = size > 0 && (entry.shape[axis] ?? 0) % size === 0;
  const isAlike = entry.shape.every((length, i) => i === axis || length === slot.shape[i]);
  if (isPart && isAlike && axis > 0 && entry.shape.length === slot.shape.length && entry.dtype === slot.dtype) return;
  throw new CompileError(
    `${where}: a slot must be a part of ${entry.dtype}[${entry.shape.join()}] along axis ${axis}, got ` +
      `${slot.dtype}[${slot.shape.join()}]`,
  );
}

type NumberArray = { readonly length: number; [index: number]: number };

/** Writes slots [B, ..., P, ...] into a ring's entry [B, ..., K, ...] in place; rows with a slot that it has not stay as they are. */
export function writeSlots(
  entry: { readonly data: NumberArray; readonly shape: readonly number[] },
  fresh: { readonly data: ArrayLike<number>; readonly shape: readonly number[] },
  axis: number,
  slots: ArrayLike<number>,
): void {
  const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);
  const inner = product(entry.shape.slice(axis + 1));
  const outer = product(entry.shape.slice(1, axis));
  const [stride, size] = [(entry.shape[axis] ?? 1) * inner, (fresh.shape[axis] ?? 1) * inner];
  const count = stride / size;
  for (let row = 0; row < slots.length; row++) {
    const slot = slots[row] ?? -1;
    if (!(slot >= 0 && slot < count)) continue;
    for (let part = row * outer; part < (row + 1) * outer; part++) {
      copy(fresh.data, part * size, entry.data, part * stride + slot * size, size);
    }
  }
}

/** Element by element: for the few numbers of a slot this is faster than a view and its `set`. */
function copy(from: ArrayLike<number>, start: number, to: NumberArray, at: number, count: number): void {
  for (let i = 0; i < count; i++) to[at + i] = from[start + i] ?? 0;
}
