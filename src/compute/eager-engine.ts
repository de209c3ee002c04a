import * as tf from "@tensorflow/tfjs";
import { ClosedError, ShapeError } from "../core/errors.ts";
import { expectSpec } from "../core/host-tensor.ts";
import type { HostTensor, HostTensors } from "../core/host-tensor.ts";
import { selectBackend } from "./backend.ts";
import type { Engine, Executable, PrepareOptions } from "./engine.ts";
import { withSlots } from "./ring-tensors.ts";
import type { TensorFunction, Tensors } from "./trace.ts";

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
    this.#expectOpen();
    const { name, inputs: signature } = this.#options;
    for (const [key, spec] of Object.entries(signature)) {
      const tensor = inputs[key];
      if (!tensor) throw new ShapeError(`${name}: input ${key} must be given, got nothing`);
      expectSpec(name, key, spec, tensor);
    }
    const outputs = tf.tidy(() => {
      const given = upload(inputs);
      return cloned(this.#wholeEntries(this.#fn({ ...given, ...this.#constants, ...this.state }), given));
    });
    const results: Tensors = this.#keepState(outputs);
    return download(results);
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
    const entries = names.map(async (key): Promise<[string, HostTensor]> => {
      const tensor = this.state[key];
      if (!tensor) throw new ShapeError(`readState: ${key} must be a state entry, got an unknown name`);
      return [key, await toHost(tensor)];
    });
    return Object.fromEntries(await Promise.all(entries));
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

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    tf.dispose({ ...this.#constants, ...(this.#ownsState ? this.state : {}) });
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

function upload(tensors: HostTensors): Record<string, tf.Tensor> {
  return Object.fromEntries(
    // Typed arrays are copied: some backends keep the array they are handed.
    Object.entries(tensors).map(([key, { data, shape, dtype }]) => [key, tf.tensor(data.slice(), [...shape], dtype)]),
  );
}

async function download(tensors: Tensors): Promise<HostTensors> {
  try {
    const entries = Object.entries(tensors).map(async ([key, x]): Promise<[string, HostTensor]> => [
      key,
      await toHost(x),
    ]);
    return Object.fromEntries(await Promise.all(entries));
  } finally {
    tf.dispose({ ...tensors });
  }
}

async function toHost(tensor: tf.Tensor): Promise<HostTensor> {
  const { shape, dtype } = tensor;
  const data = await tensor.data();
  if (dtype === "int32") return { dtype, shape, data: Int32Array.from(data) };
  if (dtype === "bool") return { dtype, shape, data: Uint8Array.from(data) };
  return { dtype: "float32", shape, data: Float32Array.from(data) };
}
