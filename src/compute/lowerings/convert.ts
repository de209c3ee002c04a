import * as tf from "@tensorflow/tfjs";
import type { DType } from "../../core/host-tensor.ts";
import type { ValueName } from "../graph.ts";
import { dtypeOf, type TracingBackend } from "../tracing-backend.ts";

/** ONNX `TensorProto.DataType` of int64, which the indices of some operators must have. */
const INT64 = 7;
const ONNX_TYPE = { float32: 1, int32: 6, bool: 9 } as const;

/** A value cast to another dtype; nothing is emitted when it has it already. */
export function castTo(backend: TracingBackend, x: tf.TensorInfo, dtype: DType): tf.TensorInfo {
  if (dtypeOf(x) === dtype) return backend.clone(x);
  const uniform = backend.uniform(x);
  if (uniform !== null) return backend.uniformInfo(castNumber(uniform, dtype), x.shape, dtype);
  return backend.emit("Cast", [backend.name(x)], x.shape, dtype, { to: ONNX_TYPE[dtype] });
}

function castNumber(value: number, dtype: DType): number {
  if (dtype === "bool") return value === 0 ? 0 : 1;
  return dtype === "int32" ? Math.trunc(value) : value;
}

/** x with booleans as int32 zeros and ones, for operators that have no kernel for booleans. */
export function withoutBool(backend: TracingBackend, x: tf.TensorInfo): tf.TensorInfo {
  return dtypeOf(x) === "bool" ? castTo(backend, x, "int32") : x;
}

/** The edge of an int32 tensor as int64. */
export function toInt64(backend: TracingBackend, x: tf.TensorInfo): ValueName {
  return backend.graph.op("Cast", [backend.name(x)], { to: INT64 });
}

/** An int64 edge as int32, which is what tfjs calls integers. */
export function fromInt64(backend: TracingBackend, name: ValueName, shape: readonly number[]): tf.TensorInfo {
  return backend.emit("Cast", [name], shape, "int32", { to: ONNX_TYPE.int32 });
}

/** x at a larger shape. */
export function broadcastTo(backend: TracingBackend, x: tf.TensorInfo, shape: readonly number[]): tf.TensorInfo {
  if (tf.util.arraysEqual(x.shape, [...shape])) return backend.clone(x);
  const uniform = backend.uniform(x);
  if (uniform !== null) return backend.uniformInfo(uniform, shape, dtypeOf(x));
  return backend.emit("Expand", [backend.name(x), backend.graph.int64(shape)], shape, dtypeOf(x));
}

/** The edge of an operand. A uniform one stays a scalar where the other operand alone gives the shape. */
export function operand(
  backend: TracingBackend,
  x: tf.TensorInfo,
  other: tf.TensorInfo,
  shape: readonly number[],
): ValueName {
  const uniform = backend.uniform(x);
  const otherGivesShape = tf.util.arraysEqual(other.shape, [...shape]) && backend.uniform(other) === null;
  return uniform !== null && otherGivesShape ? backend.graph.scalar(uniform, dtypeOf(x)) : backend.name(x);
}

/** `axis` counted from the front. */
export function frontAxis(axis: number, shape: readonly number[]): number {
  const [front = 0] = tf.util.parseAxisParam(axis, [...shape]);
  return front;
}
