import * as tf from "@tensorflow/tfjs";
import { CompileError, GenieError } from "../core/errors.ts";
import type { HostTensors, TensorSpec } from "../core/host-tensor.ts";
import { isRecord } from "../core/record.ts";
import { OWN_NAME, type ValueName } from "./graph.ts";
import { LOWERINGS } from "./lowerings/index.ts";
import { KernelAttributes, type Lowering } from "./lowerings/lowering.ts";
import { dtypeOf, TRACING_BACKEND, TracingBackend, type TraceTarget } from "./tracing-backend.ts";

/** Named tensors inside a tensor function. */
export type Tensors = Readonly<Record<string, tf.Tensor>>;

/** A pure, synchronous function of named tensors, in tfjs ops: it runs eagerly, and compiles. */
export type TensorFunction = (inputs: Tensors) => Tensors;

/** The shapes and dtypes of a function's inputs or outputs. */
export type Signature = Readonly<Record<string, TensorSpec>>;

/** The tfjs kernels that compile, sorted. */
export const SUPPORTED_KERNELS: readonly string[] = Object.keys(LOWERINGS).toSorted();

const tracer = new TracingBackend();

/** Registered with tfjs on the first trace, so that importing this package changes nothing in tfjs. */
function registerTracer(): void {
  if (tf.findBackend(TRACING_BACKEND)) return;
  tf.registerBackend(TRACING_BACKEND, () => tracer, -1);
  for (const [kernelName, lowering] of Object.entries(LOWERINGS)) registerLowering(kernelName, lowering);
}

function registerLowering(kernelName: string, lowering: Lowering): void {
  tf.registerKernel({
    kernelName,
    backendName: TRACING_BACKEND,
    kernelFunc: ({ inputs, attrs }) =>
      lowering({
        backend: tracer,
        attrs: new KernelAttributes(kernelName, attrs ?? {}),
        inputs: Object.values(inputs).flatMap((x) => x ?? []),
        optional: (name) => inputs[name] ?? null,
        input: (name) => {
          const info = inputs[name];
          if (info) return info;
          throw new CompileError(`compile: ${kernelName} needs its input ${name}, got none - pass a tensor`);
        },
      }),
  });
}

/** A function written down as an ONNX model. */
export type TracedModel = { readonly bytes: Uint8Array; readonly outputs: Signature };

/**
 * Runs `fn` once on symbolic tensors and writes what it does as an ONNX model.
 * inputs: what changes from call to call. constants: tensors stored in the model (weights at inference).
 * @throws CompileError when `fn` uses an op that has no lowering, or reads a tensor's value.
 */
export function trace(
  fn: TensorFunction,
  inputs: Signature,
  constants: HostTensors = {},
  name = "graph",
  target: TraceTarget = { precision: "float32", isForCpu: true },
): TracedModel {
  registerTracer();
  // Asking for the backend chooses one where none was in use, so that there is one to return to.
  tf.backend();
  const previous = tf.getBackend();
  const traceLimit = Error.stackTraceLimit;
  // The caller of an op that does not compile stands behind a dozen frames of tfjs, or more inside gradients.
  Error.stackTraceLimit = 100;
  tracer.restart(target);
  setBackend(TRACING_BACKEND);
  tf.engine().startScope(name);
  try {
    return encodeTrace(fn, inputs, constants, name);
  } catch (error) {
    throw error instanceof GenieError ? error : explain(error, name);
  } finally {
    tf.engine().endScope();
    setBackend(previous);
    Error.stackTraceLimit = traceLimit;
  }
}

// tf.setBackend is synchronous for backends whose factory is; its promise has settled already.
function setBackend(name: string): void {
  void tf.setBackend(name);
}

function encodeTrace(fn: TensorFunction, inputs: Signature, constants: HostTensors, name: string): TracedModel {
  const placeholders: Record<string, tf.Tensor> = {};
  for (const [key, { shape, dtype }] of Object.entries(inputs)) {
    placeholders[key] = asTensor(tracer.info(key, shape, dtype));
  }
  for (const [key, tensor] of Object.entries(constants)) {
    placeholders[key] = asTensor(tracer.info(tracer.graph.constant(tensor, key), tensor.shape, tensor.dtype));
  }
  const results = resultsOf(fn(placeholders), name);
  for (const key of [...Object.keys(placeholders), ...results.map(([key]) => key)]) expectName(name, key);
  const clash = results.find(([key]) => Object.hasOwn(placeholders, key))?.[0];
  if (clash) throw new CompileError(`compile(${name}): an output must not be named like an input, got ${clash}`);
  const edges: Record<string, { value: ValueName; spec: TensorSpec }> = {};
  const outputs: Record<string, TensorSpec> = {};
  for (const [key, tensor] of results) {
    const spec = { shape: tensor.shape, dtype: dtypeOf(tensor) };
    outputs[key] = spec;
    edges[key] = { value: tracer.name(tensor), spec };
  }
  return { bytes: tracer.graph.encode(name, inputs, edges), outputs };
}

/** What a function returned, by name. @throws CompileError for what is no tensors: JavaScript lets a function return anything. */
export function resultsOf(returned: unknown, name: string): [key: string, tensor: tf.Tensor][] {
  const entries = isRecord(returned) ? Object.entries(returned) : [];
  const tensors = entries.flatMap(([key, y]): [string, tf.Tensor][] => (y instanceof tf.Tensor ? [[key, y]] : []));
  if (tensors.length > 0 && tensors.length === entries.length) return tensors;
  const other = entries.find(([, y]) => !(y instanceof tf.Tensor))?.[0];
  const got = returned instanceof Promise ? "a promise" : (other ?? "none");
  throw new CompileError(
    `compile(${name}): a function must return tensors by their names, one or more and at once, got ${got} - see docs/compiler.md`,
  );
}

/** The runtime takes a constant for an input of the same name. */
function expectName(name: string, key: string): void {
  if (key !== "" && !key.startsWith(OWN_NAME)) return;
  throw new CompileError(
    `compile(${name}): inputs and outputs must have names that do not begin with ${OWN_NAME}, got ${JSON.stringify(key)}`,
  );
}

function asTensor(info: tf.TensorInfo): tf.Tensor {
  return tf.engine().makeTensorFromTensorInfo(info);
}

/** tfjs says which kernel is missing; we add where it was called and what can be done. */
function explain(error: unknown, name: string): Error {
  if (!(error instanceof Error)) return new CompileError(`compile(${name}): ${String(error)}`);
  const missing = /Kernel '(\w+)' not registered/.exec(error.message)?.[1];
  if (!missing) return error;
  const remedy =
    missing === "Multinomial"
      ? "draw uniforms outside and pass them in as an input"
      : "use one of the ops listed in docs/compiler.md";
  return new CompileError(
    `compile(${name}): the op ${missing} has no ONNX lowering, called ${callerOf(error)} - ${remedy}`,
    { cause: error },
  );
}

/** The line `at function (file:line:column)` of the innermost frame that is neither tfjs nor the tracer. */
function callerOf(error: Error): string {
  const frames = (error.stack ?? "").split("\n").filter((line) => line.trim().startsWith("at "));
  // Where source maps are on, frames of tfjs are named by its sources.
  const caller = frames.find((line) => !/@tensorflow[\\/]|tfjs-\w+[\\/]src|[\\/]compute[\\/]trac|node:/.test(line));
  return caller?.trim() ?? "at an unknown place";
}
