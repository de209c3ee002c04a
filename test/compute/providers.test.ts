import { describe, expect, test } from "vitest";
import { createEngine } from "../../src/compute/create-engine.ts";
import { onnxEngine } from "../../src/compute/onnx-engine.ts";
import { BackendError, ConfigError } from "../../src/core/errors.ts";
import { accumulate, counter, mismatches, vector } from "./counter.ts";

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
