import type * as tf from "@tensorflow/tfjs";
import { dtypeOf, type TracingBackend } from "../tracing-backend.ts";
import type { Lowering, Lowerings } from "./lowering.ts";

const fill: Lowering = ({ backend, attrs }) =>
  backend.uniformInfo(attrs.number("value"), attrs.numbers("shape"), attrs.dtype("dtype", "float32"));

const filledLike =
  (value: number): Lowering =>
  ({ backend, input }) => {
    const x = input("x");
    return backend.uniformInfo(value, x.shape, dtypeOf(x));
  };

/** Numbers from start to stop (exclusive). A step of 1 turns around when stop lies below start, as in tfjs. */
const range: Lowering = ({ backend, attrs }) => {
  const [start, stop] = [attrs.number("start"), attrs.number("stop")];
  const asked = attrs.number("step", 1);
  const step = stop < start && asked === 1 ? -1 : asked;
  const length = Math.max(Math.ceil((stop - start) / step), 0);
  const data = Float32Array.from({ length }, (_, i) => start + i * step);
  if (attrs.dtype("dtype", "float32") === "float32") return sequence(backend, data);
  const name = backend.graph.constant({ dtype: "int32", shape: [length], data: Int32Array.from(data) });
  return backend.info(name, [length], "int32");
};

const linSpace: Lowering = ({ backend, attrs }) => {
  const [start, stop, length] = [attrs.number("start"), attrs.number("stop"), attrs.number("num")];
  const step = length > 1 ? (stop - start) / (length - 1) : 0;
  return sequence(
    backend,
    Float32Array.from({ length }, (_, i) => start + i * step),
  );
};

function sequence(backend: TracingBackend, data: Float32Array): tf.TensorInfo {
  const name = backend.graph.constant({ dtype: "float32", shape: [data.length], data });
  return backend.info(name, [data.length], "float32");
}

/** Kernels whose result is known while tracing. */
export const constantLowerings: Lowerings = {
  Fill: fill,
  LinSpace: linSpace,
  OnesLike: filledLike(1),
  Range: range,
  ZerosLike: filledLike(0),
};
