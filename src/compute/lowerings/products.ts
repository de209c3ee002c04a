import * as tf from "@tensorflow/tfjs";
import { CompileError } from "../../core/errors.ts";
import { dtypeOf, type TracingBackend } from "../tracing-backend.ts";
import type { Lowering, Lowerings } from "./lowering.ts";

/** The operand with its last two axes swapped. */
function swapped(backend: TracingBackend, x: tf.TensorInfo): string {
  const rank = x.shape.length;
  const perm = [...x.shape.keys()].slice(0, rank - 2).concat(rank - 1, rank - 2);
  return backend.graph.op("Transpose", [backend.name(x)], { perm });
}

const batchMatMul: Lowering = ({ backend, attrs, input }) => {
  const [a, b] = [input("a"), input("b")];
  const [transposeA, transposeB] = [attrs.boolean("transposeA"), attrs.boolean("transposeB")];
  const batch = tf.backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const rows = a.shape.at(transposeA ? -1 : -2) ?? 1;
  const columns = b.shape.at(transposeB ? -2 : -1) ?? 1;
  const operands = [
    transposeA ? swapped(backend, a) : backend.name(a),
    transposeB ? swapped(backend, b) : backend.name(b),
  ];
  return backend.emit("MatMul", operands, [...batch, rows, columns], "float32");
};

const gather: Lowering = ({ backend, attrs, input }) => {
  const [x, indices] = [input("x"), input("indices")];
  const [axis = 0] = tf.util.parseAxisParam([attrs.number("axis", 0)], x.shape);
  const batchDims = attrs.number("batchDims", 0);
  if (batchDims === 0) {
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
    return backend.emit("Gather", [backend.name(x), backend.name(indices)], shape, dtypeOf(x), { axis });
  }
  if (axis !== batchDims) {
    throw new CompileError(`compile: gather needs axis = batchDims, got ${axis} and ${batchDims} - transpose first`);
  }
  const shape = [...indices.shape, ...x.shape.slice(axis + 1)];
  const { graph } = backend;
  const last = graph.op("Unsqueeze", [backend.name(indices), graph.int64([-1])]);
  const wide = graph.op("Cast", [last], { to: 7 });
  return backend.emit("GatherND", [backend.name(x), wide], shape, dtypeOf(x), { batch_dims: batchDims });
};

/** Rows of x added up by segment: the gradient of a gather. */
const unsortedSegmentSum: Lowering = ({ backend, attrs, input }) => {
  const [x, ids] = [input("x"), input("segmentIds")];
  const { graph } = backend;
  const shape = [attrs.number("numSegments"), ...x.shape.slice(ids.shape.length)];
  const zeros = graph.fill(0, shape, dtypeOf(x));
  const last = graph.op("Unsqueeze", [backend.name(ids), graph.int64([-1])]);
  const wide = graph.op("Cast", [last], { to: 7 });
  return backend.emit("ScatterND", [zeros, wide, backend.name(x)], shape, dtypeOf(x), { reduction: "add" });
};

const oneHot: Lowering = ({ backend, attrs, input }) => {
  const indices = input("indices");
  const { graph } = backend;
  const depth = attrs.number("depth");
  const shape = [...indices.shape, depth];
  const dtype = attrs.has("dtype") && attrs.string("dtype") === "float32" ? "float32" : "int32";
  // ONNX OneHot wraps negative indices around; tfjs leaves their row empty. Comparing with a range does what tfjs does.
  const range = Int32Array.from({ length: depth }, (_, i) => i);
  const column = graph.op("Unsqueeze", [backend.name(indices), graph.int64([-1])]);
  const hot = graph.op("Equal", [column, graph.constant({ dtype: "int32", shape: [depth], data: range })]);
  const values = [attrs.number("onValue", 1), attrs.number("offValue", 0)].map((value) => graph.scalar(value, dtype));
  return backend.emit("Where", [hot, ...values], shape, dtype);
};

/** x / sqrt(mean(x^2) + epsilon) over the last axis, as the runtime's one fused operator. */
const rmsNorm: Lowering = ({ backend, attrs, input }) => {
  const x = input("x");
  const { graph } = backend;
  const width = x.shape.at(-1) ?? 1;
  const gain = graph.constant({ dtype: "float32", shape: [width], data: new Float32Array(width).fill(1) });
  const options = { axis: -1, epsilon: { float: attrs.number("epsilon") } };
  return backend.emit("SimplifiedLayerNormalization", [backend.name(x), gain], x.shape, "float32", options);
};

export const products: Lowerings = {
  BatchMatMul: batchMatMul,
  GatherV2: gather,
  UnsortedSegmentSum: unsortedSegmentSum,
  OneHot: oneHot,
  RMSNorm: rmsNorm,
};

