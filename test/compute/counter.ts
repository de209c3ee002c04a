import * as tf from "@tensorflow/tfjs";
import type { PrepareOptions } from "../../src/compute/engine.ts";
import type { TensorFunction, Tensors } from "../../src/compute/trace.ts";
import { float32, type HostTensor, type HostTensors } from "../../src/core/host-tensor.ts";

/** The tensor of this name. */
export function pick(tensors: Tensors, name: string): tf.Tensor {
  const tensor = tensors[name];
  if (!tensor) throw new Error(`no tensor ${name}`);
  return tensor;
}

/** A float32 host tensor of rank 1. */
export function vector(...numbers: readonly number[]): HostTensor {
  return float32(Float32Array.from(numbers), [numbers.length]);
}

/** What differs between named tensors by more than 1e-4, a line each. */
export function mismatches(got: HostTensors, want: HostTensors): string[] {
  const names = new Set([...Object.keys(got), ...Object.keys(want)]);
  return [...names].flatMap((key) => {
    const [a, b] = [got[key], want[key]];
    if (!a || !b) return [`${key}: ${a ? "not expected" : "missing"}`];
    if (a.shape.join() !== b.shape.join()) return [`${key}: want [${b.shape.join()}], got [${a.shape.join()}]`];
    const wrong = b.data.findIndex((value, i) => !(Math.abs(value - (a.data[i] ?? NaN)) < 1e-4));
    return wrong < 0 ? [] : [`${key}[${wrong}]: want ${b.data[wrong]}, got ${a.data[wrong]}`];
  });
}

/** A counter: adds the input to its state. */
export const accumulate: TensorFunction = (given) => {
  const total = tf.add(pick(given, "total"), pick(given, "x"));
  return { total, doubled: tf.mul(total, 2) };
};
/** How `accumulate` is prepared. */
export const counter: PrepareOptions = {
  name: "counter",
  inputs: { x: { shape: [2], dtype: "float32" } },
  state: { total: vector(0, 0) },
};
