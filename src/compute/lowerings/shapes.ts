import * as tf from "@tensorflow/tfjs";
import { dtypeOf, type TracingBackend } from "../tracing-backend.ts";
import { broadcastTo, frontAxis } from "./convert.ts";
import type { Lowering, Lowerings } from "./lowering.ts";

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
  // Axes of size 1 move for free.
  const moved = perm.filter((axis) => x.shape[axis] !== 1);
  if (moved.every((axis, i) => i === 0 || axis > (moved[i - 1] ?? 0))) return backend.alias(x, shape);
  return backend.emit("Transpose", [backend.name(x)], shape, dtypeOf(x), { perm });
};

/** The parts along an axis. Those without elements are left out: ONNX Runtime need not know of them. */
function join(backend: TracingBackend, parts: readonly tf.TensorInfo[], axis: number): tf.TensorInfo | tf.TensorInfo[] {
  const [first] = parts;
  if (!first) return [];
  const shapes = parts.map((x) => x.shape);
  const shape = tf.backend_util.computeOutShape(shapes, axis);
  const filled = parts.filter((x) => tf.util.sizeFromShape(x.shape) > 0);
  const [only] = filled;
  if (!only) return backend.uniformInfo(0, shape, dtypeOf(first));
  if (filled.length === 1) return backend.clone(only);
  return backend.emit(
    "Concat",
    filled.map((x) => backend.name(x)),
    shape,
    dtypeOf(first),
    { axis },
  );
}

const concat: Lowering = ({ backend, attrs, inputs }) =>
  join(backend, inputs, frontAxis(attrs.number("axis"), inputs[0]?.shape ?? []));

const pack: Lowering = ({ backend, attrs, inputs }) => {
  const [first] = inputs;
  if (!first) return [];
  const dim = attrs.number("axis", 0);
  const axis = dim < 0 ? first.shape.length + 1 + dim : dim;
  return join(
    backend,
    inputs.map((x) => backend.alias(x, x.shape.toSpliced(axis, 0, 1))),
    axis,
  );
};

const tile: Lowering = ({ backend, attrs, input }) => {
  const x = input("x");
  const reps = attrs.numbers("reps");
  const shape = x.shape.map((size, axis) => size * (reps[axis] ?? 1));
  // Repeating only axes of size 1 is a broadcast, which the runtime can fold into the next op.
  if (x.shape.every((size, axis) => size === 1 || reps[axis] === 1)) return broadcastTo(backend, x, shape);
  const uniform = backend.uniform(x);
  if (uniform !== null) return backend.uniformInfo(uniform, shape, dtypeOf(x));
  return backend.emit("Tile", [backend.name(x), backend.graph.int64(reps)], shape, dtypeOf(x));
};

const pad: Lowering = ({ backend, attrs, input }) => {
  const x = input("x");
  const paddings = attrs.pairs("paddings");
  const shape = x.shape.map((size, axis) => size + (paddings[axis]?.[0] ?? 0) + (paddings[axis]?.[1] ?? 0));
  const amounts = [...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)];
  const fill = backend.graph.scalar(attrs.number("constantValue", 0), dtypeOf(x));
  return backend.emit("Pad", [backend.name(x), backend.graph.int64(amounts), fill], shape, dtypeOf(x));
};

/** Both mirror modes as a gather along each padded axis: ONNX Pad has one of them only. */
const mirrorPad: Lowering = ({ backend, attrs, input }) => {
  const x = input("x");
  const skip = attrs.string("mode") === "reflect" ? 1 : 0;
  let [name, shape] = [backend.name(x), x.shape];
  for (const [axis, [before, after]] of attrs.pairs("paddings").entries()) {
    if (before === 0 && after === 0) continue;
    const indices = mirrored(x.shape[axis] ?? 1, before, after, skip);
    const data = Int32Array.from(indices);
    const constant = backend.graph.constant({ dtype: "int32", shape: [data.length], data });
    name = backend.graph.op("Gather", [name, constant], { axis });
    shape = shape.with(axis, data.length);
  }
  return backend.info(name, shape, dtypeOf(x));
};

/** Indices of a mirrored axis; `skip` is 1 when the border itself is not repeated. */
function mirrored(size: number, before: number, after: number, skip: number): number[] {
  return Array.from({ length: before + size + after }, (_, position) => {
    const i = position - before;
    if (i < 0) return -i - 1 + skip;
    return i < size ? i : 2 * size - 1 - i - skip;
  });
}

/** Kernels that move elements. */
export const shapeLowerings: Lowerings = {
  Concat: concat,
  ExpandDims: expandDims,
  MirrorPad: mirrorPad,
  Pack: pack,
  PadV2: pad,
  Reshape: reshape,
  Tile: tile,
  Transpose: transpose,
};
