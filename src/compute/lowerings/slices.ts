import * as tf from "@tensorflow/tfjs";
import { dtypeOf } from "../tracing-backend.ts";
import { frontAxis } from "./convert.ts";
import type { KernelCall, Lowering, Lowerings } from "./lowering.ts";

type Range = {
  readonly begin: readonly number[];
  readonly end: readonly number[];
  readonly strides: readonly number[];
};

/** ONNX Slice over all axes; `shape` is that of the result. */
function emitSlice(
  { backend }: KernelCall,
  x: tf.TensorInfo,
  { begin, end, strides }: Range,
  shape: readonly number[],
): tf.TensorInfo {
  const axes = x.shape.map((_, axis) => axis);
  const whole = axes.every((axis) => begin[axis] === 0 && end[axis] === x.shape[axis] && strides[axis] === 1);
  if (whole) return backend.clone(x);
  const uniform = backend.uniform(x);
  if (uniform !== null) return backend.uniformInfo(uniform, shape, dtypeOf(x));
  const operands = [begin, end, axes, strides].map((values) => backend.graph.int64(values));
  return backend.emit("Slice", [backend.name(x), ...operands], shape, dtypeOf(x));
}

/** x[begin : begin + size] along every axis. */
function window(call: KernelCall, x: tf.TensorInfo, begin: readonly number[], size: readonly number[]): tf.TensorInfo {
  const end = begin.map((start, axis) => start + (size[axis] ?? 0));
  return emitSlice(call, x, { begin, end, strides: begin.map(() => 1) }, size);
}

/** Windows of these sizes, one behind the other along an axis. */
function windows(call: KernelCall, x: tf.TensorInfo, axis: number, sizes: readonly number[]): tf.TensorInfo[] {
  const { backend } = call;
  const shapes = sizes.map((size) => x.shape.with(axis, size));
  if (sizes.length === 1) return [backend.clone(x)];
  const uniform = backend.uniform(x);
  if (uniform !== null) return shapes.map((shape) => backend.uniformInfo(uniform, shape, dtypeOf(x)));
  const parts = backend.graph.node("Split", [backend.name(x), backend.graph.int64(sizes)], { axis }, sizes.length);
  return parts.map((part, i) => backend.info(part, shapes[i] ?? [], dtypeOf(x)));
}

const slice: Lowering = (call) => {
  const x = call.input("x");
  const askedBegin = call.attrs.numbers("begin");
  const askedSize = call.attrs.has("size") ? call.attrs.numbers("size") : [];
  const begin = x.shape.map((_, axis) => askedBegin[axis] ?? 0);
  const size = x.shape.map((full, axis) => {
    const wanted = askedSize[axis] ?? -1;
    return wanted < 0 ? full - (begin[axis] ?? 0) : wanted;
  });
  return window(call, x, begin, size);
};

const stridedSlice: Lowering = (call) => {
  const { attrs, backend } = call;
  const x = call.input("x");
  const { begin, end, strides, finalShape } = tf.slice_util.sliceInfo(
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
  const shape = tf.slice_util.computeOutShape(begin, end, strides).map((size) => Math.max(size, 0));
  // A negative stride that runs past the front ends at -1 in tfjs, which ONNX would read as "the last element".
  const ends = end.map((value, axis) => ((strides[axis] ?? 1) < 0 && value < 0 ? -(x.shape[axis] ?? 0) - 1 : value));
  const sliced = emitSlice(call, x, { begin, end: ends, strides }, shape);
  return tf.util.arraysEqual(shape, finalShape) ? sliced : backend.alias(sliced, finalShape);
};

const split: Lowering = (call) => {
  const { attrs, input } = call;
  const x = input("x");
  const axis = frontAxis(attrs.number("axis"), x.shape);
  const full = x.shape[axis] ?? 0;
  if (attrs.isNumber("numOrSizeSplits")) {
    const count = attrs.number("numOrSizeSplits");
    return windows(call, x, axis, new Array<number>(count).fill(full / count));
  }
  const sizes = attrs.numbers("numOrSizeSplits");
  // One size may be -1: what the others leave.
  const known = sizes.reduce((total, size) => total + Math.max(size, 0), 0);
  return windows(
    call,
    x,
    axis,
    sizes.map((size) => (size < 0 ? full - known : size)),
  );
};

const unpack: Lowering = (call) => {
  const x = call.input("value");
  const axis = frontAxis(call.attrs.number("axis"), x.shape);
  const ones = new Array<number>(x.shape[axis] ?? 0).fill(1);
  return windows(call, x, axis, ones).map((part) => call.backend.alias(part, x.shape.toSpliced(axis, 1)));
};

function flip(axesOf: (call: KernelCall, x: tf.TensorInfo) => readonly number[], inputName: string): Lowering {
  return (call) => {
    const x = call.input(inputName);
    const axes = axesOf(call, x);
    const along = (flipped: (size: number) => number, kept: (size: number) => number): number[] =>
      x.shape.map((size, axis) => (axes.includes(axis) ? flipped(size) : kept(size)));
    const begin = along(
      (size) => size - 1,
      () => 0,
    );
    const end = along(
      (size) => -size - 1,
      (size) => size,
    );
    return emitSlice(
      call,
      x,
      {
        begin,
        end,
        strides: along(
          () => -1,
          () => 1,
        ),
      },
      x.shape,
    );
  };
}

/** All axes when none is named. */
function reversedAxes({ attrs }: KernelCall, { shape }: tf.TensorInfo): number[] {
  return attrs.has("dims") ? tf.util.parseAxisParam(attrs.numbers("dims"), shape) : [...shape.keys()];
}

/** Kernels that take parts of a tensor. */
export const sliceLowerings: Lowerings = {
  FlipLeftRight: flip(() => [2], "image"),
  Reverse: flip(reversedAxes, "x"),
  Slice: slice,
  SplitV: split,
  StridedSlice: stridedSlice,
  Unpack: unpack,
};
