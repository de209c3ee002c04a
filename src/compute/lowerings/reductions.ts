import * as tf from "@tensorflow/tfjs";
import type { DType } from "../../core/host-tensor.ts";
import { sizeOf } from "../../core/shape.ts";
import { dtypeOf } from "../tracing-backend.ts";
import { castTo } from "./elementwise.ts";
import type { KernelCall, Lowering, Lowerings } from "./lowering.ts";

/** The axes that a kernel call reduces over, non-negative; all of them when none is named. */
function reducedAxes({ attrs, input }: KernelCall): number[] {
  const { shape } = input("x");
  const axes = attrs.has("axis") ? attrs.numbers("axis") : shape.map((_, axis) => axis);
  return tf.util.parseAxisParam(axes, shape);
}

function reducedShape(call: KernelCall, axes: readonly number[]): number[] {
  const { shape } = call.input("x");
  if (call.attrs.boolean("keepDims")) return shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return shape.filter((_, axis) => !axes.includes(axis));
}

/** A reduction that ONNX has; `computeIn` is the dtype that ONNX Runtime reduces in, `result` the one that tfjs returns. */
function reduce(opType: string, computeIn?: DType, result?: DType): Lowering {
  return (call) => {
    const { backend, attrs, input } = call;
    const x = castTo(backend, input("x"), computeIn ?? (dtypeOf(input("x")) === "bool" ? "int32" : dtypeOf(input("x"))));
    const axes = reducedAxes(call);
    const shape = reducedShape(call, axes);
    const out = result ?? dtypeOf(x);
    if (axes.length === 0) return castTo(backend, x, out);
    const keepdims = attrs.boolean("keepDims") ? 1 : 0;
    const reduced = backend.emit(opType, [backend.name(x), backend.graph.int64(axes)], shape, dtypeOf(x), { keepdims });
    return castTo(backend, reduced, out);
  };
}

/** tfjs sums of symbolic uniforms (gradients of means) stay symbolic. */
const sum: Lowering = (call) => {
  const { backend, input } = call;
  const x = input("x");
  const uniform = backend.uniform(x);
  if (uniform === null) return reduce("ReduceSum")(call);
  const shape = reducedShape(call, reducedAxes(call));
  const total = uniform * (sizeOf(x.shape) / sizeOf(shape));
  return backend.uniformInfo(total, shape, dtypeOf(x) === "bool" ? "int32" : dtypeOf(x));
};

function argReduce(opType: string): Lowering {
  return ({ backend, attrs, input }) => {
    const x = castTo(backend, input("x"), dtypeOf(input("x")) === "bool" ? "int32" : dtypeOf(input("x")));
    const [axis = 0] = tf.util.parseAxisParam(attrs.numbers("axis"), x.shape);
    const shape = x.shape.filter((_, i) => i !== axis);
    const index = backend.graph.op(opType, [backend.name(x)], { axis, keepdims: 0 });
    return backend.emit("Cast", [index], shape, "int32", { to: 6 });
  };
}

const cumsum: Lowering = ({ backend, attrs, input }) => {
  const x = input("x");
  const [axis = 0] = tf.util.parseAxisParam([attrs.number("axis", 0)], x.shape);
  const flags = { exclusive: Number(attrs.boolean("exclusive")), reverse: Number(attrs.boolean("reverse")) };
  return backend.emit("CumSum", [backend.name(x), backend.graph.scalar(axis, "int32")], x.shape, dtypeOf(x), flags);
};

function alongAxis(opType: string, axisName: string): Lowering {
  return ({ backend, attrs, input }) => {
    const x = input("logits");
    const [axis = 0] = tf.util.parseAxisParam([attrs.number(axisName, -1)], x.shape);
    return backend.emit(opType, [backend.name(x)], x.shape, "float32", { axis });
  };
}

const topK: Lowering = ({ backend, attrs, input }) => {
  const x = input("x");
  const k = attrs.number("k");
  const shape = [...x.shape.slice(0, -1), k];
  const options = { axis: -1, largest: 1, sorted: Number(attrs.boolean("sorted")) };
  const [values = "", indices = ""] = backend.graph.node(
    "TopK",
    [backend.name(x), backend.graph.int64([k])],
    options,
    2,
  );
  return [backend.info(values, shape, dtypeOf(x)), backend.emit("Cast", [indices], shape, "int32", { to: 6 })];
};

export const reductions: Lowerings = {
  Sum: sum,
  Mean: reduce("ReduceMean", "float32"),
  Max: reduce("ReduceMax"),
  Min: reduce("ReduceMin"),
  Prod: reduce("ReduceProd"),
  All: reduce("ReduceMin", "int32", "bool"),
  Any: reduce("ReduceMax", "int32", "bool"),
  ArgMax: argReduce("ArgMax"),
  ArgMin: argReduce("ArgMin"),
  Cumsum: cumsum,
  Softmax: alongAxis("Softmax", "dim"),
  LogSoftmax: alongAxis("LogSoftmax", "axis"),
  TopK: topK,
};
