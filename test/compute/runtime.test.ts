import { expect, test, vi } from "vitest";
import { createEngine } from "../../src/compute/create-engine.ts";
import { BackendError } from "../../src/core/errors.ts";
import { accumulate, counter, mismatches, vector } from "./counter.ts";

vi.mock("onnxruntime-node", () => {
  throw new Error("libonnxruntime.so.1: cannot open shared object file");
});

test("without ONNX Runtime the compiled engine says what to do, and eager engines still run", async () => {
  const error: unknown = await createEngine("onnx", {}, {}).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(BackendError);
  expect(String(error)).toMatch(/onnxruntime-node must load.*npm rebuild/);

  const executable = await (await createEngine("cpu", {}, {})).prepare(accumulate, counter);
  expect(mismatches(await executable.run({ x: vector(1, 2) }), { doubled: vector(2, 4) })).toEqual([]);
  executable.close();
});
