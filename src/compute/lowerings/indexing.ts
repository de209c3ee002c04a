import type * as tf from "@tensorflow/tfjs";
import type { ValueName } from "../graph.ts";
import { dtypeOf, type TracingBackend } from "../tracing-backend.ts";
import { castTo, frontAxis, toInt64, withoutBool } from "./convert.ts";
import type { KernelCall, Lowering, Lowerings } from "./lowering.ts";

const gather: Lowering = (call) => {
  const { backend, attrs, input } = call;
  const [x, indices] = [input("x"), input("indices")];
  const axis = frontAxis(attrs.number("axis", 0), x.shape);
  const batchDims = attrs.number("batchDims", 0);
  if (batchDims > 0) return gatherInBatches(call, axis, batchDims);
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return backend.emit("Gather", [backend.name(x), backend.name(indices)], shape, dtypeOf(x), { axis });
};

/** The gathered axis moves next to the batch for GatherND, and the gathered axes move back behind those it passed. */
function gatherInBatches({ backend, input }: KernelCall, axis: number, batchDims: number): tf.TensorInfo {
  const [x, indices] = [input("x"), input("indices")];
  const axes = [...x.shape.keys()];
  const front = axes.toSpliced(axis, 1).toSpliced(batchDims, 0, axis);
  const sources = transposed(backend, backend.name(x), front);
  const picked = backend.graph.op("GatherND", [sources, lastAxisAdded(backend, indices)], { batch_dims: batchDims });
  const shape = [...x.shape.slice(0, axis), ...indices.shape.slice(batchDims), ...x.shape.slice(axis + 1)];
  const numPicked = indices.shape.length - batchDims;
  const order = [...shape.keys()];
  const passed = order.slice(batchDims + numPicked, axis + numPicked);
  const back = [...order.slice(0, batchDims), ...passed, ...order.slice(batchDims, batchDims + numPicked)];
  return backend.info(transposed(backend, picked, [...back, ...order.slice(back.length)]), shape, dtypeOf(x));
}

function transposed({ graph }: TracingBackend, name: ValueName, perm: readonly number[]): ValueName {
  return perm.every((axis, i) => axis === i) ? name : graph.op("Transpose", [name], { perm });
}

/** Indices as int64 [..., 1], which is how GatherND and ScatterND name rows. */
function lastAxisAdded(backend: TracingBackend, indices: tf.TensorInfo): ValueName {
  return backend.graph.op("Unsqueeze", [toInt64(backend, indices), backend.graph.int64([-1])]);
}

const gatherNd: Lowering = ({ backend, input }) => {
  const [params, indices] = [input("params"), input("indices")];
  const shape = [...indices.shape.slice(0, -1), ...params.shape.slice(indices.shape.at(-1) ?? 0)];
  return backend.emit("GatherND", [backend.name(params), toInt64(backend, indices)], shape, dtypeOf(params));
};

/** Sums of the updates that name each place, zeros elsewhere. */
const scatterNd: Lowering = ({ backend, attrs, input }) => {
  const [indices, updates] = [input("indices"), input("updates")];
  const shape = attrs.numbers("shape");
  const numbers = withoutBool(backend, updates);
  const zeros = backend.graph.fill(0, shape, dtypeOf(numbers));
  const operands = [zeros, toInt64(backend, indices), backend.name(numbers)];
  const sums = backend.emit("ScatterND", operands, shape, dtypeOf(numbers), { reduction: "add" });
  return castTo(backend, sums, dtypeOf(updates));
};

/** `addAt`: a tensor with the updates added at the places that the indices name. */
const scatterAdd: Lowering = ({ backend, input }) => {
  const [tensor, indices, updates] = [input("tensor"), input("indices"), input("updates")];
  const operands = [backend.name(tensor), toInt64(backend, indices), backend.name(updates)];
  return backend.emit("ScatterND", operands, tensor.shape, dtypeOf(tensor), { reduction: "add" });
};

const tensorScatterUpdate: Lowering = ({ backend, input }) => {
  const [tensor, indices, updates] = [input("tensor"), input("indices"), input("updates")];
  const operands = [backend.name(tensor), toInt64(backend, indices), backend.name(updates)];
  return backend.emit("ScatterND", operands, tensor.shape, dtypeOf(tensor));
};

/**
 * Rows of x added up by segment: the gradient of a gather. Every id must lie in [0, numSegments): tfjs drops the others,
 * ONNX counts negative ones from the end and refuses the rest.
 */
const unsortedSegmentSum: Lowering = ({ backend, attrs, input }) => {
  const [x, ids] = [input("x"), input("segmentIds")];
  const shape = [attrs.number("numSegments"), ...x.shape.slice(ids.shape.length)];
  const zeros = backend.graph.fill(0, shape, dtypeOf(x));
  const operands = [zeros, lastAxisAdded(backend, ids), backend.name(x)];
  return backend.emit("ScatterND", operands, shape, dtypeOf(x), { reduction: "add" });
};

const oneHot: Lowering = ({ backend, attrs, input }) => {
  const indices = input("indices");
  const { graph } = backend;
  const depth = attrs.number("depth");
  const shape = [...indices.shape, depth];
  const result = attrs.dtype("dtype", "int32");
  const dtype = result === "bool" ? "int32" : result;
  // ONNX OneHot wraps negative indices around; tfjs leaves their row empty. Comparing with a range does what tfjs does.
  const range = Int32Array.from({ length: depth }, (_, i) => i);
  const column = graph.op("Unsqueeze", [backend.name(indices), graph.int64([-1])]);
  const hot = graph.op("Equal", [column, graph.constant({ dtype: "int32", shape: [depth], data: range })]);
  const values = [attrs.number("onValue", 1), attrs.number("offValue", 0)].map((value) => graph.scalar(value, dtype));
  return castTo(backend, backend.emit("Where", [hot, ...values], shape, dtype), result);
};

/** A tensor on the diagonal of a larger one, zeros elsewhere. */
const diag: Lowering = ({ backend, input }) => {
  const x = input("x");
  const { graph } = backend;
  const size = x.shape.reduce((product, length) => product * length, 1);
  const eye = Uint8Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
  const isDiagonal = graph.constant({ dtype: "bool", shape: [size, size], data: eye });
  const numbers = withoutBool(backend, x);
  const row = backend.name(backend.alias(numbers, [size]));
  const operands = [isDiagonal, row, graph.scalar(0, dtypeOf(numbers))];
  const square = backend.emit("Where", operands, [size, size], dtypeOf(numbers));
  return castTo(backend, backend.alias(square, [...x.shape, ...x.shape]), dtypeOf(x));
};

/** Kernels that pick or place elements by index. */
export const indexingLowerings: Lowerings = {
  Diag: diag,
  GatherNd: gatherNd,
  GatherV2: gather,
  OneHot: oneHot,
  ScatterAdd: scatterAdd,
  ScatterNd: scatterNd,
  TensorScatterUpdate: tensorScatterUpdate,
  UnsortedSegmentSum: unsortedSegmentSum,
};
