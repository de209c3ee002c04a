import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { launch, onHost, readTensors } from "../../src/compute/device-tensors.ts";
import { eagerEngine } from "../../src/compute/eager-engine.ts";
import type { Engine, Executable } from "../../src/compute/engine.ts";
import { onnxEngine } from "../../src/compute/onnx-engine.ts";
import type { TensorFunction } from "../../src/compute/trace.ts";
import { ShapeError } from "../../src/core/errors.ts";
import { float32, int32, type HostTensor } from "../../src/core/host-tensor.ts";
import { pick } from "./counter.ts";

/* What a graph leaves on its device: fed to the next run as it is, and read when somebody asks, all at once. */

/** Doubles whole numbers and halves others; counts its runs. */
const step: TensorFunction = (given) => ({
  doubled: tf.mul(pick(given, "whole"), tf.scalar(2, "int32")),
  halved: tf.mul(pick(given, "half"), 0.5),
  runs: tf.add(pick(given, "runs"), 1),
});
const START = { whole: int32(Int32Array.of(3, -5), [2]), half: float32(Float32Array.of(0.1, 7, 1e-9, 4), [2, 2]) };
const SHAPES = { whole: { shape: [2], dtype: "int32" }, half: { shape: [2, 2], dtype: "float32" } } as const;

/** What one run returns, as what the next one takes. */
function asInputs<T>({ doubled, halved }: Record<string, T>): Record<string, T> {
  if (doubled === undefined || halved === undefined) throw new Error("outputs are missing");
  return { whole: doubled, half: halved };
}

/** The backend's calls that bring a tensor down. */
function countReads() {
  return vi.spyOn(tf.Tensor.prototype, "data");
}

describe.each<[string, boolean, () => Promise<Engine>]>([
  ["compiled", false, () => Promise.resolve(onnxEngine({ threads: 1 }))],
  ["cpu", true, () => eagerEngine("cpu")],
  ["wasm", true, () => eagerEngine("wasm")],
])("%s", (_, isEager, start) => {
  let engine: Engine;
  let executable: Executable;

  beforeEach(async () => {
    engine = await start();
    const state = { runs: float32(Float32Array.of(0), [1]) };
    executable = await engine.prepare(step, { name: "step", inputs: SHAPES, state });
  });

  afterEach(() => {
    vi.restoreAllMocks();
    executable.close();
  });

  test("a chain of runs that nobody reads ends as one that is read each time", async () => {
    let read: Record<string, HostTensor> = await executable.run(START);
    for (let i = 1; i < 5; i++) read = await executable.run(asInputs(read));
    const reads = countReads();
    let kept = await launch(executable, START);
    for (let i = 1; i < 5; i++) {
      const next = await launch(executable, asInputs(kept));
      for (const tensor of Object.values(kept)) tensor.dispose();
      kept = next;
    }
    expect(reads).not.toHaveBeenCalled();
    const names = Object.keys(kept);
    const down = await readTensors(engine, Object.values(kept));
    expect(Object.fromEntries(names.map((name, i) => [name, down[i]]))).toEqual(read);
    expect(reads).toHaveBeenCalledTimes(isEager ? 1 : 0);
    for (const tensor of Object.values(kept)) tensor.dispose();
    expect((await executable.readState())["runs"]?.data).toEqual(Float32Array.of(10));
  });

  test("several tensors come down in the order in which they were asked for, also twice, with what lies on the host", async () => {
    const { doubled: whole, halved: half } = await launch(executable, START);
    if (!whole || !half) throw new Error("outputs are missing");
    const host = int32(Int32Array.of(2 ** 24, -1), [2]);
    const got = await readTensors(engine, [half, onHost(host), whole, half]);
    const wanted = float32(
      Float32Array.from(START.half.data, (x) => x / 2),
      [2, 2],
    );
    expect(got).toEqual([wanted, host, int32(Int32Array.of(6, -10), [2]), wanted]);
    expect(await readTensors(engine, [])).toEqual([]);
    for (const tensor of [whole, half]) tensor.dispose();
  });

  test("holders share the numbers, which go with the last of them", async () => {
    const before = tf.memory().numDataBuffers;
    const { doubled: whole, halved: half } = await launch(executable, START);
    if (!whole || !half) throw new Error("outputs are missing");
    const other = whole.share();
    for (const tensor of [whole, whole, half]) tensor.dispose();
    expect((await readTensors(engine, [other]))[0]).toEqual(int32(Int32Array.of(6, -10), [2]));
    other.dispose();
    expect(tf.memory().numDataBuffers).toBe(before);
  });

  test("inputs that do not fit are refused, wherever they lie", async () => {
    const { doubled: whole, halved: half } = await launch(executable, START);
    if (!whole || !half) throw new Error("outputs are missing");
    await expect(launch(executable, { whole: half, half })).rejects.toThrow(ShapeError);
    await expect(launch(executable, { whole })).rejects.toThrow(/input half must be given/);
    for (const tensor of [whole, half]) tensor.dispose();
  });
});
