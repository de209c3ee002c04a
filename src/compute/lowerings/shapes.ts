import * as tf from "@tensorflow/tfjs";
import { dtypeOf } from "../tracing-backend.ts";
import { broadcastTo } from "./elementwise.ts";
import type { Lowering, Lowerings } from "./lowering.ts";

const { parseAxisParam } = tf.util;

const reshape: Lowering = ({ backend, attrs, input }) => {
  const x = input("x");
  const shape = tf.util.inferFromImplicitShape(attrs.numbers("shape"), tf.util.sizeFromShape(x.shape));
  return tf.util.arraysEqual(shape, x.shape) ? backend.clone(x) : backend.alias(x, shape);
};

const expandDims: Lowering = ({ backend, attrs, input }) => {
  const x = input("input");
  const dim = attrs.number("dim", 0);
  const axis = dim < 0 ? x.shape.length + 1 + dim : dim;
  return backend.alias(x, x.shape.toSpliced(axis, 0, 1));
};

const transpose: Lowering = ({ backend, attrs, input }) => {
  const x = input("x");
  const perm = attrs.numbers("perm");
  const shape = perm.map((axis) => x.shape[axis] ?? 1);
  const uniform = backend.uniform(x);
  if (uniform !== null) return backend.uniformInfo(uniform, shape, dtypeOf(x));
  return backend.emit("Transpose", [backend.name(x)], shape, dtypeOf(x), { perm });
};

const concat: Lowering = ({ backend, attrs, inputs }) => {
  const shapes = inputs.map((x) => x.shape);
  const [axis = 0] = parseAxisParam([attrs.number("axis")], shapes[0] ?? []);
  const shape = tf.backend_util.computeOutShape(shapes, axis);
  const filled = inputs.filter((x) => tf.util.sizeFromShape(x.shape) > 0);
  const [first] = filled;
  if (!first) return backend.uniformInfo(0, shape, "float32");
  if (filled.length === 1) return backend.clone(first);
  return backend.emit("Concat", filled.map((x) => backend.name(x)), shape, dtypeOf(first), { axis });
};

const pack: Lowering = ({ backend, attrs, inputs }) => {
  const [first] = inputs;
  if (!first) return [];
  const dim = attrs.number("axis", 0);
  const axis = dim < 0 ? first.shape.length + 1 + dim : dim;
  const unsqueezed = inputs.map((x) => backend.name(backend.alias(x, x.shape.toSpliced(axis, 0, 1))));
  return backend.emit("Concat", unsqueezed, first.shape.toSpliced(axis, 0, inputs.length), dtypeOf(first), { axis });
};

/** ONNX Slice over all axes. */
function emitSlice(
  { backend }: Parameters<Lowering>[0],
  x: tf.TensorInfo,
  begin: readonly number[],
  end: readonly number[],
  strides: readonly number[],
  shape: readonly number[],
): tf.TensorInfo {
  const { graph } = backend;
  const axes = x.shape.map((_, axis) => axis);
  const whole = axes.every((axis) => begin[axis] === 0 && end[axis] === x.shape[axis] && strides[axis] === 1);
  if (whole) return backend.clone(x);
  const uniform = backend.uniform(x);
  if (uniform !== null) return backend.uniformInfo(uniform, shape, dtypeOf(x));
  const operands = [begin, end, axes, strides].map((values) => graph.int64(values));
  return backend.emit("Slice", [backend.name(x), ...operands], shape, dtypeOf(x));
}

const slice: Lowering = (call) => {
  const x = call.input("x");
  const asked = { begin: call.attrs.numbers("begin"), size: call.attrs.numbers("size") };
  const begin = x.shape.map((_, axis) => asked.begin[axis] ?? 0);
  const size = x.shape.map((full, axis) => {
    const wanted = asked.size[axis] ?? -1;
    return wanted < 0 ? full - (begin[axis] ?? 0) : wanted;
  });
  const end = begin.map((start, axis) => start + (size[axis] ?? 0));
  return emitSlice(call, x, begin, end, begin.map(() => 1), size);
};

const stridedSlice: Lowering = (call) => {
  const { attrs, backend } = call;
  const x = call.input("x");
  const { begin, end, strides, finalShapeSparse, finalShape } = tf.slice_util.sliceInfo(
    x.shape,
    attrs.numbers("begin"),
    attrs.numbers("end"),
    attrs.numbers("strides"),
    attrs.number("beginMask"),
    attrs.number("endMask"),
    attrs.number("ellipsisMask"),
    attrs.number("newAxisMask"),
    attrs.number("shrinkAxisMask"),
  );
  // A negative stride that runs past the front ends at -1 in tfjs, which ONNX would read as "the last element".
  const ends = end.map((value, axis) => ((strides[axis] ?? 1) < 0 && value < 0 ? -(x.shape[axis] ?? 0) - 1 : value));
  const sliced = emitSlice(call, x, begin, ends, strides, finalShapeSparse);
  return tf.util.arraysEqual(finalShapeSparse, finalShape) ? sliced : backend.alias(sliced, finalShape);
};

const split: Lowering = (call) => {
  const { attrs, input } = call;
  const x = input("x");
  const [axis = 0] = parseAxisParam([attrs.number("axis")], x.shape);
  const asked = attrs.numbers("numOrSizeSplits");
  // tfjs-core reads one number as a count, a list as sizes; prepareSplitSize tells them apart by the type.
  const sizes = tf.backend_util.prepareSplitSize(
    { shape: x.shape } as unknown as tf.Tensor,
    asked.length === 1 ? (asked[0] ?? 1) : asked,
    axis,
  );
  let start = 0;
  return sizes.map((size) => {
    const begin = x.shape.map((_, i) => (i === axis ? start : 0));
    const shape = x.shape.map((full, i) => (i === axis ? size : full));
    start += size;
    return emitSlice(call, x, begin, begin.map((b, i) => b + (shape[i] ?? 0)), begin.map(() => 1), shape);
  });
};

const unpack: Lowering = (call) => {
  const x = call.input("value");
  const [axis = 0] = parseAxisParam([call.attrs.number("axis")], x.shape);
  return Array.from({ length: x.shape[axis] ?? 0 }, (_, index) => {
    const begin = x.shape.map((_size, i) => (i === axis ? index : 0));
    const shape = x.shape.map((size, i) => (i === axis ? 1 : size));
    const part = emitSlice(call, x, begin, begin.map((b, i) => b + (shape[i] ?? 0)), begin.map(() => 1), shape);
    return call.backend.alias(part, x.shape.toSpliced(axis, 1));
  });
};

const tile: Lowering = ({ backend, attrs, input }) => {
  const x = input("x");
  const reps = attrs.numbers("reps");
  const padded = x.shape.length < reps.length ? [...reps.slice(x.shape.length).map(() => 1), ...x.shape] : x.shape;
  const shape = padded.map((size, axis) => size * (reps[axis] ?? 1));
  const source = padded === x.shape ? x : backend.alias(x, padded);
  // Repeating only axes of size 1 is a broadcast, which the runtime can fold into the next op.
  if (padded.every((size, axis) => size === 1 || reps[axis] === 1)) return broadcastTo(backend, source, shape);
  return backend.emit("Tile", [backend.name(source), backend.graph.int64(reps)], shape, dtypeOf(x));
};

const pad: Lowering = ({ backend, attrs, input }) => {
  const x = input("x");
  const paddings = attrs.pairs("paddings");
  const shape = x.shape.map((size, axis) => size + (paddings[axis]?.[0] ?? 0) + (paddings[axis]?.[1] ?? 0));
  const amounts = [...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)];
  const fill = backend.graph.scalar(attrs.number("constantValue", 0), dtypeOf(x));
  return backend.emit("Pad", [backend.name(x), backend.graph.int64(amounts), fill], shape, dtypeOf(x));
};

const reverse: Lowering = (call) => {
  const x = call.input("x");
  const axes = parseAxisParam(call.attrs.numbers("dims"), x.shape);
  const flipped = (axis: number): boolean => axes.includes(axis);
  const begin = x.shape.map((size, axis) => (flipped(axis) ? size - 1 : 0));
  const end = x.shape.map((size, axis) => (flipped(axis) ? -size - 1 : size));
  const strides = x.shape.map((_, axis) => (flipped(axis) ? -1 : 1));
  return emitSlice(call, x, begin, end, strides, x.shape);
};

const fill: Lowering = ({ backend, attrs }) => {
  const dtype = attrs.has("dtype") ? attrs.string("dtype") : "float32";
  const kind = dtype === "int32" || dtype === "bool" ? dtype : "float32";
  return backend.uniformInfo(attrs.number("value"), attrs.has("shape") ? attrs.numbers("shape") : [], kind);
};

export const shapes: Lowerings = {
  Reshape: reshape,
  ExpandDims: expandDims,
  Transpose: transpose,
  Concat: concat,
  Pack: pack,
  Unpack: unpack,
  Slice: slice,
  StridedSlice: stridedSlice,
  SplitV: split,
  Tile: tile,
  PadV2: pad,
  Reverse: reverse,
  Fill: fill,
};
