import { ConfigError } from "../core/errors.ts";
import type { Engine } from "./engine.ts";

/** The engines by name: `onnx` compiles, the others run eagerly on the tfjs backend of that name. */
export const ENGINE_NAMES = ["onnx", "tensorflow", "webgpu", "wasm", "cpu"] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/**
 * The engine of this name; `GENIE_ENGINE` decides when none is given, and `onnx` when that is unset too.
 * @throws ConfigError for an unknown name; BackendError when it is not installed.
 */
export async function createEngine(name?: string, env: NodeJS.ProcessEnv = process.env): Promise<Engine> {
  const chosen = name ?? env["GENIE_ENGINE"] ?? "onnx";
  if (!ENGINE_NAMES.some((known) => known === chosen)) {
    throw new ConfigError(`engine: must be one of ${ENGINE_NAMES.join(", ")}, got ${chosen}`);
  }
  if (chosen === "onnx") return (await import("./onnx-engine.ts")).onnxEngine();
  return (await import("./eager-engine.ts")).eagerEngine(chosen);
}
