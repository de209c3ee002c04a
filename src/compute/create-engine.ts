import { BackendError, ConfigError } from "../core/errors.ts";
import type { Engine } from "./engine.ts";
import type { CompileOptions } from "./onnx-engine.ts";
import { PRECISIONS, type Precision } from "./precision.ts";

/** The engines by name: `onnx` and `jax` compile, the others run eagerly on the tfjs backend of that name. */
export const ENGINE_NAMES = ["onnx", "jax", "tensorflow", "webgpu", "wasm", "cpu"] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** What an engine is asked for besides its name. */
export type EngineOptions = {
  /** What products with weights are computed in: `"float32"` (default), or by `onnx` `"int8"` too. */
  readonly precision?: string | undefined;
  /**
   * Threads that one run of `onnx` uses, and each of the workers that share a batch, of which there are as many as the cores
   * allow: one per core by default, and one.
   */
  readonly threads?: number | undefined;
};

/**
 * The engine of this name; `GENIE_ENGINE` decides when none is given, and `onnx` when that is unset too.
 * `GENIE_ONNX_PROVIDERS` lists what `onnx` runs on, the preferred first, as `cuda,cpu`; the CPU when unset.
 * @throws ConfigError for an unknown name or precision, an option that the engine lacks, or more threads than there are
 * cores; BackendError when it is not installed, or for an unknown provider.
 */
export async function createEngine(
  name?: string,
  { precision = "float32", threads }: EngineOptions = {},
  env: NodeJS.ProcessEnv = process.env,
): Promise<Engine> {
  // A variable that is empty is as good as none.
  const chosen = name ?? (env["GENIE_ENGINE"] || "onnx");
  if (!ENGINE_NAMES.some((known) => known === chosen)) {
    throw new ConfigError(`engine: must be one of ${ENGINE_NAMES.join(", ")}, got ${chosen}`);
  }
  const known = expectPrecision(precision);
  if (chosen === "onnx") {
    return createOnnxEngine({ precision: known, ...(threads === undefined ? {} : { threads }) }, env);
  }
  if (threads !== undefined) {
    throw new ConfigError(`threads: ${threads} needs the engine onnx, got ${chosen} - leave one of the two out`);
  }
  if (known !== "float32") {
    throw new ConfigError(`precision: ${precision} needs the engine onnx, got ${chosen} - leave one of the two out`);
  }
  if (chosen === "jax") return (await import("./jax-engine.ts")).jaxEngine(env["GENIE_PYTHON"] || undefined);
  return (await import("./eager-engine.ts")).eagerEngine(chosen);
}

/** @throws ConfigError for a precision that there is not. */
export function expectPrecision(precision: string): Precision {
  const known = PRECISIONS.find((one) => one === precision);
  if (known) return known;
  throw new ConfigError(`precision: must be one of ${PRECISIONS.join(", ")}, got ${precision}`);
}

/**
 * The compiled engine on the providers that `GENIE_ONNX_PROVIDERS` lists. ONNX Runtime is native code, which some platforms
 * lack: only this engine may depend on it.
 * @throws BackendError when ONNX Runtime does not load, or for an unknown provider.
 */
export async function createOnnxEngine(
  options: CompileOptions = {},
  env: NodeJS.ProcessEnv = process.env,
): Promise<Engine> {
  const { onnxEngine } = await import("./onnx-engine.ts").catch((cause: unknown) => {
    throw new BackendError(
      `engine: onnxruntime-node must load, got ${String(cause)} - run \`npm rebuild onnxruntime-node\`, or choose another engine`,
      { cause },
    );
  });
  const providers = env["GENIE_ONNX_PROVIDERS"];
  return onnxEngine(providers ? { ...options, providers: providers.split(",").map((name) => name.trim()) } : options);
}
