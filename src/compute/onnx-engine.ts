import { availableParallelism } from "node:os";
import { ConfigError } from "../core/errors.ts";
import type { Engine, Executable, PrepareOptions } from "./engine.ts";
import { CPU, expectProviders, OnnxExecutable, type OnnxGraph, type SessionOptions } from "./onnx-executable.ts";
import { OnnxWorkers } from "./onnx-workers.ts";
import type { Precision } from "./precision.ts";
import { shardsOf } from "./shards.ts";
import type { TensorFunction } from "./trace.ts";
import { traceStateful } from "./trace-stateful.ts";

/** Options of the compiled engine. */
export type CompileOptions = SessionOptions & {
  /** For graphs that may approximate (`PrepareOptions`): `"float32"` by default; `"int8"` is for the CPU. */
  readonly precision?: Precision | undefined;
};

/**
 * Traces a pure tfjs function into one ONNX graph and opens it with ONNX Runtime.
 * There is one graph per signature: shapes are fixed, so the runtime can plan its memory.
 * @throws CompileError when the function uses an op without a lowering; BackendError for a provider that does not start.
 */
export async function compile(
  fn: TensorFunction,
  prepare: PrepareOptions,
  { precision, ...options }: CompileOptions = {},
): Promise<Executable> {
  const graph = traceGraph(fn, prepare, { precision, providers: options.providers });
  return OnnxExecutable.open(graph, options, prepare.sharesStateOf);
}

function traceGraph(
  fn: TensorFunction,
  prepare: PrepareOptions,
  { precision, providers = CPU }: Pick<CompileOptions, "precision" | "providers">,
): OnnxGraph {
  const { name, inputs, state = {}, rings = {} } = prepare;
  const target = { precision, isForCpu: isCpuOnly(providers) };
  return { name, inputs, state, rings, ...traceStateful(fn, prepare, target) };
}

/**
 * The compiled engine: ONNX Runtime, on the CPU unless `providers` say otherwise.
 * @throws BackendError for unknown providers; ConfigError for more threads than there are cores.
 */
export function onnxEngine(options: CompileOptions = {}): Engine {
  const { precision, ...session } = options;
  const { providers = CPU } = session;
  expectProviders(providers);
  if (precision === "int8") expectCpu(providers);
  const cores = availableParallelism();
  expectThreads(session.threads, cores);
  const pool = poolFor({ threads: 1, ...session });
  return {
    name: "onnx",
    precision,
    // A device splits the work of a batch itself. Workers with several threads each are fewer: threads that wait for a core spin.
    shardsFor: (rows) => (isCpuOnly(providers) ? shardsOf(rows, Math.floor(cores / (session.threads ?? 1))) : 1),
    prepare: (fn, prepare) =>
      (prepare.shards ?? 1) > 1
        ? pool.prepare(traceGraph(fn, prepare, { precision, providers }), prepare)
        : compile(fn, prepare, options),
    settle: () => pool.settle(),
  };
}

function isCpuOnly(providers: readonly string[]): boolean {
  return providers.every((provider) => provider === "cpu");
}

function expectCpu(providers: readonly string[]): void {
  if (isCpuOnly(providers)) return;
  throw new ConfigError(`precision: int8 is for the CPU, got the providers ${providers.join(", ")} - leave one out`);
}

/** The runtime's threads spin while they wait: more than there are cores keep each other from work, for minutes a step. */
function expectThreads(threads: number | undefined, cores: number): void {
  if (threads === undefined || (Number.isSafeInteger(threads) && threads >= 1 && threads <= cores)) return;
  throw new ConfigError(
    `threads: must be an integer from 1 to ${cores}, the cores of this machine, got ${threads} - leave it out for one per core`,
  );
}

const pools = new Map<string, OnnxWorkers>();

/** One pool of threads for each way to run graphs: worlds that are loaded and closed again and again use the same ones. */
function poolFor(options: SessionOptions): OnnxWorkers {
  const key = JSON.stringify(options);
  const pool = pools.get(key) ?? new OnnxWorkers(options);
  pools.set(key, pool);
  return pool;
}
