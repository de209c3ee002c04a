import * as tf from "@tensorflow/tfjs";
import { createEngine, createOnnxEngine } from "../../src/compute/create-engine.ts";
import type { Engine } from "../../src/compute/engine.ts";
import { onnxEngine } from "../../src/compute/onnx-engine.ts";

/** tfjs' flag that says which program multiplies matrices on WebGPU; -1 leaves it to the shapes. */
export const WEBGPU_PRODUCTS = "WEBGPU_MATMUL_PROGRAM_TYPE";
/** The program that it picks for products of the size of real worlds. */
const FEW_WORKGROUPS = 2;

/**
 * The engine of such a name, whatever else the environment says. What stands behind a colon is a provider of ONNX Runtime's.
 * The tiny worlds of tests multiply as real ones do on WebGPU: the program that tfjs picks for products of up to 128 numbers
 * takes a GPU in software fifty times as long.
 */
export async function engineNamed(name: string): Promise<Engine> {
  const [engine, provider] = name.split(":");
  if (provider) return createOnnxEngine({}, { GENIE_ONNX_PROVIDERS: `${provider},cpu` });
  const created = await createEngine(engine, {}, {});
  if (engine === "webgpu") tf.env().set(WEBGPU_PRODUCTS, FEW_WORKGROUPS);
  return created;
}

/** The float32 CPU: one thread, one row at a time. */
export function cpuEngine(): Engine {
  return onnxEngine({ threads: 1 });
}
