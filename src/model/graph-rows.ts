import type { Executable } from "../compute/engine.ts";
import { ShapeError } from "../core/errors.ts";
import type { HostTensor, HostTensors } from "../core/host-tensor.ts";

/** One row of every state tensor [B, ...], each [1, ...] in memory of its own. */
export async function readRow(executable: Executable, row: number): Promise<HostTensors> {
  const state = await executable.readState();
  return Object.fromEntries(Object.entries(state).map(([name, tensor]) => [name, rowOf(tensor, row)]));
}

/** Replaces one row of every state tensor. */
export async function writeRow(executable: Executable, row: number, values: HostTensors): Promise<void> {
  const state = await executable.readState();
  for (const [name, tensor] of Object.entries(state)) {
    const value = values[name];
    if (value) tensor.data.set(value.data, row * value.data.length);
  }
  executable.writeState(state);
}

function rowOf(tensor: HostTensor, row: number): HostTensor {
  const [rows = 1, ...rest] = tensor.shape;
  const length = tensor.data.length / rows;
  const shape = [1, ...rest];
  const [start, end] = [row * length, (row + 1) * length];
  if (tensor.dtype === "float32") return { dtype: "float32", shape, data: tensor.data.slice(start, end) };
  if (tensor.dtype === "int32") return { dtype: "int32", shape, data: tensor.data.slice(start, end) };
  return { dtype: "bool", shape, data: tensor.data.slice(start, end) };
}

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
