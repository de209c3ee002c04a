import * as tf from "@tensorflow/tfjs";
import { ClosedError, ShapeError } from "../core/errors.ts";
import { concatRows, expectSpec, specsOf, type HostTensor, type HostTensors } from "../core/host-tensor.ts";
import { selectBackend } from "./backend.ts";
import type { DeviceTensor, LaunchInputs } from "./device-tensors.ts";
import { EagerTensor, readEach, readPacked } from "./eager-tensor.ts";
import type { Engine, Executable, PrepareOptions } from "./engine.ts";
import { withSlots } from "./ring-tensors.ts";
import { expectRows, expectRowValues, pickRows } from "./state-rows.ts";
import type { TensorFunction, Tensors } from "./trace.ts";
import { sizeOf } from "../core/shape.ts";

/**
 * Runs tensor functions op by op on a tfjs backend; constants and state stay on its device.
 * @throws BackendError when the backend is not installed.
 */
export async function eagerEngine(backend: string): Promise<Engine> {
  const name = await selectBackend({ backend });
  return {
    name,
    prepare: (fn, options) => {
      void tf.setBackend(name);
      return Promise.resolve(new EagerExecutable(fn, options, name));
    },
    read: (tensors) => {
      if (tf.getBackend() !== name) void tf.setBackend(name);
      return readPacked(tensors.flatMap((tensor) => (tensor instanceof EagerTensor ? [tensor.tensor] : [])));
    },
  };
}

class EagerExecutable implements Executable {
  readonly #fn: TensorFunction;
  readonly #options: PrepareOptions;
  readonly #backend: string;
  readonly #constants: Record<string, tf.Tensor>;
  /** Shared with the executables that work on the same state. */
  readonly state: Record<string, tf.Tensor>;
  readonly #ownsState: boolean;
  #closed = false;

  constructor(fn: TensorFunction, options: PrepareOptions, backend: string) {
    this.#fn = fn;
    this.#options = options;
    this.#backend = backend;
    this.#constants = upload(options.constants ?? {});
    const { sharesStateOf } = options;
    this.#ownsState = !(sharesStateOf instanceof EagerExecutable);
    this.state = sharesStateOf instanceof EagerExecutable ? sharesStateOf.state : upload(options.state ?? {});
  }

  async run(inputs: HostTensors): Promise<HostTensors> {
    return download(this.#compute(inputs));
  }

  async launch(inputs: LaunchInputs): Promise<Record<string, DeviceTensor>> {
    const outputs = Object.entries(this.#compute(inputs));
    return Object.fromEntries(outputs.map(([key, tensor]) => [key, new EagerTensor(tensor)]));
  }

  /** Runs the function and keeps the state that it returns. Returns the other outputs, which are the caller's. */
  #compute(inputs: LaunchInputs): Tensors {
    this.#expectOpen();
    const { name, inputs: signature } = this.#options;
    const outputs = tf.tidy(() => {
      const given: Record<string, tf.Tensor> = {};
      for (const [key, spec] of Object.entries(signature)) {
        const input = inputs[key];
        if (!input) throw new ShapeError(`${name}: input ${key} must be given, got nothing`);
        expectSpec(name, key, spec, input);
        given[key] = tensorOf(input, `${name}: input ${key}`);
      }
      return cloned(this.#wholeEntries(this.#fn({ ...given, ...this.#constants, ...this.state }), given));
    });
    return this.#keepState(outputs);
  }

  /** Outputs of rings are slots: puts them into their entries. */
  #wholeEntries(outputs: Tensors, inputs: Tensors): Tensors {
    const entries = Object.entries(this.#options.rings ?? {}).flatMap(([key, { axis, slots }]) => {
      const [entry, fresh, slots_B] = [this.state[key], outputs[key], inputs[slots]];
      return entry && fresh && slots_B ? [[key, withSlots(entry, fresh, axis, slots_B)]] : [];
    });
    return { ...outputs, ...Object.fromEntries(entries) };
  }

  /** Moves state outputs into the state; returns the others. */
  #keepState(outputs: Tensors): Tensors {
    const results: Record<string, tf.Tensor> = {};
    for (const [key, tensor] of Object.entries(outputs)) {
      const last = this.state[key];
      if (last) this.state[key] = tf.keep(tensor);
      else results[key] = tensor;
      last?.dispose();
    }
    return results;
  }

  async readState(names: readonly string[] = Object.keys(this.#options.state ?? {})): Promise<HostTensors> {
    this.#expectOpen();
    return named(Object.fromEntries(this.#entries(names)));
  }

  writeState(state: HostTensors): void {
    this.#expectOpen();
    for (const [key, tensor] of Object.entries(state)) {
      const last = this.state[key];
      if (!last) throw new ShapeError(`${this.#options.name}: ${key} must be a state entry, got an unknown name`);
      const spec = this.#options.state?.[key];
      if (spec) expectSpec(this.#options.name, key, spec, tensor);
      const [fresh] = Object.values(upload({ [key]: tensor }));
      if (fresh) this.state[key] = fresh;
      last.dispose();
    }
  }

  async readRows(rows: readonly number[]): Promise<HostTensors[]> {
    this.#expectOpen();
    const specs = specsOf(this.#options.state ?? {});
    expectRows(this.#options.name, specs, rows);
    const picked = tf.tidy(() =>
      Object.fromEntries(this.#entries(Object.keys(specs)).map(([key, entry]) => [key, gatherRows(entry, rows)])),
    );
    return pickRows(await download(picked), [...rows.keys()]);
  }

  writeRows(rows: readonly number[], values: readonly HostTensors[]): void {
    this.#expectOpen();
    const specs = specsOf(this.#options.state ?? {});
    expectRowValues(this.#options.name, specs, rows, values);
    const distinct = [...new Set(values)];
    for (const [key, last] of this.#entries(Object.keys(specs))) {
      const [count = 0] = last.shape;
      const fresh = distinct.flatMap((value) => value[key] ?? []);
      // Where each row is once what is new lies behind what was there.
      const from = Array.from({ length: count }, (_, row) => row);
      for (const [i, row] of rows.entries()) from[row] = count + distinct.indexOf(values[i] ?? {});
      this.state[key] = tf.tidy(() => tf.keep(gatherRows(withRows(last, fresh), from)));
      last.dispose();
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    tf.dispose({ ...this.#constants, ...(this.#ownsState ? this.state : {}) });
  }

  #entries(names: readonly string[]): [string, tf.Tensor][] {
    return names.map((key) => {
      const tensor = this.state[key];
      if (!tensor) throw new ShapeError(`readState: ${key} must be a state entry, got an unknown name`);
      return [key, tensor];
    });
  }

  #expectOpen(): void {
    if (this.#closed) throw new ClosedError(`${this.#options.name}: the function is closed - prepare it again`);
    // Another engine may have been used in between.
    if (tf.getBackend() !== this.#backend) void tf.setBackend(this.#backend);
  }
}

/** Handles of their own for tensors that may be inputs, constants or state (the data are shared). */
function cloned(tensors: Tensors): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([key, tensor]) => [key, tf.clone(tensor)]));
}

/** Rows of a tensor [B, ...]. Two axes at most while they are picked: backends differ in how many they can. */
function gatherRows(tensor: tf.Tensor, rows: readonly number[]): tf.Tensor {
  const [count = 1, ...rest] = tensor.shape;
  const flat = tf.reshape(tensor, [count, sizeOf(rest)]);
  return tf.reshape(tf.gather(flat, tf.tensor1d([...rows], "int32")), [rows.length, ...rest]);
}

/** A tensor [B, ...] with more rows behind it. */
function withRows(tensor: tf.Tensor, rows: readonly HostTensor[]): tf.Tensor {
  const [first] = rows;
  return first ? tf.concat([tensor, uploaded(concatRows(first, rows))]) : tensor;
}

function upload(tensors: HostTensors): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([key, tensor]) => [key, uploaded(tensor)]));
}

/** An input as a tensor of the backend, which tidies up only what went there for it. */
function tensorOf(input: HostTensor | DeviceTensor, where: string): tf.Tensor {
  if (input instanceof EagerTensor) return input.tensor;
  if ("data" in input) return uploaded(input);
  throw new ShapeError(`${where} must lie in host memory or on this engine's device, got another engine's`);
}

/** Typed arrays are copied: some backends keep the array they are handed. */
function uploaded({ data, shape, dtype }: HostTensor): tf.Tensor {
  return tf.tensor(data.slice(), [...shape], dtype);
}

async function download(tensors: Tensors): Promise<HostTensors> {
  try {
    return await named(tensors);
  } finally {
    tf.dispose({ ...tensors });
  }
}

async function named(tensors: Tensors): Promise<HostTensors> {
  const values = await readEach(Object.values(tensors));
  return Object.fromEntries(
    Object.keys(tensors).flatMap((key, i): [string, HostTensor][] => (values[i] ? [[key, values[i]]] : [])),
  );
}
