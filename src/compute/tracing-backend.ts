import * as tf from "@tensorflow/tfjs";
import { CompileError } from "../core/errors.ts";
import type { DType, HostTensor } from "../core/host-tensor.ts";
import { sizeOf } from "../core/shape.ts";
import { GraphBuilder, type Attributes, type ValueName } from "./graph.ts";
import type { Precision } from "./precision.ts";

/** What a traced tensor is: an edge of the graph, or one number everywhere (kept symbolic as long as possible). */
type Traced = { readonly name: ValueName } | { readonly uniform: number };

/** Numbers between which (practically) all elements of a value lie. */
export type Range = { readonly low: number; readonly high: number };

const ANY: Range = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

/** What a graph is written for. */
export type TraceTarget = {
  /** What products with constants are computed in. */
  readonly precision: Precision;
  /** Whether it runs on the CPU. */
  readonly isForCpu: boolean;
};

/** The name under which the tracer is registered with tfjs. */
export const TRACING_BACKEND = "genie-trace";

/**
 * A tfjs backend that computes nothing: each kernel adds nodes to an ONNX graph and returns the shape of its result.
 * A reshape shares its `dataId` with its source, so kernels look at the shape of the info they are handed.
 */
export class TracingBackend extends tf.KernelBackend {
  graph = new GraphBuilder();
  precision: Precision = "float32";
  /** Whether the graph runs on the CPU; devices have fewer operators. */
  isForCpu = true;
  #values = new WeakMap<object, Traced>();
  #ranges = new Map<ValueName, Range>();
  #numDataIds = 0;

  /** Forgets the graph of the last trace. */
  restart({ precision, isForCpu }: TraceTarget): void {
    this.graph = new GraphBuilder();
    this.precision = precision;
    this.isForCpu = isForCpu;
    this.#ranges = new Map();
    this.#values = new WeakMap();
    this.#numDataIds = 0;
  }

  /** A tensor info for a value of the graph. */
  info(name: ValueName, shape: readonly number[], dtype: DType): tf.TensorInfo {
    return this.#register({ name }, shape, dtype);
  }

  /** A tensor info for `value` everywhere. */
  uniformInfo(value: number, shape: readonly number[], dtype: DType): tf.TensorInfo {
    return this.#register({ uniform: value }, shape, dtype);
  }

  /** The same value under another shape of the same size, or another handle. */
  alias(source: tf.TensorInfo, shape: readonly number[]): tf.TensorInfo {
    const traced = this.#value(source);
    if ("uniform" in traced) return this.uniformInfo(traced.uniform, shape, dtypeOf(source));
    const reshaped = this.graph.reshape(traced.name, shape);
    this.setRange(reshaped, this.rangeOf(traced.name));
    return this.info(reshaped, shape, dtypeOf(source));
  }

  /** Remembers in which range a value lies. */
  setRange(name: ValueName, range: Range): void {
    this.#ranges.set(name, range);
  }

  /** The range that a value is known to lie in; any number unless told. */
  rangeOf(name: ValueName): Range {
    return this.#ranges.get(name) ?? ANY;
  }

  /** The same value, dtype and shape under a new handle. */
  clone(source: tf.TensorInfo): tf.TensorInfo {
    return this.#register(this.#value(source), source.shape, dtypeOf(source));
  }

  /** The edge that carries this tensor; a symbolic uniform is spelled out at its full shape. */
  name(info: tf.TensorInfo): ValueName {
    const traced = this.#value(info);
    return "name" in traced ? traced.name : this.graph.fill(traced.uniform, info.shape, dtypeOf(info));
  }

  /** The number that this tensor holds everywhere, if that is known while tracing. */
  uniform(info: tf.TensorInfo): number | null {
    const traced = this.#value(info);
    return "uniform" in traced ? traced.uniform : null;
  }

  /** Adds one node with one output. */
  emit(
    opType: string,
    inputs: readonly ValueName[],
    shape: readonly number[],
    dtype: DType,
    attributes: Attributes = {},
    domain = "",
  ): tf.TensorInfo {
    return this.info(this.graph.op(opType, inputs, attributes, domain), shape, dtype);
  }

  override write(values: tf.backend_util.BackendValues | null, shape: number[], dtype: tf.DataType): tf.DataId {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(
    dataId: tf.DataId,
    values: tf.backend_util.BackendValues | null,
    shape: number[],
    dtype: tf.DataType,
    _refCount: number,
  ): void {
    this.#numDataIds += 1;
    this.#values.set(dataId, this.#constant(hostTensor(values, shape, dtype)));
  }

  override readSync(_dataId: tf.DataId): never {
    throw new CompileError(
      "compile: a traced function must not read the value of a tensor (dataSync, arraySync, data-dependent control " +
        "flow) - compute with tf ops, or pass the value in as an input",
    );
  }

  override read(dataId: tf.DataId): never {
    return this.readSync(dataId);
  }

  override numDataIds(): number {
    return this.#numDataIds;
  }

  override disposeData(_dataId: tf.DataId, _force?: boolean): boolean {
    this.#numDataIds -= 1;
    return true;
  }

  override incRef(_dataId: tf.DataId): void {}
  decRef(_dataId: tf.DataId): void {}
  override refCount(_dataId: tf.DataId): number {
    return 1;
  }
  override timerAvailable(): boolean {
    return false;
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
  override floatPrecision(): 16 | 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override dispose(): void {}

  #register(traced: Traced, shape: readonly number[], dtype: DType): tf.TensorInfo {
    const dataId = {};
    this.#values.set(dataId, traced);
    this.#numDataIds += 1;
    return { dataId, shape: [...shape], dtype };
  }

  #value(info: tf.TensorInfo): Traced {
    const known = this.#values.get(info.dataId);
    if (known) return known;
    const captured = this.#constant(capturedTensor(info));
    this.#values.set(info.dataId, captured);
    return captured;
  }

  #constant(host: HostTensor): Traced {
    const first = host.data[0];
    const isUniform = first !== undefined && host.data.every((value) => value === first);
    return isUniform ? { uniform: first } : { name: this.graph.constant(host) };
  }
}

/** The values of a tensor that `fn` captured from another backend. They are copied: tfjs would move them to this one. */
function capturedTensor({ dataId, shape, dtype }: tf.TensorInfo): HostTensor {
  const engine = tf.engine();
  const owner = engine.state.tensorInfo.get(dataId)?.backend;
  if (owner && !(owner instanceof TracingBackend)) return hostTensor(engine.readSync(dataId), shape, dtype);
  throw new CompileError("compile: a tensor of another trace was used - return it as an output instead");
}

/** The dtype of a tensor info, as one of the three that we trace. */
export function dtypeOf(info: { readonly dtype: tf.DataType }): DType {
  const { dtype } = info;
  if (dtype === "float32" || dtype === "int32" || dtype === "bool") return dtype;
  throw new CompileError(`compile: a tensor must be float32, int32 or bool, got ${dtype} - cast it outside`);
}

function hostTensor(
  values: tf.backend_util.BackendValues | null,
  shape: readonly number[],
  dtype: tf.DataType,
): HostTensor {
  const type = dtypeOf({ dtype });
  const numbers = values === null ? new Float32Array(sizeOf(shape)) : Array.from(values, Number);
  if (type === "float32") return { dtype: type, shape, data: Float32Array.from(numbers) };
  if (type === "int32") return { dtype: type, shape, data: Int32Array.from(numbers) };
  return { dtype: type, shape, data: Uint8Array.from(numbers) };
}
