import * as tf from "@tensorflow/tfjs";
import type { DType } from "../../core/host-tensor.ts";
import type { ValueName } from "../graph.ts";
import { dtypeOf, type TracingBackend } from "../tracing-backend.ts";
import type { KernelCall, Lowering, Lowerings } from "./lowering.ts";

const { assertAndGetBroadcastShape } = tf.backend_util;

/** A value cast to another dtype; nothing is emitted when it has it already. */
export function castTo(backend: TracingBackend, x: tf.TensorInfo, dtype: DType): tf.TensorInfo {
  if (dtypeOf(x) === dtype) return backend.clone(x);
  const uniform = backend.uniform(x);
  if (uniform !== null) return backend.uniformInfo(castNumber(uniform, dtype), x.shape, dtype);
  const onnxType = { float32: 1, int32: 6, bool: 9 }[dtype];
  return backend.emit("Cast", [backend.name(x)], x.shape, dtype, { to: onnxType });
}

function castNumber(value: number, dtype: DType): number {
  if (dtype === "bool") return value === 0 ? 0 : 1;
  return dtype === "int32" ? Math.trunc(value) : value;
}

/** y = op(x), same shape and dtype. */
function unary(opType: string): Lowering {
  return ({ backend, input }) => {
    const x = input("x");
    return backend.emit(opType, [backend.name(x)], x.shape, dtypeOf(x));
  };
}

/** y = expand(x) for ops that ONNX spells with several nodes. */
function composed(build: (call: KernelCall, x: ValueName, dtype: DType) => ValueName, result?: DType): Lowering {
  return (call) => {
    const x = call.input("x");
    const dtype = dtypeOf(x);
    return call.backend.info(build(call, call.backend.name(x), dtype), x.shape, result ?? dtype);
  };
}

/** The edge of an operand. A uniform one stays a scalar where the other operand alone gives the shape. */
function operand(backend: TracingBackend, x: tf.TensorInfo, other: tf.TensorInfo, shape: readonly number[]): ValueName {
  const uniform = backend.uniform(x);
  const otherGivesShape = tf.util.arraysEqual(other.shape, [...shape]) && backend.uniform(other) === null;
  return uniform !== null && otherGivesShape ? backend.graph.scalar(uniform, dtypeOf(x)) : backend.name(x);
}

/** c = op(a, b) with broadcasting. */
function binary(opType: string, result?: DType): Lowering {
  return ({ backend, input }) => {
    const [a, b] = [input("a"), input("b")];
    const shape = assertAndGetBroadcastShape(a.shape, b.shape);
    const names = [operand(backend, a, b, shape), operand(backend, b, a, shape)];
    return backend.emit(opType, names, shape, result ?? dtypeOf(a));
  };
}

/** Multiplying by one or adding zero everywhere (what gradients of sums are full of) is a broadcast or nothing. */
function withNeutral(opType: string, neutral: number): Lowering {
  const general = binary(opType);
  return (call) => {
    const { backend, input } = call;
    const [a, b] = [input("a"), input("b")];
    const shape = assertAndGetBroadcastShape(a.shape, b.shape);
    for (const [x, other] of [[a, b], [b, a]] as const) {
      if (backend.uniform(other) === neutral) return broadcastTo(backend, x, shape);
    }
    return general(call);
  };
}

/** x at a larger shape. */
export function broadcastTo(backend: TracingBackend, x: tf.TensorInfo, shape: readonly number[]): tf.TensorInfo {
  if (tf.util.arraysEqual(x.shape, [...shape])) return backend.clone(x);
  const uniform = backend.uniform(x);
  if (uniform !== null) return backend.uniformInfo(uniform, shape, dtypeOf(x));
  return backend.emit("Expand", [backend.name(x), backend.graph.int64(shape)], shape, dtypeOf(x));
}

/** floor(a / b); exact for integers of either sign. */
const floorDiv: Lowering = ({ backend, input }) => {
  const [a, b] = [input("a"), input("b")];
  const shape = assertAndGetBroadcastShape(a.shape, b.shape);
  const { graph } = backend;
  const [x, y] = [backend.name(a), backend.name(b)];
  if (dtypeOf(a) === "float32") return backend.emit("Floor", [graph.op("Div", [x, y])], shape, "float32");
  // ONNX Mod takes the divisor's sign, so a - mod(a, b) is an exact multiple of b.
  const multiple = graph.op("Sub", [x, graph.op("Mod", [x, y])]);
  return backend.emit("Div", [multiple, y], shape, "int32");
};

/** The remainder with the divisor's sign, as tfjs has it. */
const mod: Lowering = (call) => {
  const { backend, input } = call;
  const [a, b] = [input("a"), input("b")];
  if (dtypeOf(a) !== "float32") return binary("Mod")(call);
  const shape = assertAndGetBroadcastShape(a.shape, b.shape);
  const { graph } = backend;
  const [x, y] = [backend.name(a), backend.name(b)];
  const multiple = graph.op("Mul", [y, graph.op("Floor", [graph.op("Div", [x, y])])]);
  return backend.emit("Sub", [x, multiple], shape, "float32");
};

const squaredDifference: Lowering = ({ backend, input }) => {
  const [a, b] = [input("a"), input("b")];
  const difference = backend.graph.op("Sub", [backend.name(a), backend.name(b)]);
  return backend.emit(
    "Mul",
    [difference, difference],
    assertAndGetBroadcastShape(a.shape, b.shape),
    dtypeOf(a),
  );
};

/** tfjs' Step: 1 above zero, alpha below or at zero, NaN stays NaN. */
const step: Lowering = ({ backend, input, attrs }) => {
  const x = input("x");
  const { graph } = backend;
  const [name, dtype] = [backend.name(x), dtypeOf(x)];
  const positive = graph.op("Greater", [name, graph.scalar(0, dtype)]);
  const alpha = attrs.number("alpha", 0);
  if (alpha === 0) return castTo(backend, backend.info(positive, x.shape, "bool"), dtype);
  return backend.emit("Where", [positive, graph.scalar(1, dtype), graph.scalar(alpha, dtype)], x.shape, dtype);
};

const clip: Lowering = ({ backend, input, attrs }) => {
  const x = input("x");
  const bounds = ["clipValueMin", "clipValueMax"].map((name) =>
    backend.graph.scalar(attrs.number(name), dtypeOf(x)),
  );
  return backend.emit("Clip", [backend.name(x), ...bounds], x.shape, dtypeOf(x));
};

const relu = composed(({ backend }, x, dtype) =>
  dtype === "float32" ? backend.graph.op("Relu", [x]) : backend.graph.op("Max", [x, backend.graph.scalar(0, dtype)]),
);

const select: Lowering = ({ backend, input }) => {
  const [condition, t, e] = [input("condition"), input("t"), input("e")];
  const shape = assertAndGetBroadcastShape(condition.shape, assertAndGetBroadcastShape(t.shape, e.shape));
  if (dtypeOf(t) !== "bool") {
    // Uniform branches stay scalars where the condition already gives the shape.
    const named = [t, e].map((x) => operand(backend, x, condition, shape));
    return backend.emit("Where", [backend.name(condition), ...named], shape, dtypeOf(t));
  }
  // ONNX Runtime has no Where on booleans.
  const integers = [t, e].map((x) => backend.name(castTo(backend, x, "int32")));
  return castTo(backend, backend.emit("Where", [backend.name(condition), ...integers], shape, "int32"), "bool");
};

const cast: Lowering = ({ backend, input, attrs }) => {
  const x = input("x");
  const dtype = dtypeOf({ dtype: toDataType(attrs.string("dtype")) });
  return castTo(backend, x, dtype);
};

function toDataType(name: string): tf.DataType {
  if (name === "float32" || name === "int32" || name === "bool" || name === "complex64") return name;
  return "string";
}

const identity: Lowering = ({ backend, input }) => backend.clone(input("x"));

const likeUniform =
  (value: number): Lowering =>
  ({ backend, input }) => {
    const x = input("x");
    return backend.uniformInfo(value, x.shape, dtypeOf(x));
  };

/** 1 / x and the like, spelled with a numerator. */
const one = ({ backend }: KernelCall): ValueName => backend.graph.scalar(1, "float32");

export const elementwise: Lowerings = {
  Abs: unary("Abs"),
  Acos: unary("Acos"),
  Acosh: unary("Acosh"),
  Asin: unary("Asin"),
  Asinh: unary("Asinh"),
  Atan: unary("Atan"),
  Atanh: unary("Atanh"),
  Ceil: unary("Ceil"),
  Cos: unary("Cos"),
  Cosh: unary("Cosh"),
  Elu: unary("Elu"),
  Erf: unary("Erf"),
  Exp: unary("Exp"),
  Floor: unary("Floor"),
  Log: unary("Log"),
  LogicalNot: unary("Not"),
  Neg: unary("Neg"),
  Reciprocal: unary("Reciprocal"),
  Relu: relu,
  Round: unary("Round"),
  Sigmoid: unary("Sigmoid"),
  Sign: unary("Sign"),
  Sin: unary("Sin"),
  Sinh: unary("Sinh"),
  Softplus: unary("Softplus"),
  Sqrt: unary("Sqrt"),
  Tan: unary("Tan"),
  Tanh: unary("Tanh"),
  Expm1: composed((call, x) => call.backend.graph.op("Sub", [call.backend.graph.op("Exp", [x]), one(call)])),
  Log1p: composed((call, x) => call.backend.graph.op("Log", [call.backend.graph.op("Add", [x, one(call)])])),
  Rsqrt: composed(({ backend }, x) => backend.graph.op("Reciprocal", [backend.graph.op("Sqrt", [x])])),
  Square: composed(({ backend }, x) => backend.graph.op("Mul", [x, x])),
  Relu6: composed(({ backend }, x, dtype) =>
    backend.graph.op("Clip", [x, backend.graph.scalar(0, dtype), backend.graph.scalar(6, dtype)]),
  ),
  LeakyRelu: ({ backend, input, attrs }) => {
    const x = input("x");
    return backend.emit("LeakyRelu", [backend.name(x)], x.shape, dtypeOf(x), {
      alpha: { float: attrs.number("alpha") },
    });
  },
  IsNan: composed(({ backend }, x) => backend.graph.op("IsNaN", [x]), "bool"),
  IsInf: composed(({ backend }, x) => backend.graph.op("IsInf", [x]), "bool"),
  IsFinite: composed(
    ({ backend }, x) =>
      backend.graph.op("Not", [
        backend.graph.op("Or", [backend.graph.op("IsNaN", [x]), backend.graph.op("IsInf", [x])]),
      ]),
    "bool",
  ),
  Step: step,
  ClipByValue: clip,
  Cast: cast,
  Identity: identity,
  ZerosLike: likeUniform(0),
  OnesLike: likeUniform(1),
  Add: withNeutral("Add", 0),
  Sub: binary("Sub"),
  Multiply: withNeutral("Mul", 1),
  RealDiv: binary("Div"),
  FloorDiv: floorDiv,
  Mod: mod,
  Pow: binary("Pow"),
  Maximum: binary("Max"),
  Minimum: binary("Min"),
  SquaredDifference: squaredDifference,
  Equal: binary("Equal", "bool"),
  NotEqual: (call) => {
    const equal = binary("Equal", "bool")(call);
    const info = Array.isArray(equal) ? equal[0] : equal;
    return info ? call.backend.emit("Not", [call.backend.name(info)], info.shape, "bool") : [];
  },
  Greater: binary("Greater", "bool"),
  GreaterEqual: binary("GreaterOrEqual", "bool"),
  Less: binary("Less", "bool"),
  LessEqual: binary("LessOrEqual", "bool"),
  LogicalAnd: binary("And", "bool"),
  LogicalOr: binary("Or", "bool"),
  Select: select,
  AddN: ({ backend, inputs }) => {
    const [first] = inputs;
    return backend.emit("Sum", inputs.map((x) => backend.name(x)), first?.shape ?? [], first ? dtypeOf(first) : "float32");
  },
};
