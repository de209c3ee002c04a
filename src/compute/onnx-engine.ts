import * as ort from "onnxruntime-node";
import { BackendError, ClosedError, CompileError, ShapeError } from "../core/errors.ts";
import { expectSpec, specsOf } from "../core/host-tensor.ts";
import type { HostTensor, HostTensors, TensorSpec } from "../core/host-tensor.ts";
import type { Engine, Executable, PrepareOptions } from "./engine.ts";
import { trace, type Signature, type TensorFunction } from "./trace.ts";

/** Options of the compiled engine. */
export type CompileOptions = {
  /** Threads that one run uses; default: one per core. */
  readonly threads?: number;
  /** Start of the names of the files that ONNX Runtime's profiler writes when a graph is closed; none when left out. */
  readonly profile?: string;
  /**
   * ONNX Runtime's execution providers, the preferred first; an op that one lacks falls to the next. `["cpu"]` by
   * default; `cuda`, `tensorrt`, `webgpu`, `coreml` and `dml` exist on some platforms.
   */
  readonly providers?: readonly string[];
};

const CPU = ["cpu"] as const;

/** Output names of state entries end in this, since an ONNX input and output cannot share a name. */
const NEXT = ":next";

/**
 * Traces a pure tfjs function into one ONNX graph and opens it with ONNX Runtime.
 * There is one graph per signature: shapes are fixed, so the runtime can plan its memory.
 * @throws CompileError when the function uses an op without a lowering; BackendError for a provider that does not start.
 */
export async function compile(
  fn: TensorFunction,
  prepare: PrepareOptions,
  options: CompileOptions = {},
): Promise<Executable> {
  const { bytes, outputs } = traceStateful(fn, prepare);
  const session = await openSession(prepare.name, bytes, options);
  return new OnnxExecutable(session, prepare, outputs);
}

async function openSession(
  name: string,
  bytes: Uint8Array,
  { threads, profile, providers = CPU }: CompileOptions,
): Promise<ort.InferenceSession> {
  expectProviders(providers);
  const options: ort.InferenceSession.SessionOptions = {
    executionProviders: providers,
    executionMode: "sequential",
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
    graphOptimizationLevel: "all",
    extra: { session: { set_denormal_as_zero: "1" } },
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
  };
  try {
    return await ort.InferenceSession.create(bytes, options);
  } catch (cause) {
    const device = providers.find((provider) => provider !== "cpu");
    if (device !== undefined) throw deviceError(name, device, cause);
    throw new CompileError(
      `compile(${name}): ops must be used with dtypes that ONNX Runtime has them for, got ${String(cause)} - cast first`,
      { cause },
    );
  }
}

/** The runtime drops unknown providers as long as one is known, so that a typo would run on the CPU. */
function expectProviders(providers: readonly string[]): void {
  const known = ort.listSupportedBackends().map(({ name }) => name);
  const unknown = providers.find((provider) => !known.includes(provider));
  if (unknown === undefined && providers.length > 0) return;
  throw new BackendError(
    `providers: each must be one of ${known.join(", ")}, got ${unknown ?? "none"} - ` +
      "ONNX Runtime has no other on this platform",
  );
}

/** What a device needs besides the npm package. */
const REMEDIES: Readonly<Record<string, string>> = {
  cuda:
    "run `ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --ignore-scripts=false`, and install CUDA 12 " +
    "and cuDNN 9",
  tensorrt: "install TensorRT besides what cuda needs",
  webgpu: "install a driver for Vulkan, Metal or Direct3D 12",
};

function deviceError(graph: string, device: string, cause: unknown): BackendError {
  const remedy = REMEDIES[device] ?? "install its driver";
  return new BackendError(`providers: ${device} must open ${graph}, got ${String(cause)} - ${remedy}, or use cpu`, {
    cause,
  });
}

/** The ONNX model of a prepared function, as `compile` opens it. */
export function traceStateful(fn: TensorFunction, prepare: PrepareOptions): { bytes: Uint8Array; outputs: Signature } {
  const { name, inputs, constants = {}, state = {} } = prepare;
  const renamed: TensorFunction = (tensors) =>
    Object.fromEntries(Object.entries(fn(tensors)).map(([key, y]) => [key in state ? key + NEXT : key, y]));
  const { bytes, outputs } = trace(renamed, { ...inputs, ...specsOf(state) }, constants, name);
  for (const [key, { shape, dtype }] of Object.entries(state)) {
    const next = outputs[key + NEXT];
    if (next && (next.dtype !== dtype || next.shape.join() !== shape.join())) {
      throw new CompileError(
        `compile(${name}): state ${key} must keep its shape ${dtype}[${shape.join()}], got ` +
          `${next.dtype}[${next.shape.join()}] - return it unchanged in shape`,
      );
    }
  }
  return { bytes, outputs };
}

/** The compiled engine: ONNX Runtime, on the CPU unless `providers` say otherwise. @throws BackendError for unknown providers. */
export function onnxEngine(options: CompileOptions = {}): Engine {
  expectProviders(options.providers ?? CPU);
  return { name: "onnx", prepare: (fn, prepare) => compile(fn, prepare, options) };
}

/** A session with two buffers for each state entry: one is read while the other is written, then they swap. */
class OnnxExecutable implements Executable {
  #session: ort.InferenceSession | null;
  readonly #name: string;
  readonly #inputs: Signature;
  readonly #results: Signature;
  readonly #specs: Signature;
  #state: Record<string, ort.Tensor> = {};
  #spare: Record<string, ort.Tensor> = {};

  constructor(session: ort.InferenceSession, prepare: PrepareOptions, outputs: Signature) {
    this.#session = session;
    this.#name = prepare.name;
    this.#inputs = prepare.inputs;
    this.#specs = specsOf(prepare.state ?? {});
    this.#results = Object.fromEntries(Object.entries(outputs).filter(([key]) => !key.endsWith(NEXT)));
    for (const [key, tensor] of Object.entries(prepare.state ?? {})) {
      this.#state[key] = copyToRuntime(tensor);
      if (key + NEXT in outputs) this.#spare[key] = copyToRuntime(tensor);
    }
  }

  async run(inputs: HostTensors): Promise<HostTensors> {
    const session = this.#open();
    const feeds: Record<string, ort.Tensor> = { ...this.#state };
    for (const [key, spec] of Object.entries(this.#inputs)) feeds[key] = this.#feed(key, spec, inputs[key]);
    const fetches: Record<string, ort.Tensor | null> = {};
    for (const key of Object.keys(this.#results)) fetches[key] = null;
    for (const [key, buffer] of Object.entries(this.#spare)) fetches[key + NEXT] = buffer;
    const outputs = await session.run(feeds, fetches);
    for (const [key, buffer] of Object.entries(this.#spare)) {
      const last = this.#state[key];
      if (last) this.#spare[key] = last;
      this.#state[key] = buffer;
    }
    return Object.fromEntries(
      Object.entries(this.#results).map(([key, spec]) => [key, hostTensor(outputs[key], spec, key)]),
    );
  }

  readState(names: readonly string[] = Object.keys(this.#state)): Promise<HostTensors> {
    this.#open();
    const entries = names.map((key): [string, HostTensor] => {
      const tensor = this.#state[key];
      return [key, copyToHost(tensor, key)];
    });
    return Promise.resolve(Object.fromEntries(entries));
  }

  writeState(state: HostTensors): void {
    this.#open();
    for (const [key, tensor] of Object.entries(state)) {
      const spec = this.#specs[key];
      if (!spec) throw new ShapeError(`${this.#name}: ${key} must be a state entry, got an unknown name`);
      expectSpec(this.#name, key, spec, tensor);
      this.#state[key] = copyToRuntime(tensor);
    }
  }

  close(): void {
    const session = this.#session;
    this.#session = null;
    this.#state = {};
    this.#spare = {};
    // Releasing is all that is left to do with a session; a failure would have nobody to tell.
    session?.release().catch(() => {});
  }

  #feed(key: string, spec: TensorSpec, tensor: HostTensor | undefined): ort.Tensor {
    if (!tensor) throw new ShapeError(`${this.#name}: input ${key} must be given, got nothing`);
    expectSpec(this.#name, key, spec, tensor);
    return new ort.Tensor(tensor.dtype, tensor.data, tensor.shape);
  }

  #open(): ort.InferenceSession {
    if (this.#session) return this.#session;
    throw new ClosedError(`${this.#name}: the graph is closed - prepare it again`);
  }
}

function copyToRuntime(tensor: HostTensor): ort.Tensor {
  return new ort.Tensor(tensor.dtype, tensor.data.slice(), tensor.shape);
}

function copyToHost(tensor: ort.Tensor | undefined, key: string): HostTensor {
  const dtype = tensor?.type;
  const spec = tensor && { shape: tensor.dims };
  if (spec && (dtype === "float32" || dtype === "int32" || dtype === "bool")) {
    const host = hostTensor(tensor, { ...spec, dtype }, key);
    return cloned(host);
  }
  throw new ShapeError(`readState: ${key} must be a state entry, got an unknown name`);
}

function cloned(tensor: HostTensor): HostTensor {
  if (tensor.dtype === "float32") return { ...tensor, data: tensor.data.slice() };
  if (tensor.dtype === "int32") return { ...tensor, data: tensor.data.slice() };
  return { ...tensor, data: tensor.data.slice() };
}

function hostTensor(tensor: ort.Tensor | undefined, { shape, dtype }: TensorSpec, key: string): HostTensor {
  const data = tensor?.data;
  if (dtype === "float32" && data instanceof Float32Array) return { dtype, shape, data };
  if (dtype === "int32" && data instanceof Int32Array) return { dtype, shape, data };
  if (dtype === "bool" && data instanceof Uint8Array) return { dtype, shape, data };
  throw new CompileError(`run: output ${key} must be ${dtype}, got ${String(tensor?.type)}`);
}
