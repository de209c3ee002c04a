import type * as tf from "@tensorflow/tfjs";
import type { DType } from "../../core/host-tensor.ts";
import type { GraphBuilder, ValueName } from "../graph.ts";
import { dtypeOf, type TracingBackend } from "../tracing-backend.ts";
import { castTo, withoutBool } from "./convert.ts";
import type { KernelCall, Lowering, Lowerings } from "./lowering.ts";

/** y = f(x) over floats, given as edges. Other dtypes are computed as floats and cast back, as tfjs does. */
function onFloats(build: (graph: GraphBuilder, x: ValueName, call: KernelCall) => ValueName, result?: DType): Lowering {
  return (call) => {
    const { backend, input } = call;
    const x = input("x");
    const y = build(backend.graph, backend.name(castTo(backend, x, "float32")), call);
    return castTo(backend, backend.info(y, x.shape, "float32"), result ?? dtypeOf(x));
  };
}

/** y = op(x) for one ONNX operator on floats. */
function unary(opType: string, result?: DType): Lowering {
  return onFloats((graph, x) => graph.op(opType, [x]), result);
}

/** y = op(x) for an ONNX operator that takes integers too. */
function unaryOnNumbers(opType: string): Lowering {
  return ({ backend, input }) => {
    const x = input("x");
    const numbers = withoutBool(backend, x);
    return castTo(backend, backend.emit(opType, [backend.name(numbers)], x.shape, dtypeOf(numbers)), dtypeOf(x));
  };
}

/** A claim about each float. */
function test(build: (graph: GraphBuilder, x: ValueName) => ValueName): Lowering {
  return ({ backend, input }) => {
    const x = input("x");
    return backend.info(build(backend.graph, backend.name(castTo(backend, x, "float32"))), x.shape, "bool");
  };
}

const not: Lowering = ({ backend, input }) => {
  const x = castTo(backend, input("x"), "bool");
  return backend.emit("Not", [backend.name(x)], x.shape, "bool");
};

const square: Lowering = ({ backend, input }) => {
  const x = input("x");
  return positive(backend, backend.emit("Mul", [backend.name(x), backend.name(x)], x.shape, dtypeOf(x)));
};

/** A tensor that holds no negative number. */
function positive(backend: TracingBackend, x: tf.TensorInfo): tf.TensorInfo {
  const name = backend.name(x);
  backend.setRange(name, { ...backend.rangeOf(name), low: 0 });
  return x;
}

/** tfjs' Step: 1 above zero, alpha elsewhere (for NaN too, which tfjs would keep: relu has passed it on by then). */
const step: Lowering = ({ backend, input, attrs }) => {
  const x = input("x");
  const { graph } = backend;
  const [name, dtype] = [backend.name(x), dtypeOf(x)];
  const positive = graph.op("Greater", [name, graph.scalar(0, dtype)]);
  const alpha = attrs.number("alpha", 0);
  if (alpha === 0) return castTo(backend, backend.info(positive, x.shape, "bool"), dtype);
  return backend.emit("Where", [positive, graph.scalar(1, dtype), graph.scalar(alpha, dtype)], x.shape, dtype);
};

const relu: Lowering = ({ backend, input }) => {
  const x = input("x");
  if (dtypeOf(x) === "float32") return positive(backend, backend.emit("Relu", [backend.name(x)], x.shape, "float32"));
  return backend.emit("Max", [backend.name(x), backend.graph.scalar(0, dtypeOf(x))], x.shape, dtypeOf(x));
};

function clip(bounds: (call: KernelCall) => readonly [number, number]): Lowering {
  return (call) => {
    const { backend, input } = call;
    const x = input("x");
    const limits = bounds(call).map((bound) => backend.graph.scalar(bound, dtypeOf(x)));
    return backend.emit("Clip", [backend.name(x), ...limits], x.shape, dtypeOf(x));
  };
}

/** The gradient of elu, from its result: dy where y >= 0, dy * (y + 1) elsewhere. */
const eluGrad: Lowering = ({ backend, input }) => {
  const { graph } = backend;
  const [dy, y] = [input("dy"), input("y")];
  const slope = graph.op("Add", [backend.name(y), graph.scalar(1, "float32")]);
  const below = graph.op("Mul", [backend.name(dy), slope]);
  const above = graph.op("GreaterOrEqual", [backend.name(y), graph.scalar(0, "float32")]);
  return backend.emit("Where", [above, backend.name(dy), below], y.shape, "float32");
};

const cast: Lowering = ({ backend, input, attrs }) => castTo(backend, input("x"), attrs.dtype("dtype"));

const isNan = (graph: GraphBuilder, x: ValueName): ValueName => graph.op("IsNaN", [x]);
const isInf = (graph: GraphBuilder, x: ValueName): ValueName => graph.op("IsInf", [x]);

/** Kernels of one tensor, element by element. */
export const unaryLowerings: Lowerings = {
  Abs: unaryOnNumbers("Abs"),
  Acos: unary("Acos"),
  Acosh: unary("Acosh"),
  Asin: unary("Asin"),
  Asinh: unary("Asinh"),
  Atan: unary("Atan"),
  Atanh: unary("Atanh"),
  Cast: cast,
  Ceil: unary("Ceil"),
  ClipByValue: clip(({ attrs }) => [attrs.number("clipValueMin"), attrs.number("clipValueMax")]),
  Cos: unary("Cos"),
  Cosh: unary("Cosh"),
  Elu: unary("Elu"),
  EluGrad: eluGrad,
  Erf: unary("Erf"),
  Exp: unary("Exp", "float32"),
  Expm1: onFloats((graph, x) => graph.op("Sub", [graph.op("Exp", [x]), graph.scalar(1, "float32")])),
  Floor: unary("Floor"),
  Identity: ({ backend, input }) => backend.clone(input("x")),
  IsFinite: test((graph, x) => graph.op("Not", [graph.op("Or", [isNan(graph, x), isInf(graph, x)])])),
  IsInf: test(isInf),
  IsNan: test(isNan),
  LeakyRelu: onFloats((graph, x, { attrs }) => graph.op("LeakyRelu", [x], { alpha: { float: attrs.number("alpha") } })),
  Log: unary("Log"),
  Log1p: onFloats((graph, x) => graph.op("Log", [graph.op("Add", [x, graph.scalar(1, "float32")])])),
  LogicalNot: not,
  Neg: unaryOnNumbers("Neg"),
  Reciprocal: unary("Reciprocal"),
  Relu: relu,
  Relu6: clip(() => [0, 6]),
  Round: unary("Round"),
  Rsqrt: onFloats((graph, x) => graph.op("Reciprocal", [graph.op("Sqrt", [x])])),
  Selu: unary("Selu"),
  Sigmoid: unary("Sigmoid"),
  Sign: unaryOnNumbers("Sign"),
  Sin: unary("Sin"),
  Sinh: unary("Sinh"),
  Softplus: unary("Softplus"),
  Sqrt: unary("Sqrt"),
  Square: square,
  Step: step,
  Tan: unary("Tan"),
  Tanh: unary("Tanh"),
};
