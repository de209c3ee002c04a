import { Worker } from "node:worker_threads";
import { BackendError, ClosedError, ShapeError } from "../core/errors.ts";
import { concatRows, expectSpec, sliceRows, specsOf, type HostTensors } from "../core/host-tensor.ts";
import { WorkerClient, workerScript } from "../core/worker-client.ts";
import type { Executable, PrepareOptions } from "./engine.ts";
import type { OnnxGraph, SessionOptions } from "./onnx-executable.ts";
import { expectRows, expectRowValues } from "./state-rows.ts";
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
  | { readonly kind: "readRows"; readonly id: number; readonly rows: readonly number[] }
  | {
      readonly kind: "writeRows";
      readonly id: number;
      readonly rows: readonly number[];
      readonly values: readonly HostTensors[];
    }
  | { readonly kind: "close"; readonly id: number }
  | { readonly kind: "settle" };

/** One worker thread; a whole batch is one answer, rows are as many as were asked for. */
type PoolWorker = WorkerClient<WorkerRequest, HostTensors[]>;

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
  /** Rows that each worker has. */
  readonly #share: number;
  #isClosed = false;

  constructor(id: number, graph: OnnxGraph, workers: readonly PoolWorker[]) {
    this.id = id;
    this.#name = graph.name;
    this.#inputs = graph.inputs;
    this.#state = specsOf(graph.state);
    this.#workers = workers;
    const [first] = Object.values({ ...this.#state, ...this.#inputs });
    this.#share = first?.shape[0] ?? 1;
  }

  async run(inputs: HostTensors): Promise<HostTensors> {
    this.#expectOpen();
    const parts = this.#split(this.#inputs, inputs);
    const asked = parts.map((part, i) => this.#ask(i, { kind: "run", id: this.id, inputs: part }, part));
    return joined((await Promise.all(asked)).flat());
  }

  async readState(names?: readonly string[]): Promise<HostTensors> {
    this.#expectOpen();
    this.#expectEntries(names ?? []);
    const parts = this.#workers.map((_, i) => this.#ask(i, { kind: "readState", id: this.id, names }));
    return joined((await Promise.all(parts)).flat());
  }

  writeState(state: HostTensors): void {
    this.#expectOpen();
    this.#expectEntries(Object.keys(state));
    const specs = Object.fromEntries(Object.entries(this.#state).filter(([name]) => name in state));
    for (const [i, part] of this.#split(specs, state).entries()) {
      // A worker answers in order: whatever is asked next finds the new state, or fails for the same reason.
      this.#ask(i, { kind: "writeState", id: this.id, state: part }, part).catch(() => {});
    }
  }

  async readRows(rows: readonly number[]): Promise<HostTensors[]> {
    this.#expectOpen();
    expectRows(this.#name, this.#wholes(this.#state), rows);
    const shares = this.#sharesOf(rows);
    const asked = shares.map(({ own }, i) => this.#ask(i, { kind: "readRows", id: this.id, rows: own }));
    const read = await Promise.all(asked);
    const found = shares.flatMap(({ places }, i) => places.map((place, j) => [place, read[i]?.[j] ?? {}] as const));
    return found.toSorted(([a], [b]) => a - b).map(([, row]) => row);
  }

  writeRows(rows: readonly number[], values: readonly HostTensors[]): void {
    this.#expectOpen();
    expectRowValues(this.#name, this.#wholes(this.#state), rows, values);
    for (const [i, { own, places }] of this.#sharesOf(rows).entries()) {
      const theirs = places.map((place) => values[place] ?? {});
      // As in `writeState`. The values stay the caller's; what occurs twice in a message is copied once.
      this.#ask(i, { kind: "writeRows", id: this.id, rows: own, values: theirs }).catch(() => {});
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const worker of this.#workers) worker.ask({ kind: "close", id: this.id }).catch(() => {});
  }

  #ask(i: number, request: WorkerRequest, tensors: HostTensors = {}): Promise<HostTensors[]> {
    const worker = this.#workers[i];
    if (!worker) throw new BackendError(`${this.#name}: there is no worker ${i}`);
    return worker.ask(request, buffersOf([tensors]));
  }

  /** Of each worker, those of `rows` that it has, by its own numbers, and their places in the list. */
  #sharesOf(rows: readonly number[]): { own: number[]; places: number[] }[] {
    return this.#workers.map((_, i) => {
      const places = [...rows.keys()].filter((place) => Math.floor(Number(rows[place]) / this.#share) === i);
      return { places, own: places.map((place) => Number(rows[place]) - i * this.#share) };
    });
  }

  /** Each worker's rows of whole batches, in memory of their own. `specs` are those of one part. */
  #split(specs: Signature, batch: HostTensors): HostTensors[] {
    for (const [key, spec] of Object.entries(this.#wholes(specs))) {
      const tensor = batch[key];
      if (!tensor) throw new ShapeError(`${this.#name}: input ${key} must be given, got nothing`);
      expectSpec(this.#name, key, spec, tensor);
    }
    return this.#workers.map((_, i) =>
      Object.fromEntries(
        Object.entries(specs).flatMap(
          ([
            key,
            {
              shape: [rows = 1],
            },
          ]) => {
            const tensor = batch[key];
            return tensor ? [[key, sliceRows(tensor, i * rows, (i + 1) * rows)]] : [];
          },
        ),
      ),
    );
  }

  /** The specs of whole batches, from those of one part. */
  #wholes(specs: Signature): Signature {
    const wholes = Object.entries(specs).map(([key, { shape, dtype }]) => {
      return [key, { shape: shape.with(0, (shape[0] ?? 1) * this.#workers.length), dtype }];
    });
    return Object.fromEntries(wholes);
  }

  #expectEntries(names: readonly string[]): void {
    const unknown = names.find((name) => !Object.hasOwn(this.#state, name));
    if (unknown === undefined) return;
    throw new ShapeError(`${this.#name}: ${unknown} must be a state entry, got an unknown name`);
  }

  #expectOpen(): void {
    if (this.#isClosed) throw new ClosedError(`${this.#name}: the graph is closed - prepare it again`);
  }
}

/** The parts of a batch, one behind the other. */
function joined(parts: readonly HostTensors[]): HostTensors {
  const [first = {}] = parts;
  return Object.fromEntries(
    Object.entries(first).map(([key, tensor]) => [
      key,
      concatRows(
        tensor,
        parts.flatMap((part) => part[key] ?? []),
      ),
    ]),
  );
}

/** The memory of tensors, to be handed over instead of copied. */
export function buffersOf(batches: readonly HostTensors[]): ArrayBuffer[] {
  const buffers = batches.flatMap((tensors) => Object.values(tensors).map(({ data }) => data.buffer));
  return [...new Set(buffers)].filter((buffer) => buffer instanceof ArrayBuffer);
}
