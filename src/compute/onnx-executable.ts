import { availableParallelism, cpus } from "node:os";
import { threadId } from "node:worker_threads";
import * as ort from "onnxruntime-node";
import { BackendError, ClosedError, CompileError, ShapeError } from "../core/errors.ts";
import { expectSpec, specsOf } from "../core/host-tensor.ts";
import type { HostTensor, HostTensors, TensorSpec } from "../core/host-tensor.ts";
import type { Executable, Ring } from "./engine.ts";
import { profilePath } from "./onnx-profile.ts";
import { writeSlots } from "./ring.ts";
import { expectRows, expectRowValues, pickRows } from "./state-rows.ts";
import { SessionCache, type SharedSession } from "./session-cache.ts";
import type { Signature } from "./trace.ts";
import { NEXT } from "./trace-stateful.ts";

/** How ONNX Runtime runs a graph. */
export type SessionOptions = {
  /** Threads that one run uses; default: one per core. */
  readonly threads?: number;
  /** Start of the paths of the files that ONNX Runtime's profiler writes when a graph is closed (`readProfiles`); none when left out. */
  readonly profile?: string;
  /**
   * ONNX Runtime's execution providers, the preferred first; an op that one lacks falls to the next. `["cpu"]` by
   * default; `cuda`, `tensorrt`, `webgpu`, `coreml` and `dml` exist on some platforms.
   */
  readonly providers?: readonly string[];
};

/** What runs a graph unless told otherwise. */
export const CPU = ["cpu"] as const;

/** A traced function as plain data: what a worker needs to run it. */
export type OnnxGraph = {
  readonly name: string;
  /** The ONNX file. */
  readonly bytes: Uint8Array;
  readonly inputs: Signature;
  readonly outputs: Signature;
  readonly state: HostTensors;
  readonly rings: Readonly<Record<string, Ring>>;
};

type Shared = SharedSession<ort.InferenceSession>;

const sessions = new SessionCache<ort.InferenceSession>();

/** How many of ONNX Runtime's sessions are open in this thread. */
export function countSessions(): number {
  return sessions.size;
}

async function openSession({ name, bytes }: OnnxGraph, options: SessionOptions): Promise<Shared> {
  expectProviders(options.providers ?? CPU);
  return sessions.share(bytes, options, () => createSession(name, bytes, options));
}

async function createSession(
  name: string,
  bytes: Uint8Array,
  { threads, profile, providers = CPU }: SessionOptions,
): Promise<ort.InferenceSession> {
  const options: ort.InferenceSession.SessionOptions = {
    executionProviders: providers,
    executionMode: "sequential",
    ...(profile === undefined
      ? {}
      : { enableProfiling: true, profileFilePrefix: profilePath(profile, name, threadId) }),
    graphOptimizationLevel: "all",
    // A device leaves shapes to the CPU, and the runtime would warn of it for every graph.
    ...(providers.every((provider) => provider === "cpu") ? {} : { logSeverityLevel: 3 }),
    // Threads that go on spinning after a run are in the way of the next graph's: a step runs several graphs in turn.
    extra: { session: { set_denormal_as_zero: "1", force_spinning_stop: "1" } },
    ...intraOpThreads(threads),
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

/**
 * The runtime takes a thread per physical core, also where the process may use fewer (`taskset`, a container's cpuset):
 * there two threads of a core would spin in each other's way.
 */
function intraOpThreads(threads: number | undefined): { intraOpNumThreads?: number } {
  if (threads !== undefined) return { intraOpNumThreads: threads };
  const allowed = availableParallelism();
  return allowed < cpus().length ? { intraOpNumThreads: allowed } : {};
}

/** The runtime drops unknown providers as long as one is known, so that a typo would run on the CPU. */
export function expectProviders(providers: readonly string[]): void {
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

/**
 * A session and its state. The runtime reads inputs where they lie, but copies every output into memory of its own: what
 * it returns for a state entry takes that entry's place, and what it returns for a ring is written into the ring.
 */
export class OnnxExecutable implements Executable {
  #shared: Shared | null;
  readonly #name: string;
  readonly #inputs: Signature;
  readonly #results: Signature;
  readonly #specs: Signature;
  /** The state entries that a run replaces, and how. */
  readonly #replaced: readonly { readonly key: string; readonly ring: Ring | undefined }[];
  /** Shared with the executables that work on the same state. */
  readonly state: Record<string, ort.Tensor>;

  private constructor(shared: Shared, graph: OnnxGraph, sharesStateOf?: Executable) {
    const { name, inputs, outputs, state, rings } = graph;
    this.#shared = shared;
    this.#name = name;
    this.#inputs = inputs;
    this.#specs = specsOf(state);
    this.#results = Object.fromEntries(Object.entries(outputs).filter(([key]) => !key.endsWith(NEXT)));
    this.#replaced = Object.keys(state).flatMap((key) => (key + NEXT in outputs ? [{ key, ring: rings[key] }] : []));
    this.state =
      sharesStateOf instanceof OnnxExecutable
        ? sharesStateOf.state
        : Object.fromEntries(Object.entries(state).map(([key, tensor]) => [key, copyToRuntime(tensor)]));
  }

  /** Opens a graph. @throws BackendError for a provider that does not start. */
  static async open(graph: OnnxGraph, options: SessionOptions, sharesStateOf?: Executable): Promise<OnnxExecutable> {
    return new OnnxExecutable(await openSession(graph, options), graph, sharesStateOf);
  }

  async run(inputs: HostTensors): Promise<HostTensors> {
    const session = this.#open();
    const feeds: Record<string, ort.Tensor> = {};
    for (const key of Object.keys(this.#specs)) feeds[key] = this.#entry(key);
    for (const [key, spec] of Object.entries(this.#inputs)) feeds[key] = this.#feed(key, spec, inputs[key]);
    const outputs = await session.run(feeds).catch((error: unknown) => {
      // Somebody may have closed the graph meanwhile, which the runtime says in words of its own.
      this.#open();
      throw error;
    });
    for (const { key, ring } of this.#replaced) {
      const next = outputs[key + NEXT];
      if (!next) throw new CompileError(`run: output ${key + NEXT} must be there, got nothing`);
      if (ring) writeRing(this.#entry(key), next, ring.axis, inputs[ring.slots]);
      else this.state[key] = next;
    }
    return Object.fromEntries(
      Object.entries(this.#results).map(([key, spec]) => [key, hostTensor(outputs[key], spec, key)]),
    );
  }

  readState(names: readonly string[] = Object.keys(this.#specs)): Promise<HostTensors> {
    this.#open();
    const entries = names.map((key): [string, HostTensor] => [key, copyToHost(this.state[key], key)]);
    return Promise.resolve(Object.fromEntries(entries));
  }

  writeState(state: HostTensors): void {
    this.#open();
    for (const [key, tensor] of Object.entries(state)) {
      const spec = this.#specs[key];
      if (!spec) throw new ShapeError(`${this.#name}: ${key} must be a state entry, got an unknown name`);
      expectSpec(this.#name, key, spec, tensor);
      this.state[key] = copyToRuntime(tensor);
    }
  }

  readRows(rows: readonly number[]): Promise<HostTensors[]> {
    this.#open();
    expectRows(this.#name, this.#specs, rows);
    const entries = Object.entries(this.#specs).map(([key, spec]): [string, HostTensor] => [
      key,
      hostTensor(this.state[key], spec, key),
    ]);
    return Promise.resolve(pickRows(Object.fromEntries(entries), rows));
  }

  writeRows(rows: readonly number[], values: readonly HostTensors[]): void {
    this.#open();
    expectRowValues(this.#name, this.#specs, rows, values);
    for (const [key, spec] of Object.entries(this.#specs)) {
      const { data } = hostTensor(this.state[key], spec, key);
      for (const [i, row] of rows.entries()) {
        const value = values[i]?.[key]?.data ?? [];
        data.set(value, row * value.length);
      }
    }
  }

  close(): void {
    this.#shared?.leave();
    this.#shared = null;
  }

  #entry(key: string): ort.Tensor {
    const tensor = this.state[key];
    if (tensor) return tensor;
    throw new CompileError(`${this.#name}: state ${key} must be in the executable that it shares, got nothing`);
  }

  #feed(key: string, spec: TensorSpec, tensor: HostTensor | undefined): ort.Tensor {
    if (!tensor) throw new ShapeError(`${this.#name}: input ${key} must be given, got nothing`);
    expectSpec(this.#name, key, spec, tensor);
    return new ort.Tensor(tensor.dtype, tensor.data, tensor.shape);
  }

  #open(): ort.InferenceSession {
    if (this.#shared) return this.#shared.session;
    throw new ClosedError(`${this.#name}: the graph is closed - prepare it again`);
  }
}

function writeRing(entry: ort.Tensor, next: ort.Tensor, axis: number, slots: HostTensor | undefined): void {
  const [into, from] = [entry.data, next.data];
  if (!(into instanceof Float32Array) || !(from instanceof Float32Array)) {
    throw new CompileError(`run: a ring must be float32, got ${entry.type}`);
  }
  writeSlots({ data: into, shape: entry.dims }, { data: from, shape: next.dims }, axis, slots?.data ?? []);
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
