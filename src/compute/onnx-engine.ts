import { availableParallelism } from "node:os";
import { CompileError } from "../core/errors.ts";
import { specsOf, type TensorSpec } from "../core/host-tensor.ts";
import type { Engine, Executable, PrepareOptions, Ring } from "./engine.ts";
import { CPU, expectProviders, NEXT, OnnxExecutable, type OnnxGraph, type SessionOptions } from "./onnx-executable.ts";
import { OnnxWorkers } from "./onnx-workers.ts";
import { expectSlot } from "./ring.ts";
import { trace, type Signature, type TensorFunction } from "./trace.ts";

/** Options of the compiled engine. */
export type CompileOptions = SessionOptions;

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
  return OnnxExecutable.open(traceGraph(fn, prepare), options, prepare.sharesStateOf);
}

function traceGraph(fn: TensorFunction, prepare: PrepareOptions): OnnxGraph {
  const { name, inputs, state = {}, rings = {} } = prepare;
  return { name, inputs, state, rings, ...traceStateful(fn, prepare) };
}

/** The ONNX model of a prepared function, as `compile` opens it. */
export function traceStateful(fn: TensorFunction, prepare: PrepareOptions): { bytes: Uint8Array; outputs: Signature } {
  const { name, inputs, constants = {}, state = {}, rings = {} } = prepare;
  const renamed: TensorFunction = (tensors) =>
    Object.fromEntries(Object.entries(fn(tensors)).map(([key, y]) => [key in state ? key + NEXT : key, y]));
  const { bytes, outputs } = trace(renamed, { ...inputs, ...specsOf(state) }, constants, name);
  for (const [key, entry] of Object.entries(state)) expectNext(name, key, entry, outputs[key + NEXT], rings[key]);
  return { bytes, outputs };
}

function expectNext(name: string, key: string, entry: TensorSpec, next: TensorSpec | undefined, ring?: Ring): void {
  if (next === undefined) return;
  if (ring) return expectSlot(`compile(${name}): state ${key}`, ring, entry, next);
  if (next.dtype === entry.dtype && next.shape.join() === entry.shape.join()) return;
  throw new CompileError(
    `compile(${name}): state ${key} must keep its shape ${entry.dtype}[${entry.shape.join()}], got ` +
      `${next.dtype}[${next.shape.join()}] - return it unchanged in shape`,
  );
}

/** The compiled engine: ONNX Runtime, on the CPU unless `providers` say otherwise. @throws BackendError for unknown providers. */
export function onnxEngine(options: CompileOptions = {}): Engine {
  const { providers = CPU } = options;
  expectProviders(providers);
  const cores = availableParallelism();
  const pool = poolFor({ threads: 1, ...options });
  return {
    name: "onnx",
    // A device splits the work of a batch itself.
    shardsFor: (rows) => (providers.every((provider) => provider === "cpu") ? largestDivisor(rows, cores) : 1),
    prepare: (fn, prepare) =>
      (prepare.shards ?? 1) > 1 ? pool.prepare(traceGraph(fn, prepare), prepare) : compile(fn, prepare, options),
    settle: () => pool.settle(),
  };
}

const pools = new Map<string, OnnxWorkers>();

/** One pool of threads for each way to run graphs: worlds that are loaded and closed again and again use the same ones. */
function poolFor(options: SessionOptions): OnnxWorkers {
  const key = JSON.stringify(options);
  const pool = pools.get(key) ?? new OnnxWorkers(options);
  pools.set(key, pool);
  return pool;
}

/** The largest number up to `limit` that divides `rows`. */
function largestDivisor(rows: number, limit: number): number {
  return Array.from({ length: Math.min(rows, limit) }, (_, i) => i + 1).findLast((n) => rows % n === 0) ?? 1;
}
