import * as tf from "@tensorflow/tfjs";
import { dtypeOf } from "../tracing-backend.ts";
import type { ValueName } from "../graph.ts";
import { broadcastTo, castTo, operand, withoutBool } from "./convert.ts";
import type { KernelCall, Lowering, Lowerings } from "./lowering.ts";

const { assertAndGetBroadcastShape } = tf.backend_util;

type Operands = { readonly a: tf.TensorInfo; readonly b: tf.TensorInfo; readonly shape: number[] };

function operands({ input }: KernelCall): Operands {
  const [a, b] = [input("a"), input("b")];
  return { a, b, shape: assertAndGetBroadcastShape(a.shape, b.shape) };
}

function names({ backend }: KernelCall, { a, b, shape }: Operands): [ValueName, ValueName] {
  return [operand(backend, a, b, shape), operand(backend, b, a, shape)];
}

/** c = op(a, b) with broadcasting, of the dtype of a. */
function binary(opType: string): Lowering {
  return (call) => {
    const both = operands(call);
    return call.backend.emit(opType, names(call, both), both.shape, dtypeOf(both.a));
  };
}

type Arithmetic = {
  readonly compute: (a: number, b: number) => number;
  /** b for which op(a, b) = a. */
  readonly neutral: number;
  readonly commutes: boolean;
};

/** Gradients are full of sums with zero and products with one: known numbers are computed, neutral ones dropped. */
function arithmetic(opType: string, { compute, neutral, commutes }: Arithmetic): Lowering {
  const general = binary(opType);
  return (call) => {
    const { backend } = call;
    const { a, b, shape } = operands(call);
    const [left, right] = [backend.uniform(a), backend.uniform(b)];
    if (left !== null && right !== null && dtypeOf(a) === "float32") {
      return backend.uniformInfo(Math.fround(compute(left, right)), shape, "float32");
    }
    if (right === neutral) return broadcastTo(backend, a, shape);
    return commutes && left === neutral ? broadcastTo(backend, b, shape) : general(call);
  };
}

/** A claim about two tensors; booleans compare as integers. */
function comparison(opType: string, negated = false): Lowering {
  return (call) => {
    const { backend } = call;
    const { a, b, shape } = operands(call);
    const both = { a: withoutBool(backend, a), b: withoutBool(backend, b), shape };
    const claim = backend.emit(opType, names(call, both), shape, "bool");
    return negated ? backend.emit("Not", [backend.name(claim)], shape, "bool") : claim;
  };
}

/** floor(a / b) as int32, which tfjs makes of floats too; exact for integers of either sign. */
const floorDiv: Lowering = (call) => {
  const { backend } = call;
  const { graph } = backend;
  const both = operands(call);
  const [x, y] = names(call, both);
  if (dtypeOf(both.a) === "float32") {
    return castTo(backend, backend.emit("Floor", [graph.op("Div", [x, y])], both.shape, "float32"), "int32");
  }
  // ONNX Mod takes the divisor's sign, so a - mod(a, b) is an exact multiple of b.
  const multiple = graph.op("Sub", [x, graph.op("Mod", [x, y])]);
  return backend.emit("Div", [multiple, y], both.shape, "int32");
};

/** The remainder with the divisor's sign, as tfjs has it; for floats ONNX has only C's, with the dividend's sign. */
const mod: Lowering = (call) => {
  const both = operands(call);
  if (dtypeOf(both.a) !== "float32") return binary("Mod")(call);
  const { graph } = call.backend;
  const [x, y] = names(call, both);
  const remainder = graph.op("Mod", [x, y], { fmod: 1 });
  const wrongSign = graph.op("Less", [graph.op("Mul", [remainder, y]), graph.scalar(0, "float32")]);
  const moved = graph.op("Add", [remainder, y]);
  return call.backend.emit("Where", [wrongSign, moved, remainder], both.shape, "float32");
};

const squaredDifference: Lowering = (call) => {
  const both = operands(call);
  const difference = call.backend.graph.op("Sub", names(call, both));
  return call.backend.emit("Mul", [difference, difference], both.shape, dtypeOf(both.a));
};

/** The angle of the point (b, a): atan(a / b), half a turn on where b is negative, and 0 at the origin. */
const atan2: Lowering = (call) => {
  const { backend } = call;
  const { graph } = backend;
  const both = operands(call);
  const [y, anyX] = names(call, both);
  const zero = graph.scalar(0, "float32");
  // Beside a zero with a sign, a / b would point the other way.
  const x = graph.op("Where", [graph.op("Equal", [anyX, zero]), zero, anyX]);
  const angle = graph.op("Atan", [graph.op("Div", [y, x])]);
  const halfTurn = graph.op("Where", [
    graph.op("Less", [y, zero]),
    graph.scalar(-Math.PI, "float32"),
    graph.scalar(Math.PI, "float32"),
  ]);
  const turn = graph.op("Where", [graph.op("Less", [x, zero]), halfTurn, zero]);
  const isOrigin = graph.op("And", [graph.op("Equal", [y, zero]), graph.op("Equal", [x, zero])]);
  const point = graph.op("Where", [isOrigin, zero, angle]);
  return backend.emit("Add", [point, turn], both.shape, "float32");
};

const prelu: Lowering = ({ backend, input }) => {
  const [x, alpha] = [input("x"), input("alpha")];
  return backend.emit("PRelu", [backend.name(x), backend.name(alpha)], x.shape, dtypeOf(x));
};

/** A logical op; tfjs takes any number for a truth value. */
function logical(opType: string): Lowering {
  return ({ backend, input }) => {
    const [a, b] = [castTo(backend, input("a"), "bool"), castTo(backend, input("b"), "bool")];
    const shape = assertAndGetBroadcastShape(a.shape, b.shape);
    return backend.emit(opType, [backend.name(a), backend.name(b)], shape, "bool");
  };
}

const select: Lowering = ({ backend, input }) => {
  const [condition, t, e] = [input("condition"), input("t"), input("e")];
  const shape = assertAndGetBroadcastShape(condition.shape, assertAndGetBroadcastShape(t.shape, e.shape));
  // ONNX Runtime has no Where on booleans. Uniform branches stay scalars where the condition gives the shape.
  const branches = [t, e].map((x) => operand(backend, withoutBool(backend, x), condition, shape));
  const dtype = dtypeOf(withoutBool(backend, t));
  return castTo(backend, backend.emit("Where", [backend.name(condition), ...branches], shape, dtype), dtypeOf(t));
};

const addN: Lowering = ({ backend, inputs }) => {
  const [first, ...rest] = inputs;
  if (!first) return [];
  const sum = rest.reduce((total, x) => backend.graph.op("Add", [total, backend.name(x)]), backend.name(first));
  return backend.info(sum, first.shape, dtypeOf(first));
};

/** Kernels of several tensors, element by element. */
export const binaryLowerings: Lowerings = {
  Add: arithmetic("Add", { compute: (a, b) => a + b, neutral: 0, commutes: true }),
  AddN: addN,
  Atan2: atan2,
  BitwiseAnd: binary("BitwiseAnd"),
  Equal: comparison("Equal"),
  FloorDiv: floorDiv,
  Greater: comparison("Greater"),
  GreaterEqual: comparison("GreaterOrEqual"),
  Less: comparison("Less"),
  LessEqual: comparison("LessOrEqual"),
  LogicalAnd: logical("And"),
  LogicalOr: logical("Or"),
  Maximum: binary("Max"),
  Minimum: binary("Min"),
  Mod: mod,
  Multiply: arithmetic("Mul", { compute: (a, b) => a * b, neutral: 1, commutes: true }),
  NotEqual: comparison("Equal", true),
  Pow: binary("Pow"),
  Prelu: prelu,
  RealDiv: arithmetic("Div", { compute: (a, b) => a / b, neutral: 1, commutes: false }),
  Select: select,
  SquaredDifference: squaredDifference,
  Sub: arithmetic("Sub", { compute: (a, b) => a - b, neutral: 0, commutes: false }),
};
