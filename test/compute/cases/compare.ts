import * as tf from "@tensorflow/tfjs";
import type { HostTensor, HostTensors } from "../../../src/core/host-tensor.ts";
import type { CaseGraph } from "./case-graph.ts";

const RELATIVE = 1e-5;
const ABSOLUTE = 2e-6;

/** Tensors of the current backend. */
export function toTensors(inputs: HostTensors): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([key, { data, shape, dtype }]) => [key, tf.tensor(data.slice(), [...shape], dtype)]),
  );
}

/** What the cases should give, on the current backend of tfjs. */
export async function runEagerly({ inputs, reference }: CaseGraph): Promise<Record<string, HostTensor>> {
  const outputs = tf.tidy(() => reference(toTensors(inputs)));
  const entries = Object.entries(outputs).map(([key, y]): [string, HostTensor] => [key, toHost(y)]);
  tf.dispose({ ...outputs });
  return Object.fromEntries(entries);
}

function toHost(tensor: tf.Tensor): HostTensor {
  const { shape, dtype } = tensor;
  const data = tensor.dataSync();
  if (dtype === "int32") return { dtype, shape, data: Int32Array.from(data) };
  if (dtype === "bool") return { dtype, shape, data: Uint8Array.from(data) };
  return { dtype: "float32", shape, data: Float32Array.from(data) };
}

/** What is wrong with a result, in at most one line. */
export function difference(key: string, want: HostTensor, got: HostTensor | undefined): string[] {
  if (!got) return [`${key}: missing`];
  if (got.dtype !== want.dtype || got.shape.join() !== want.shape.join()) {
    return [`${key}: want ${want.dtype}[${want.shape.join()}], got ${got.dtype}[${got.shape.join()}]`];
  }
  if (got.data.length !== want.data.length)
    return [`${key}: want ${want.data.length} elements, got ${got.data.length}`];
  const wrong = want.data.findIndex((value, i) => !isClose(value, got.data[i] ?? NaN, want.dtype !== "float32"));
  return wrong < 0 ? [] : [`${key}, element ${wrong}: want ${want.data[wrong]}, got ${got.data[wrong]}`];
}

function isClose(want: number, got: number, isExact: boolean): boolean {
  if (Object.is(want, got) || want === got) return true;
  return !isExact && Math.abs(want - got) <= ABSOLUTE + RELATIVE * Math.abs(want);
}
