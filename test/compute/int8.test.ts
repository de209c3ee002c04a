import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createEngine } from "../../src/compute/create-engine.ts";
import type { Executable, PrepareOptions } from "../../src/compute/engine.ts";
import { onnxEngine } from "../../src/compute/onnx-engine.ts";
import { traceStateful } from "../../src/compute/trace-stateful.ts";
import type { Precision } from "../../src/compute/precision.ts";
import type { TensorFunction } from "../../src/compute/trace.ts";
import { ConfigError } from "../../src/core/errors.ts";
import { float32, type HostTensor } from "../../src/core/host-tensor.ts";
import { Rng } from "../../src/core/rng.ts";
import { rmsNorm, squaredRelu } from "../../src/nn/ops.ts";
import { pick } from "./counter.ts";

const [ROWS, WIDTH, HIDDEN] = [6, 64, 512];
const opened: Executable[] = [];

beforeEach(async () => {
  await tf.setBackend("cpu");
});

afterEach(() => {
  for (const executable of opened.splice(0)) executable.close();
});

const rng = new Rng("int8");

function random(shape: readonly [number, number], scale = 1): HostTensor {
  return float32(
    Float32Array.from({ length: shape[0] * shape[1] }, () => scale * rng.normal()),
    shape,
  );
}

const options: PrepareOptions = {
  name: "products",
  inputs: { x: { shape: [ROWS, WIDTH], dtype: "float32" } },
  constants: { up: random([WIDTH, HIDDEN], 0.1), down: random([HIDDEN, WIDTH], 0.1) },
  mayApproximate: true,
};
const x = random([ROWS, WIDTH]);

const up = (given: Parameters<TensorFunction>[0], rows: tf.Tensor) => tf.matMul(rows, pick(given, "up"));
const down = (given: Parameters<TensorFunction>[0], rows: tf.Tensor) => tf.matMul(rows, pick(given, "down"));

/** Products of what is known to lie in a range, what is known to be positive, and what may be anything. */
const FUNCTIONS: Readonly<Record<string, TensorFunction>> = {
  "a normed row": (given) => ({ y: up(given, rmsNorm(pick(given, "x"))) }),
  "squares of a relu": (given) => ({ y: down(given, squaredRelu(up(given, pick(given, "x")))) }),
  "any row": (given) => ({ y: up(given, tf.mul(pick(given, "x"), 1000)) }),
  "transposed weights": (given) => ({ y: tf.matMul(rmsNorm(pick(given, "x")), pick(given, "down"), false, true) }),
};

async function run(fn: TensorFunction, precision: Precision, given = x): Promise<Float32Array> {
  const executable = await onnxEngine({ threads: 1, precision }).prepare(fn, options);
  opened.push(executable);
  const { y } = await executable.run({ x: given });
  if (y?.dtype !== "float32") throw new Error("floats expected");
  return y.data;
}

function isQuantized(fn: TensorFunction, changes: Partial<PrepareOptions> = {}): boolean {
  const { bytes } = traceStateful(fn, { ...options, ...changes }, { precision: "int8" });
  return Buffer.from(bytes).includes("MatMulIntegerToFloat");
}

const sumOfSquares = (values: Float32Array): number => values.reduce((sum, value) => sum + value * value, 0);

test.each(Object.entries(FUNCTIONS))("%s times weights, in integers, is off by a hundredth or two", async (_, fn) => {
  expect(isQuantized(fn)).toBe(true);
  const [exact, close] = [await run(fn, "float32"), await run(fn, "int8")];
  expect(close).not.toEqual(exact);
  const off = sumOfSquares(close.map((value, i) => value - (exact[i] ?? 0)));
  expect(Math.sqrt(off / sumOfSquares(exact))).toBeLessThan(0.03);
});

test.each(Object.entries(FUNCTIONS))("%s: what comes out of a row does not depend on the other rows", async (_, fn) => {
  const others = float32(
    Float32Array.from(x.data, (value, i) => (i < WIDTH ? value : 50 * value + (i % 7))),
    x.shape,
  );
  const [alone, beside] = [await run(fn, "int8"), await run(fn, "int8", others)];
  const width = alone.length / ROWS;
  expect(beside.slice(0, width)).toEqual(alone.slice(0, width));
  expect(beside.slice(width)).not.toEqual(alone.slice(width));
});

test("a row of zeros stays zeros", async () => {
  const zeros = float32(new Float32Array(ROWS * WIDTH), x.shape);
  for (const fn of Object.values(FUNCTIONS))
    expect(await run(fn, "int8", zeros)).toEqual(await run(fn, "float32", zeros));
});

test("what may not approximate, has weights that change or only few of them, stays as it is", () => {
  const { "a normed row": fn = () => ({}) } = FUNCTIONS;
  const inFloats = traceStateful(fn, options).bytes;
  expect(traceStateful(fn, { ...options, mayApproximate: false }, { precision: "int8" }).bytes).toEqual(inFloats);
  const { constants = {} } = options;
  expect(isQuantized(fn, { constants: {}, state: constants })).toBe(false);
  expect(isQuantized(fn, { constants: { ...constants, up: random([WIDTH, 8]) } })).toBe(false);
});

test("precisions are float32 and int8, and int8 is for the compiled engine on the CPU", async () => {
  const errorOf = (engine: string, precision: string, env = {}) =>
    createEngine(engine, { precision }, env).then(
      () => null,
      (error: unknown) => error,
    );
  expect(await errorOf("onnx", "float32")).toBeNull();
  expect(await errorOf("cpu", "float32")).toBeNull();
  const wrong = [
    [await errorOf("onnx", "int4"), /precision: must be one of float32, int8, got int4/],
    [await errorOf("cpu", "int8"), /precision: int8 needs the engine onnx, got cpu/],
    [await errorOf("onnx", "int8", { GENIE_ONNX_PROVIDERS: "webgpu,cpu" }), /int8 is for the CPU, got .*webgpu/],
  ] as const;
  for (const [error, message] of wrong) {
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toMatch(message);
  }
});
