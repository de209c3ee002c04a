import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { compile } from "../../src/compute/onnx-engine.ts";
import { SUPPORTED_KERNELS } from "../../src/compute/trace.ts";
import { specsOf } from "../../src/core/host-tensor.ts";
import type { HostTensors } from "../../src/core/host-tensor.ts";
import { caseGraph, type CaseGraph } from "./cases/case-graph.ts";
import { difference, runEagerly, toTensors } from "./cases/compare.ts";
import { CASES } from "./cases/index.ts";

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

async function runCompiled(kernel: string, { inputs, run }: CaseGraph): Promise<HostTensors> {
  const executable = await compile(run, { name: kernel, inputs: specsOf(inputs) }, { threads: 1 });
  try {
    return await executable.run(inputs);
  } finally {
    executable.close();
  }
}
