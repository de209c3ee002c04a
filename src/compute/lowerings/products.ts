import * as tf from "@tensorflow/tfjs";
import { CompileError } from "../../core/errors.ts";
import type { ValueName } from "../graph.ts";
import { dtypeOf, type TracingBackend } from "../tracing-backend.ts";
import { binaryLowerings } from "./binary.ts";
import { withoutBool } from "./convert.ts";
import { int8Product } from "./int8.ts";
import { KernelAttributes, type KernelCall, type Lowering, type Lowerings } from "./lowering.ts";
import { unaryLowerings } from "./unary.ts";

/** The operand, with its last two axes swapped where asked. */
function side(backend: TracingBackend, x: tf.TensorInfo, isTransposed: boolean): ValueName {
  if (!isTransposed) return backend.name(x);
  const rank = x.shape.length;
  const perm = [...x.shape.keys()].slice(0, rank - 2).concat(rank - 1, rank - 2);
  return backend.graph.op("Transpose", [backend.name(x)], { perm });
}

function batchMatMul({ backend, attrs, input }: KernelCall): tf.TensorInfo {
  const [a, b] = [withoutBool(backend, input("a")), withoutBool(backend, input("b"))];
  const [transposeA, transposeB] = [attrs.boolean("transposeA"), attrs.boolean("transposeB")];
  const batch = tf.backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const rows = a.shape.at(transposeA ? -1 : -2) ?? 1;
  const columns = b.shape.at(transposeB ? -2 : -1) ?? 1;
  const operands: [ValueName, ValueName] = [side(backend, a, transposeA), side(backend, b, transposeB)];
  const isQuantized = backend.precision === "int8" && !transposeA && b.shape.length === 2;
  const quantized = isQuantized ? int8Product(backend, a, operands[1], columns) : null;
  if (quantized) return quantized;
  return backend.emit("MatMul", operands, [...batch, rows, columns], dtypeOf(a));
}

const ACTIVATION_KERNELS: Readonly<Record<string, string>> = {
  relu: "Relu",
  relu6: "Relu6",
  elu: "Elu",
  sigmoid: "Sigmoid",
  leakyrelu: "LeakyRelu",
  prelu: "Prelu",
};

/** matMul, then bias, then activation. */
const fusedMatMul: Lowering = (call) => {
  const { backend, attrs, optional } = call;
  const product = batchMatMul(call);
  const bias = optional("bias");
  const sum = bias
    ? backend.emit("Add", [backend.name(product), backend.name(bias)], product.shape, dtypeOf(product))
    : product;
  const activation = attrs.string("activation", "linear");
  if (activation === "linear") return sum;
  const kernel = ACTIVATION_KERNELS[activation] ?? "";
  const lowering = unaryLowerings[kernel] ?? binaryLowerings[kernel];
  if (lowering) return lowering(activationCall(call, kernel, sum));
  throw new CompileError(
    `compile: activation must be one of ${Object.keys(ACTIVATION_KERNELS).join(", ")}, got ${activation}`,
  );
};

/** The call of the activation's own kernel on x, with the names that it knows its inputs and attributes by. */
function activationCall(call: KernelCall, kernel: string, x: tf.TensorInfo): KernelCall {
  const inputs: Readonly<Record<string, tf.TensorInfo | null>> = { x, alpha: call.optional("preluActivationWeights") };
  const optional = (name: string): tf.TensorInfo | null => inputs[name] ?? null;
  return {
    backend: call.backend,
    attrs: new KernelAttributes(kernel, { alpha: call.attrs.number("leakyreluAlpha", 0.2) }),
    inputs: [x],
    optional,
    input: (name) => optional(name) ?? call.input("preluActivationWeights"),
  };
}

const einsum: Lowering = ({ backend, attrs, inputs }) => {
  const equation = attrs.string("equation").replaceAll(/\s/g, "");
  const [terms = "", result = ""] = equation.split("->");
  const sizes = new Map<string, number>();
  for (const [i, term] of terms.split(",").entries()) {
    for (const [axis, letter] of term.split("").entries()) sizes.set(letter, inputs[i]?.shape[axis] ?? 1);
  }
  const shape = result.split("").map((letter) => sizes.get(letter) ?? 1);
  const [first] = inputs;
  const names = inputs.map((x) => backend.name(x));
  return backend.emit("Einsum", names, shape, first ? dtypeOf(first) : "float32", { equation });
};

/** The largest element of a normed row that 8 bits need to tell apart, in units of the row's root mean square. */
const LARGEST_NORMAL = 8;

/** x / sqrt(mean(x^2) + epsilon) over the last axis. */
const rmsNorm: Lowering = ({ backend, attrs, input }) => {
  const x = input("x");
  const normal = scaledToMean(backend, x, attrs.number("epsilon"), 1);
  // Rows have length sqrt(D), so no element is larger than that, and next to none so large that a row is little else.
  const high = Math.min(Math.sqrt(x.shape.at(-1) ?? 1), LARGEST_NORMAL);
  backend.setRange(normal, { low: -high, high });
  return backend.info(normal, x.shape, "float32");
};

/**
 * x / |x| over the last axis, zero where x is. On the CPU the runtime's own operator takes half the time of the other norm,
 * and does not share these few rows among threads, which would wait for each other. Devices do not have it.
 */
const unitNorm: Lowering = ({ backend, input }) => {
  const x = input("x");
  const gain = 1 / Math.sqrt(x.shape.at(-1) ?? 1);
  const normal = backend.isForCpu
    ? backend.graph.op("LpNormalization", [backend.name(x)], { axis: -1, p: 2 })
    : scaledToMean(backend, x, SMALLEST_MEAN, gain);
  backend.setRange(normal, { low: -1, high: 1 });
  return backend.info(normal, x.shape, "float32");
};

/** So that rows of zeros are not divided by zero; next to no other row is changed by it. */
const SMALLEST_MEAN = 1e-30;

/**
 * gain * x / sqrt(mean(x^2) + epsilon) over the last axis, in the very form that ONNX Runtime fuses into one kernel: that
 * kernel's own name is no ONNX operator, and RMSNormalization is one in opset 23 only.
 */
function scaledToMean(backend: TracingBackend, x: tf.TensorInfo, epsilon: number, gain: number): ValueName {
  const { graph } = backend;
  const name = backend.name(x);
  const squares = graph.op("Pow", [name, graph.scalar(2, "float32")]);
  const mean = graph.op("ReduceMean", [squares, graph.int64([-1])], { keepdims: 1 });
  const root = graph.op("Sqrt", [graph.op("Add", [mean, graph.scalar(epsilon, "float32")])]);
  return graph.op("Mul", [graph.op("Div", [name, root]), graph.fill(gain, x.shape.slice(-1), "float32")]);
}

/** Kernels that multiply and add up; the norms are this package's own. */
export const productLowerings: Lowerings = {
  BatchMatMul: batchMatMul,
  Einsum: einsum,
  RMSNorm: rmsNorm,
  UnitNorm: unitNorm,
  _FusedMatMul: fusedMatMul,
};
