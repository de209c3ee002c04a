import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { compile } from "../../src/compute/onnx-engine.ts";
import { SUPPORTED_KERNELS } from "../../src/compute/trace.ts";
import { specsOf } from "../../src/core/host-tensor.ts";
import type { HostTensor, HostTensors } from "../../src/core/host-tensor.ts";
import { caseGraph, type CaseGraph } from "./cases/case-graph.ts";
import { CASES } from "./cases/index.ts";

const RELATIVE = 1e-5;
const ABSOLUTE = 2e-6;

beforeAll(async () => {
  await tf.setBackend("cpu");
});

// tf.profile does not end when what it profiles throws.
afterEach(() => {
  tf.engine().state.profiling = false;
});

test("every kernel that compiles has cases", () => {
  expect(Object.keys(CASES).toSorted()).toEqual(SUPPORTED_KERNELS);
});

describe.each(Object.entries(CASES))("%s", (kernel, cases) => {
  test("gives the numbers of the cpu backend, and their gradients", async () => {
    const graph = caseGraph(cases);
    const expected = await runEagerly(graph);
    const compiled = await runCompiled(kernel, graph);
    graph.dispose();
    expect(Object.keys(compiled)).toEqual(Object.keys(expected));
    expect(Object.entries(expected).flatMap(([key, want]) => difference(key, want, compiled[key]))).toEqual([]);
  });

  test.skipIf(cases.some(({ reference }) => reference))("is what its cases reach", async () => {
    const graph = caseGraph(cases);
    const { kernels } = await tf.profile(() => tf.tidy(() => void graph.run(toTensors(graph.inputs))));
    graph.dispose();
    expect(kernels.map(({ name }) => name)).toContain(kernel);
  });
});

function toTensors(inputs: HostTensors): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([key, { data, shape, dtype }]) => [key, tf.tensor(data.slice(), [...shape], dtype)]),
  );
}

async function runEagerly({ inputs, reference }: CaseGraph): Promise<Record<string, HostTensor>> {
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

async function runCompiled(kernel: string, { inputs, run }: CaseGraph): Promise<HostTensors> {
  const executable = await compile(run, { name: kernel, inputs: specsOf(inputs) }, { threads: 1 });
  try {
    return await executable.run(inputs);
  } finally {
    executable.close();
  }
}

/** What is wrong with a result, in at most one line. */
function difference(key: string, want: HostTensor, got: HostTensor | undefined): string[] {
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
