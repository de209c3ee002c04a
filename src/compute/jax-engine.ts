import { join } from "node:path";
import { BackendError, ClosedError, ShapeError } from "../core/errors.ts";
import { concatRows, expectSpec, specsOf, type HostTensor, type HostTensors } from "../core/host-tensor.ts";
import { packageRoot } from "../core/package-root.ts";
import { isRecord } from "../core/record.ts";
import { sizeOf } from "../core/shape.ts";
import type { Engine, Executable, PrepareOptions } from "./engine.ts";
import { PythonProcess } from "./python-process.ts";
import { expectRows, expectRowValues, pickRows } from "./state-rows.ts";
import type { Signature } from "./trace.ts";
import { traceStateful } from "./trace-stateful.ts";

const REMEDY = "install Python 3.10 or later with `pip install jax onnx`, and name it by GENIE_PYTHON";

type Jax = { readonly python: PythonProcess; readonly device: NonNullable<Engine["device"]> };

/** One process for all engines of a thread: two would keep the device's memory from each other. By the Python that runs it. */
const started = new Map<string, Promise<Jax>>();

/**
 * The compiled engine on XLA: a traced graph becomes one program of JAX, in a Python process beside this one, on the device
 * that JAX finds (a GPU or a TPU where there is one). State stays there from run to run.
 * @throws BackendError when Python, JAX or the onnx package is not there.
 */
export async function jaxEngine(command = process.env["GENIE_PYTHON"] || "python3"): Promise<Engine> {
  const running = await started.get(command)?.catch(() => null);
  if (!running || running.python.isDead) started.set(command, start(command));
  const { python, device } = await (started.get(command) ?? start(command));
  return {
    name: "jax",
    device,
    prepare: (fn, options) =>
      JaxExecutable.open(python, traceStateful(fn, options, { isForCpu: false }).bytes, options),
  };
}

async function start(command: string): Promise<Jax> {
  const python = new PythonProcess(command, [join(packageRoot(), "python", "genie_jax")], REMEDY);
  const about = await python.ask("describe");
  const { platform, device } = isRecord(about) ? about : {};
  return { python, device: { name: `${String(device)} (JAX)`, isCpu: platform === "cpu" } };
}

let numPrograms = 0;

class JaxExecutable implements Executable {
  readonly #python: PythonProcess;
  readonly #options: PrepareOptions;
  readonly #specs: Signature;
  readonly id = numPrograms++;
  /** Not private, like `id`: who shares the state may hold a proxy, which reaches no private field. */
  isClosed = false;
  /** Why a change of the state failed that nobody waited for. */
  #failure: Error | null = null;

  private constructor(python: PythonProcess, options: PrepareOptions) {
    this.#python = python;
    this.#options = options;
    this.#specs = specsOf(options.state ?? {});
  }

  static async open(python: PythonProcess, graph: Uint8Array, options: PrepareOptions): Promise<JaxExecutable> {
    const executable = new JaxExecutable(python, options);
    const { state = {}, rings = {}, inputs, sharesStateOf } = options;
    const owner = sharesStateOf instanceof JaxExecutable ? sharesStateOf : null;
    if (owner?.isClosed) {
      throw new ClosedError(`${options.name}: the function whose state it shares is closed - prepare that again`);
    }
    const shares = owner ? owner.id : null;
    await executable.#ask("prepare", { graph, inputs, state: shares === null ? state : {}, rings, shares });
    return executable;
  }

  async run(inputs: HostTensors): Promise<HostTensors> {
    this.#expectOpen();
    const { name, inputs: signature } = this.#options;
    const given: Record<string, HostTensor> = {};
    for (const [key, spec] of Object.entries(signature)) {
      const input = inputs[key];
      if (!input) throw new ShapeError(`${name}: input ${key} must be given, got nothing`);
      expectSpec(name, key, spec, input);
      given[key] = input;
    }
    return expectTensors(await this.#ask("run", { inputs: given }));
  }

  async readState(names: readonly string[] = Object.keys(this.#specs)): Promise<HostTensors> {
    this.#expectOpen();
    for (const key of names) this.#specOf(key, "readState");
    return expectTensors(await this.#ask("read", { names }));
  }

  writeState(state: HostTensors): void {
    this.#expectOpen();
    for (const [key, tensor] of Object.entries(state)) {
      expectSpec(this.#options.name, key, this.#specOf(key, this.#options.name), tensor);
    }
    // What is sent lies where it is until it has left.
    const sent = Object.entries(state).map(([key, tensor]) => [key, { ...tensor, data: tensor.data.slice() }]);
    this.#send("write", { state: Object.fromEntries(sent) });
  }

  async readRows(rows: readonly number[]): Promise<HostTensors[]> {
    this.#expectOpen();
    expectRows(this.#options.name, this.#specs, rows);
    return pickRows(expectTensors(await this.#ask("readRows", { rows, names: Object.keys(this.#specs) })), [
      ...rows.keys(),
    ]);
  }

  writeRows(rows: readonly number[], values: readonly HostTensors[]): void {
    this.#expectOpen();
    expectRowValues(this.#options.name, this.#specs, rows, values);
    const stacked = Object.keys(this.#specs).flatMap((key): [string, HostTensor][] => {
      const parts = values.flatMap((value) => value[key] ?? []);
      return parts[0] ? [[key, concatRows(parts[0], parts)]] : [];
    });
    this.#send("writeRows", { rows, values: Object.fromEntries(stacked) });
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    // Also where a change of the state failed; and of a process that has died there is nothing to free.
    this.#python.ask("close", { program: this.id }).catch(() => {});
  }

  async #ask(request: string, content: object = {}): Promise<unknown> {
    if (this.#failure) throw this.#failure;
    return this.#python.ask(request, { ...content, program: this.id });
  }

  /** Asks for what nobody waits for: requests are answered in their order. */
  #send(request: string, content: object = {}): void {
    this.#ask(request, content).catch((error: Error) => (this.#failure = error));
  }

  #specOf(key: string, where: string) {
    const spec = this.#specs[key];
    if (spec) return spec;
    throw new ShapeError(`${where}: ${key} must be a state entry, got an unknown name`);
  }

  #expectOpen(): void {
    if (this.isClosed) throw new ClosedError(`${this.#options.name}: the function is closed - prepare it again`);
  }
}

function expectTensors(answer: unknown): HostTensors {
  const entries = isRecord(answer) ? Object.entries(answer) : [];
  return Object.fromEntries(entries.map(([key, tensor]) => [key, expectTensor(key, tensor)]));
}

function expectTensor(key: string, tensor: unknown): HostTensor {
  const { dtype, shape, data } = isRecord(tensor) ? tensor : {};
  if (isShape(shape) && ArrayBuffer.isView(data) && "length" in data && data.length === sizeOf(shape)) {
    if (dtype === "float32" && data instanceof Float32Array) return { dtype, shape, data };
    if (dtype === "int32" && data instanceof Int32Array) return { dtype, shape, data };
    if (dtype === "bool" && data instanceof Uint8Array) return { dtype, shape, data };
  }
  throw new BackendError(`run: output ${key} must be a tensor, got ${String(dtype)}`);
}

function isShape(shape: unknown): shape is readonly number[] {
  return Array.isArray(shape) && shape.every(Number.isInteger);
}
