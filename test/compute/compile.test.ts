import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Executable, PrepareOptions } from "../../src/compute/engine.ts";
import { compile } from "../../src/compute/onnx-engine.ts";
import { traceStateful } from "../../src/compute/trace-stateful.ts";
import type { TensorFunction } from "../../src/compute/trace.ts";
import { CompileError } from "../../src/core/errors.ts";
import { float32, int32, type HostTensor, type HostTensors } from "../../src/core/host-tensor.ts";
import { Rng } from "../../src/core/rng.ts";
import { accumulate, counter, mismatches, pick, vector } from "./counter.ts";

const ONE_THREAD = { threads: 1 };
const opened: Executable[] = [];

beforeEach(async () => {
  await tf.setBackend("cpu");
});

afterEach(() => {
  for (const executable of opened.splice(0)) executable.close();
});

async function open(fn: TensorFunction, options: PrepareOptions): Promise<Executable> {
  const executable = await compile(fn, options, ONE_THREAD);
  opened.push(executable);
  return executable;
}

const rng = new Rng("compile");

function random(shape: readonly number[]): HostTensor {
  const size = shape.reduce((product, length) => product * length, 1);
  return float32(
    Float32Array.from({ length: size }, () => rng.normal() / 2),
    shape,
  );
}

describe("a training step of an attention block", () => {
  const state = { query: random([4, 4]), key: random([4, 4]), value: random([4, 4]), moment: random([4, 4]) };
  const spec = { x: { shape: [2, 3, 4], dtype: "float32" }, target: { shape: [2, 3], dtype: "int32" } } as const;
  const options = { name: "step", inputs: spec, constants: { scale: float32(Float32Array.of(0.5), []) }, state };

  /** Attention, cross-entropy, its gradient, and descent with momentum on one of the weights. */
  const step: TensorFunction = (given) => {
    const [x, target, scale] = [pick(given, "x"), pick(given, "target"), pick(given, "scale")];
    const loss = (query: tf.Tensor, key: tf.Tensor, value: tf.Tensor): tf.Scalar => {
      const flat = tf.reshape(x, [6, 4]);
      const project = (w: tf.Tensor): tf.Tensor => tf.reshape(tf.matMul(flat, w), [2, 3, 4]);
      const scores = tf.mul(tf.matMul(project(query), project(key), false, true), scale);
      const mixed = tf.add(tf.matMul(tf.softmax(scores), project(value)), x);
      const hot = tf.oneHot(tf.cast(target, "int32"), 4);
      return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(mixed), hot), -1))).asScalar();
    };
    const weights = [pick(given, "query"), pick(given, "key"), pick(given, "value")];
    const { value: total, grads } = tf.valueAndGrads((...ws) => {
      const [query, key, value] = ws;
      if (!query || !key || !value) throw new Error("three weights expected");
      return loss(query, key, value);
    })(weights);
    const [dQuery, dKey, dValue] = grads;
    if (!dQuery || !dKey || !dValue) throw new Error("three gradients expected");
    const moment = tf.add(tf.mul(pick(given, "moment"), 0.9), dValue);
    return {
      loss: total,
      moment,
      query: tf.sub(pick(given, "query"), tf.mul(dQuery, 0.1)),
      key: tf.sub(pick(given, "key"), tf.mul(dKey, 0.1)),
      value: tf.sub(pick(given, "value"), tf.mul(moment, 0.1)),
    };
  };

  const batch = (): HostTensors => ({
    x: random([2, 3, 4]),
    target: int32(
      Int32Array.from({ length: 6 }, () => rng.integer(4)),
      [2, 3],
    ),
  });

  test("gives the loss and the state of the same step run eagerly, run after run", async () => {
    const compiled = await open(step, options);
    let current: HostTensors = state;
    for (let run = 0; run < 4; run += 1) {
      const inputs = batch();
      const { loss, ...next } = runEagerly(step, { ...inputs, ...options.constants, ...current });
      expect(mismatches(await compiled.run(inputs), { loss: loss ?? vector() })).toEqual([]);
      current = next;
      expect(mismatches(await compiled.readState(), current)).toEqual([]);
    }
  });

  test("leaves the arrays that it was prepared with as they were", async () => {
    const before = Float32Array.from(state.query.data);
    const compiled = await open(step, options);
    await compiled.run(batch());
    await compiled.run(batch());
    expect(state.query.data).toEqual(before);
  });
});

function runEagerly(fn: TensorFunction, inputs: HostTensors): HostTensors {
  return tf.tidy(() => {
    const given = Object.entries(inputs).map(([key, x]) => [key, tf.tensor(x.data.slice(), [...x.shape], x.dtype)]);
    const outputs = fn(Object.fromEntries(given));
    const entries = Object.entries(outputs).map(([key, y]) => [key, float32(Float32Array.from(y.dataSync()), y.shape)]);
    return Object.fromEntries(entries);
  });
}

describe("a changed state", () => {
  test("of another shape or dtype is refused", async () => {
    const grow: TensorFunction = (given) => ({ total: tf.concat([pick(given, "total"), pick(given, "x")]) });
    const cast: TensorFunction = (given) => ({ total: tf.cast(pick(given, "total"), "int32") });
    await expect(open(grow, counter)).rejects.toThrow(/state total must keep its shape float32\[2\], got float32\[4\]/);
    await expect(open(cast, counter)).rejects.toThrow(CompileError);
  });
});

describe("functions that cannot compile", () => {
  const options: PrepareOptions = { name: "bad", inputs: { x: { shape: [1, 4, 4, 1], dtype: "float32" } } };

  async function failure(fn: TensorFunction): Promise<unknown> {
    return open(fn, options).catch((error: unknown) => error);
  }

  test.each([
    ["dataSync", (x: tf.Tensor) => tf.scalar(x.dataSync()[0] ?? 0)],
    ["arraySync", (x: tf.Tensor) => tf.scalar(Number(x.arraySync()))],
  ])("because they call %s are told to pass the value in", async (_, read) => {
    const error = await failure((given) => ({ y: read(pick(given, "x")) }));
    expect(error).toBeInstanceOf(CompileError);
    expect(String(error)).toMatch(/must not read the value of a tensor.*pass the value in as an input/);
  });

  test("because of an op without a lowering are told which, and where it was called", async () => {
    const error = await failure((given) => ({
      y: tf.conv2d(pick(given, "x") as tf.Tensor4D, tf.ones([2, 2, 1, 1]), 1, "same"),
    }));
    expect(error).toBeInstanceOf(CompileError);
    expect(String(error)).toMatch(/Conv2D has no ONNX lowering, called at .*compile\.test\.ts:\d+:\d+/);
  });

  test("because of such an op inside a gradient are told where too", async () => {
    const grad = tf.grad((x) => tf.sum(tf.avgPool(x as tf.Tensor4D, 2, 1, "same")));
    const error = await failure((given) => ({ y: grad(pick(given, "x")) }));
    expect(String(error)).toMatch(/AvgPool has no ONNX lowering, called at .*compile\.test\.ts:\d+:\d+/);
  });

  test("because they draw random numbers are told to pass them in", async () => {
    const error = await failure(() => ({ y: tf.multinomial(tf.tensor1d([0.1, 0.9]), 3, 7) }));
    expect(String(error)).toMatch(/Multinomial has no ONNX lowering.*draw uniforms outside and pass them in/);
  });

  test("because of a dtype that an op has no kernel for are told to cast", async () => {
    const error = await failure((given) => ({ y: tf.mul(tf.isNaN(pick(given, "x")), tf.isInf(pick(given, "x"))) }));
    expect(error).toBeInstanceOf(CompileError);
    expect(String(error)).toMatch(/compile\(bad\).*Mul.*cast first/s);
  });

  test("because an op has no lowering are told where, though tfjs' frames are named by its sources", async () => {
    const error = await failure(() => {
      const missing = new Error("Kernel 'Some' not registered");
      missing.stack = "Error\n  at run (/app/tfjs-core/src/engine.ts:1:2)\n  at mine (/app/my-model.ts:3:4)";
      throw missing;
    });
    expect(String(error)).toMatch(/Some has no ONNX lowering, called at mine \(.*my-model\.ts:3:4\) - /);
  });

  test.each([
    ["nothing", undefined, "none"],
    ["no tensor at all", {}, "none"],
    ["a number among tensors", { y: tf.scalar(1), z: 3 }, "z"],
    ["a promise", Promise.resolve({}), "a promise"],
  ])("because they return %s are told so", async (_, returned, got) => {
    const error = await failure((() => returned) as TensorFunction);
    expect(error).toBeInstanceOf(CompileError);
    expect(String(error)).toContain(`must return tensors by their names, one or more and at once, got ${got} - `);
  });

  test.each(["", "%Mul_1"])("because of an output named %j are told so", async (name) => {
    const error = await failure((given) => ({ [name]: tf.neg(pick(given, "x")) }));
    expect(error).toBeInstanceOf(CompileError);
    expect(String(error)).toContain(`names that do not begin with %, got ${JSON.stringify(name)}`);
  });

  test("because an output has an input's name are told so", async () => {
    const error = await failure((given) => ({ x: tf.neg(pick(given, "x")) }));
    expect(String(error)).toMatch(/output must not be named like an input, got x/);
  });

  test("throw their own errors, leave the backend as it was and leak no tensor", async () => {
    const before = tf.memory().numTensors;
    const error = await failure((given) => {
      tf.mul(pick(given, "x"), 2);
      throw new RangeError("mine");
    });
    expect(error).toEqual(new RangeError("mine"));
    expect(tf.getBackend()).toBe("cpu");
    expect(tf.memory().numTensors).toBe(before);
    expect(tf.add(1, 2).dataSync()[0]).toBe(3);
  });
});

describe("tracing", () => {
  test("leaves the backend as it was and leaks no tensor", async () => {
    const before = tf.memory().numTensors;
    await open(accumulate, counter);
    expect(tf.getBackend()).toBe("cpu");
    expect(tf.memory().numTensors).toBe(before);
  });

  test("stores tensors captured from another backend as constants, and leaves them usable there", async () => {
    const captured = tf.tensor1d([3, 5]);
    const fn: TensorFunction = (given) => ({ y: tf.mul(pick(given, "x"), captured) });
    const options: PrepareOptions = { name: "captured", inputs: counter.inputs };
    const [first, second] = [await open(fn, options), await open(fn, options)];
    expect(Array.from(captured.dataSync())).toEqual([3, 5]);
    captured.dispose();
    expect(mismatches(await first.run({ x: vector(2, 4) }), { y: vector(6, 20) })).toEqual([]);
    expect(mismatches(await second.run({ x: vector(1, 1) }), { y: vector(3, 5) })).toEqual([]);
  });

  test("keeps values of its own apart from inputs and outputs, whatever these are called", async () => {
    const fn: TensorFunction = (given) => {
      const [x, y] = [pick(given, "const_1"), pick(given, "Mul_2")];
      const product = tf.mul(x, tf.tensor1d([1, 2]));
      return { Add_3: product, sum: tf.add(product, y) };
    };
    const spec = { shape: [2], dtype: "float32" } as const;
    const executable = await open(fn, { name: "names", inputs: { const_1: spec, Mul_2: spec } });
    const outputs = await executable.run({ const_1: vector(10, 20), Mul_2: vector(1, 1) });
    expect(mismatches(outputs, { Add_3: vector(10, 40), sum: vector(11, 41) })).toEqual([]);
  });

  test("gives the same bytes every time", () => {
    const [a, b] = [traceStateful(accumulate, counter), traceStateful(accumulate, counter)];
    expect(a.bytes).toEqual(b.bytes);
  });

  test("refuses a tensor that was kept from another trace", async () => {
    let kept: tf.Tensor | null = null;
    const leak: TensorFunction = (given) => {
      kept = tf.keep(tf.neg(pick(given, "x")));
      return { y: tf.add(kept, 1) };
    };
    await open(leak, { name: "leak", inputs: counter.inputs });
    const reuse: TensorFunction = (given) => ({ y: tf.add(pick(given, "x"), kept ?? 0) });
    await expect(open(reuse, { name: "reuse", inputs: counter.inputs })).rejects.toThrow(/another trace/);
    tf.dispose(kept ?? []);
  });

  test("writes equal constants and equal nodes once", () => {
    const weights = Array.from({ length: 1000 }, (_, i) => Math.sin(i));
    const sumOf = (copies: number): number => {
      const terms = (x: tf.Tensor): tf.Tensor[] =>
        Array.from({ length: copies }, () => tf.mul(tf.tensor1d(weights), x));
      const fn: TensorFunction = (given) => ({ y: tf.addN(terms(pick(given, "x"))) });
      return traceStateful(fn, { name: "sum", inputs: { x: { shape: [1000], dtype: "float32" } } }).bytes.length;
    };
    expect(sumOf(9) - sumOf(2)).toBeLessThan(1000);
  });

  test("keeps tensors of one number everywhere small", () => {
    const fn: TensorFunction = (given) => {
      const ones = tf.mul(tf.ones([1000, 1000]), 3);
      return { y: tf.add(pick(given, "x"), tf.transpose(tf.reshape(ones, [1000, 1000]))) };
    };
    const { bytes } = traceStateful(fn, { name: "ones", inputs: { x: { shape: [1000, 1000], dtype: "float32" } } });
    expect(bytes.length).toBeLessThan(10_000);
  });

  test("leaves out what no output needs", () => {
    const idle: TensorFunction = (given) => {
      tf.matMul(tf.tensor2d(Array.from({ length: 100 }, (_, i) => [i])), tf.ones([1, 100]));
      return { y: tf.neg(pick(given, "x")) };
    };
    const lean: TensorFunction = (given) => ({ y: tf.neg(pick(given, "x")) });
    const options: PrepareOptions = { name: "idle", inputs: counter.inputs };
    expect(traceStateful(idle, options).bytes.length).toBe(traceStateful(lean, options).bytes.length);
  });

  test("serves inputs and outputs without elements", async () => {
    const fn: TensorFunction = (given) => ({ y: tf.concat([pick(given, "x"), tf.ones([2, 3])]), z: pick(given, "x") });
    const executable = await open(fn, { name: "empty", inputs: { x: { shape: [0, 3], dtype: "float32" } } });
    const { y, z } = await executable.run({ x: float32(new Float32Array(0), [0, 3]) });
    expect(y?.shape).toEqual([2, 3]);
    expect(z?.shape).toEqual([0, 3]);
  });
});
