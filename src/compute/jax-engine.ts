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

/** One process for all engines: two would keep the device's memory from each other. */
let started: Promise<PythonProcess> | undefined;

/**
 * The compiled engine on XLA: a traced graph becomes one program of JAX, in a Python process beside this one, on the device
 * that JAX finds (a GPU or a TPU where there is one). State stays there from run to run.
 * @throws BackendError when Python, JAX or the onnx package is not there.
 */
export async function jaxEngine(python = process.env["GENIE_PYTHON"] || "python3"): Promise<Engine> {
  started ??= start(python).catch((error: unknown) => {
    started = undefined;
    throw error;
  });
  const process = await started;
  return {
    name: "jax",
    prepare: (fn, options) =>
      JaxExecutable.open(process, traceStateful(fn, options, { isForCpu: false }).bytes, options),
  };
}

/** What JAX computes on: `platform` is cpu, gpu or tpu. */
export type JaxDevice = { readonly platform: string; readonly device: string };

/** The device of the engines that run. @throws BackendError when none was started, or JAX does not say. */
export async function describeJax(): Promise<JaxDevice> {
  const about = await (await started)?.ask("describe");
  const { platform, device } = isRecord(about) ? about : {};
  if (typeof platform === "string" && typeof device === "string") return { platform, device };
  throw new BackendError("jax: its device must be known, got nothing - create the engine first");
}

async function start(python: string): Promise<PythonProcess> {
  const child = new PythonProcess(python, [join(packageRoot(), "python", "genie_jax")], REMEDY);
  await child.ask("describe");
  return child;
}

let numPrograms = 0;

class JaxExecutable implements Executable {
  readonly #process: PythonProcess;
  readonly #options: PrepareOptions;
  readonly #specs: Signature;
  readonly id = numPrograms++;
  #isClosed = false;
  /** Why a change of the state failed that nobody waited for. */
  #failure: Error | null = null;

  private constructor(process: PythonProcess, options: PrepareOptions) {
    this.#process = process;
    this.#options = options;
    this.#specs = specsOf(options.state ?? {});
  }

  static async open(process: PythonProcess, graph: Uint8Array, options: PrepareOptions): Promise<JaxExecutable> {
    const executable = new JaxExecutable(process, options);
    const { state = {}, rings = {}, sharesStateOf } = options;
    const shares = sharesStateOf instanceof JaxExecutable ? sharesStateOf.id : null;
    await executable.#ask("prepare", { graph, state: shares === null ? state : {}, rings, shares });
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
    this.#send("write", { state });
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
    if (this.#isClosed) return;
    this.#isClosed = true;
    // Also where a change of the state failed; and of a process that has died there is nothing to free.
    this.#process.ask("close", { program: this.id }).catch(() => {});
  }

  async #ask(request: string, content: object = {}): Promise<unknown> {
    if (this.#failure) throw this.#failure;
    return this.#process.ask(request, { ...content, program: this.id });
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
    if (this.#isClosed) throw new ClosedError(`${this.#options.name}: the function is closed - prepare it again`);
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
