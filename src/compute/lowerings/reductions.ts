import * as tf from "@tensorflow/tfjs";
import type { DType } from "../../core/host-tensor.ts";
import { dtypeOf } from "../tracing-backend.ts";
import { castTo, frontAxis, fromInt64, withoutBool } from "./convert.ts";
import type { KernelCall, Lowering, Lowerings } from "./lowering.ts";

/** The axes that a kernel call reduces over, non-negative; all of them when none is named. */
function reducedAxes({ attrs, input }: KernelCall): number[] {
  const { shape } = input("x");
  // Max alone calls its axes reductionIndices.
  const name = attrs.has("reductionIndices") ? "reductionIndices" : "axis";
  return attrs.has(name) ? tf.util.parseAxisParam(attrs.numbers(name), shape) : [...shape.keys()];
}

function reducedShape(call: KernelCall, axes: readonly number[]): number[] {
  const { shape } = call.input("x");
  if (call.attrs.boolean("keepDims")) return shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return shape.filter((_, axis) => !axes.includes(axis));
}

/** A reduction that ONNX has, computed in `computeIn` and returned as `result` (default: as the input, bool as int32). */
function reduce(opType: string, computeIn?: DType, result?: DType): Lowering {
  return (call) => {
    const { backend, attrs, input } = call;
    const numbers = withoutBool(backend, input("x"));
    const x = castTo(backend, numbers, computeIn ?? dtypeOf(numbers));
    const axes = reducedAxes(call);
    const out = result ?? dtypeOf(x);
    if (axes.length === 0) return castTo(backend, x, out);
    const keepdims = attrs.boolean("keepDims") ? 1 : 0;
    const operands = [backend.name(x), backend.graph.int64(axes)];
    const reduced = backend.emit(opType, operands, reducedShape(call, axes), dtypeOf(x), { keepdims });
    return castTo(backend, reduced, out);
  };
}

/** Sums of symbolic uniforms (gradients of means) stay symbolic. */
const sum: Lowering = (call) => {
  const { backend, input } = call;
  const x = withoutBool(backend, input("x"));
  const uniform = backend.uniform(x);
  if (uniform === null) return reduce("ReduceSum")(call);
  const axes = reducedAxes(call);
  const count = axes.reduce((product, axis) => product * (x.shape[axis] ?? 1), 1);
  return backend.uniformInfo(uniform * count, reducedShape(call, axes), dtypeOf(x));
};

function argReduce(opType: string): Lowering {
  return ({ backend, attrs, input }) => {
    const x = withoutBool(backend, input("x"));
    const [axis = 0] = tf.util.parseAxisParam(attrs.numbers("axis"), x.shape);
    const index = backend.graph.op(opType, [backend.name(x)], { axis, keepdims: 0 });
    return fromInt64(backend, index, x.shape.toSpliced(axis, 1));
  };
}

const cumsum: Lowering = ({ backend, attrs, input }) => {
  const x = withoutBool(backend, input("x"));
  const axis = frontAxis(attrs.number("axis", 0), x.shape);
  const flags = { exclusive: Number(attrs.boolean("exclusive")), reverse: Number(attrs.boolean("reverse")) };
  return backend.emit("CumSum", [backend.name(x), backend.graph.scalar(axis, "int32")], x.shape, dtypeOf(x), flags);
};

/** Products of all that came before: in round k every element takes in the 2^k before it (Hillis and Steele 1986). */
const cumprod: Lowering = ({ backend, attrs, input }) => {
  const x = withoutBool(backend, input("x"));
  const { graph } = backend;
  const axis = frontAxis(attrs.number("axis", 0), x.shape);
  const length = x.shape[axis] ?? 1;
  const isReverse = attrs.boolean("reverse");
  /** The elements `by` places earlier, ones where there are none. */
  const shifted = (value: string, by: number): string => {
    const [from, to] = isReverse ? [by, length] : [0, length - by];
    const kept = graph.op("Slice", [value, ...[[from], [to], [axis]].map((numbers) => graph.int64(numbers))]);
    const ones = graph.fill(1, x.shape.with(axis, by), dtypeOf(x));
    return graph.op("Concat", isReverse ? [kept, ones] : [ones, kept], { axis });
  };
  let product = attrs.boolean("exclusive") ? shifted(backend.name(x), 1) : backend.name(x);
  for (let by = 1; by < length; by *= 2) product = graph.op("Mul", [product, shifted(product, by)]);
  return backend.info(product, x.shape, dtypeOf(x));
};

const softmax: Lowering = ({ backend, attrs, input }) => {
  const x = castTo(backend, input("logits"), "float32");
  const axis = frontAxis(attrs.number("dim", -1), x.shape);
  return backend.emit("Softmax", [backend.name(x)], x.shape, "float32", { axis });
};

const topK: Lowering = ({ backend, attrs, input }) => {
  const x = input("x");
  const { graph } = backend;
  const k = attrs.number("k");
  const shape = [...x.shape.slice(0, -1), k];
  const options = { axis: -1, largest: 1, sorted: Number(attrs.boolean("sorted")) };
  const [values = "", indices = ""] = graph.node("TopK", [backend.name(x), graph.int64([k])], options, 2);
  return [backend.info(values, shape, dtypeOf(x)), fromInt64(backend, indices, shape)];
};

/** Kernels along axes. */
export const reductionLowerings: Lowerings = {
  All: reduce("ReduceMin", "int32", "bool"),
  Any: reduce("ReduceMax", "int32", "bool"),
  ArgMax: argReduce("ArgMax"),
  ArgMin: argReduce("ArgMin"),
  Cumprod: cumprod,
  Cumsum: cumsum,
  Max: reduce("ReduceMax"),
  Mean: reduce("ReduceMean", "float32"),
  Min: reduce("ReduceMin"),
  Prod: reduce("ReduceProd"),
  Softmax: softmax,
  Sum: sum,
  TopK: topK,
};
