import { availableParallelism } from "node:os";
import { describe, expect, test } from "vitest";
import { createEngine } from "../../src/compute/create-engine.ts";
import { onnxEngine } from "../../src/compute/onnx-engine.ts";
import { traceStateful } from "../../src/compute/trace-stateful.ts";
import { OnnxExecutable } from "../../src/compute/onnx-executable.ts";
import type { TensorFunction } from "../../src/compute/trace.ts";
import { BackendError, ConfigError } from "../../src/core/errors.ts";
import { unitNorm } from "../../src/nn/ops.ts";
import { accumulate, counter, mismatches, pick, vector } from "./counter.ts";

describe("providers of the compiled engine", () => {
  test("come from GENIE_ONNX_PROVIDERS, with commas", async () => {
    const engine = await createEngine("onnx", {}, { GENIE_ONNX_PROVIDERS: " cpu , cpu" });
    const executable = await engine.prepare(accumulate, counter);
    expect(mismatches(await executable.run({ x: vector(1, 2) }), { doubled: vector(2, 4) })).toEqual([]);
    executable.close();
  });

  test("that ONNX Runtime does not have are an error, even beside one that it has", async () => {
    const error: unknown = await createEngine("onnx", {}, { GENIE_ONNX_PROVIDERS: "abacus,cpu" }).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(BackendError);
    expect(String(error)).toMatch(/providers: each must be one of cpu, .*got abacus/);
    expect(() => onnxEngine({ providers: [] })).toThrow(BackendError);
  });

  test.each(["cpu", "cuda"])("get graphs of operators that they have, which say the same: %s", async (provider) => {
    const inputs = { x: { shape: [2], dtype: "float32" } } as const;
    const options = { name: "norm", inputs };
    const fn: TensorFunction = (given) => ({ y: unitNorm(pick(given, "x")) });
    const { bytes, outputs } = traceStateful(fn, options, { isForCpu: provider === "cpu" });
    expect(Buffer.from(bytes).includes("LpNormalization")).toBe(provider === "cpu");
    const graph = { ...options, bytes, outputs, state: {}, rings: {} };
    // Here it runs on the CPU all the same.
    const executable = await OnnxExecutable.open(graph, {});
    expect(mismatches(await executable.run({ x: vector(3e-4, -4e-4) }), { y: vector(0.6, -0.8) })).toEqual([]);
    expect(mismatches(await executable.run({ x: vector(0, 0) }), { y: vector(0, 0) })).toEqual([]);
    executable.close();
  });
});

test.each([0, -1, 1.5, Number.NaN, 1e6])("%s threads are refused before they are started", async (threads) => {
  const refused = createEngine("onnx", { threads }, {});
  await expect(refused).rejects.toThrow(ConfigError);
  await expect(refused).rejects.toThrow(
    `threads: must be an integer from 1 to ${availableParallelism()}, the cores of this machine, got ${threads}`,
  );
});

test("threads are for the compiled engine, where their number changes no result", async () => {
  const engine = await createEngine("onnx", { threads: 1 }, {});
  const executable = await engine.prepare(accumulate, counter);
  expect(mismatches(await executable.run({ x: vector(1, 2) }), { doubled: vector(2, 4) })).toEqual([]);
  executable.close();
  const refused = createEngine("cpu", { threads: 1 }, {});
  await expect(refused).rejects.toThrow(ConfigError);
  await expect(refused).rejects.toThrow(/threads: 1 needs the engine onnx, got cpu - leave one of the two out/);
});

test.each([undefined, ""])("GENIE_ENGINE=%j chooses no engine", async (value) => {
  expect((await createEngine(undefined, {}, { GENIE_ENGINE: value })).name).toBe("onnx");
  await expect(createEngine(undefined, {}, { GENIE_ENGINE: "abacus" })).rejects.toThrow(
    /must be one of .*, got abacus/,
  );
});
