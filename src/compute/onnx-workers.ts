import { Worker } from "node:worker_threads";
import { BackendError, ClosedError, ShapeError } from "../core/errors.ts";
import { expectSpec, specsOf, type HostTensor, type HostTensors, type TensorSpec } from "../core/host-tensor.ts";
import { WorkerClient, workerScript } from "../core/worker-client.ts";
import type { Executable, PrepareOptions } from "./engine.ts";
import type { OnnxGraph, SessionOptions } from "./onnx-executable.ts";
import type { Signature } from "./trace.ts";

/** What is asked of a worker; `id` names an executable of the pool. */
export type WorkerRequest =
  | {
      readonly kind: "open";
      readonly id: number;
      readonly graph: OnnxGraph;
      readonly options: SessionOptions;
      readonly sharesStateOf: number | undefined;
    }
  | { readonly kind: "run"; readonly id: number; readonly inputs: HostTensors }
  | { readonly kind: "readState"; readonly id: number; readonly names: readonly string[] | undefined }
  | { readonly kind: "writeState"; readonly id: number; readonly state: HostTensors }
  | { readonly kind: "close"; readonly id: number }
  | { readonly kind: "settle" };

/** One worker thread. */
type PoolWorker = WorkerClient<WorkerRequest, HostTensors>;

/**
 * Worker threads that run graphs side by side, each on its share of the rows. Rows do not depend on each other, so each
 * thread keeps the state of its own: on small models this scales where the runtime's own threads do not, for these wait for
 * each other after every operation.
 */
export class OnnxWorkers {
  readonly #options: SessionOptions;
  readonly #workers: PoolWorker[] = [];
  #numExecutables = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Opens a graph, which was traced for one shard, in as many workers as there are shards. */
  async prepare(graph: OnnxGraph, { shards = 1, sharesStateOf }: PrepareOptions): Promise<Executable> {
    const id = this.#numExecutables++;
    const shared = sharesStateOf instanceof ShardedExecutable ? sharesStateOf.id : undefined;
    const workers = Array.from({ length: shards }, (_, i) => this.#liveWorker(i));
    const request = { kind: "open", id, graph, options: this.#options, sharesStateOf: shared } as const;
    await Promise.all(workers.map((worker) => worker.ask(request)));
    return new ShardedExecutable(id, graph, workers);
  }

  /** A thread that died took its graphs with it; graphs that are opened later get another. */
  #liveWorker(i: number): PoolWorker {
    const worker = this.#workers[i];
    if (worker && !worker.isDead) return worker;
    const fresh = startWorker();
    this.#workers[i] = fresh;
    return fresh;
  }

  /** Waits until every worker has done all that it was asked. */
  async settle(): Promise<void> {
    const alive = this.#workers.filter((worker) => !worker.isDead);
    await Promise.all(alive.map((worker) => worker.ask({ kind: "settle" })));
  }
}

function startWorker(): PoolWorker {
  const fail = (reason: string): BackendError =>
    new BackendError(`onnx worker: must answer, got: ${reason} - if it is dead, load the world again`);
  return new WorkerClient(new Worker(...workerScript("compute/onnx-worker")), fail);
}

/** An executable whose rows are spread over workers, in order. */
class ShardedExecutable implements Executable {
  readonly id: number;
  readonly #name: string;
  readonly #inputs: Signature;
  readonly #state: Signature;
  readonly #workers: readonly PoolWorker[];
  #isClosed = false;

  constructor(id: number, graph: OnnxGraph, workers: readonly PoolWorker[]) {
    this.id = id;
    this.#name = graph.name;
    this.#inputs = graph.inputs;
    this.#state = specsOf(graph.state);
    this.#workers = workers;
  }

  async run(inputs: HostTensors): Promise<HostTensors> {
    this.#expectOpen();
    const parts = this.#split(this.#inputs, inputs);
    return joined(
      await Promise.all(parts.map((part, i) => this.#ask(i, { kind: "run", id: this.id, inputs: part }, part))),
    );
  }

  async readState(names?: readonly string[]): Promise<HostTensors> {
    this.#expectOpen();
    const parts = this.#workers.map((_, i) => this.#ask(i, { kind: "readState", id: this.id, names }));
    return joined(await Promise.all(parts));
  }

  writeState(state: HostTensors): void {
    this.#expectOpen();
    const specs = Object.fromEntries(Object.entries(this.#state).filter(([name]) => name in state));
    for (const [i, part] of this.#split(specs, state).entries()) {
      // A worker answers in order: whatever is asked next finds the new state, or fails for the same reason.
      this.#ask(i, { kind: "writeState", id: this.id, state: part }, part).catch(() => {});
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const worker of this.#workers) worker.ask({ kind: "close", id: this.id }).catch(() => {});
  }

  #ask(i: number, request: WorkerRequest, tensors: HostTensors = {}): Promise<HostTensors> {
    const worker = this.#workers[i];
    if (!worker) throw new BackendError(`${this.#name}: there is no worker ${i}`);
    return worker.ask(request, buffersOf(tensors));
  }

  /** Each worker's rows of whole batches, in memory of their own. `specs` are those of one part. */
  #split(specs: Signature, batch: HostTensors): HostTensors[] {
    const shards = this.#workers.length;
    for (const [key, { shape, dtype }] of Object.entries(specs)) {
      const tensor = batch[key];
      if (!tensor) throw new ShapeError(`${this.#name}: input ${key} must be given, got nothing`);
      expectSpec(this.#name, key, { shape: [(shape[0] ?? 1) * shards, ...shape.slice(1)], dtype }, tensor);
    }
    return this.#workers.map((_, i) =>
      Object.fromEntries(
        Object.entries(specs).flatMap(([key, spec]) => {
          const tensor = batch[key];
          return tensor ? [[key, rowsOf(tensor, spec, i)]] : [];
        }),
      ),
    );
  }

  #expectOpen(): void {
    if (this.#isClosed) throw new ClosedError(`${this.#name}: the graph is closed - prepare it again`);
  }
}

/** The `i`-th part of a batch, in memory of its own. */
function rowsOf(tensor: HostTensor, { shape }: TensorSpec, i: number): HostTensor {
  const length = shape.reduce((a, b) => a * b, 1);
  const [start, end] = [i * length, (i + 1) * length];
  if (tensor.dtype === "float32") return { dtype: "float32", shape, data: tensor.data.slice(start, end) };
  if (tensor.dtype === "int32") return { dtype: "int32", shape, data: tensor.data.slice(start, end) };
  return { dtype: "bool", shape, data: tensor.data.slice(start, end) };
}

/** The parts of a batch, one behind the other. */
function joined(parts: readonly HostTensors[]): HostTensors {
  const [first = {}] = parts;
  return Object.fromEntries(
    Object.entries(first).map(([key, tensor]) => [
      key,
      joinedTensor(
        tensor,
        parts.flatMap((part) => part[key] ?? []),
      ),
    ]),
  );
}

function joinedTensor({ dtype, shape, data }: HostTensor, parts: readonly HostTensor[]): HostTensor {
  const whole = [(shape[0] ?? 1) * parts.length, ...shape.slice(1)];
  const fill = <T extends { set: (from: ArrayLike<number>, at: number) => void }>(target: T): T => {
    for (const [i, part] of parts.entries()) target.set(part.data, i * data.length);
    return target;
  };
  const length = data.length * parts.length;
  if (dtype === "float32") return { dtype, shape: whole, data: fill(new Float32Array(length)) };
  if (dtype === "int32") return { dtype, shape: whole, data: fill(new Int32Array(length)) };
  return { dtype, shape: whole, data: fill(new Uint8Array(length)) };
}

/** The memory of tensors, to be handed over instead of copied. */
export function buffersOf(tensors: HostTensors): ArrayBuffer[] {
  const buffers = Object.values(tensors).map(({ data }) => data.buffer);
  return [...new Set(buffers)].filter((buffer) => buffer instanceof ArrayBuffer);
}
