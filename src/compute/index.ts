export { BACKENDS, selectBackend } from "./backend.ts";
export type { BackendName, BackendOptions } from "./backend.ts";
export { createEngine } from "./create-engine.ts";
export { eagerEngine } from "./eager-engine.ts";
export type { Engine, Executable, PrepareOptions } from "./engine.ts";
export { compile, onnxEngine } from "./onnx-engine.ts";
export type { CompileOptions } from "./onnx-engine.ts";
export { SUPPORTED_KERNELS, trace } from "./trace.ts";
export type { Signature, TensorFunction, TracedModel, Tensors } from "./trace.ts";
