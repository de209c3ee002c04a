import { z } from "zod";
import { parseOptions } from "../../src/core/options.ts";
import { parseFlags } from "../run.ts";

/** What is measured: an engine, and a provider where the engine is ONNX Runtime. */
const GpuOptions = z
  .strictObject({
    engine: z.enum(["tensorflow", "webgpu", "jax", "onnx"]),
    provider: z.enum(["webgpu", "cuda", "tensorrt", "coreml", "dml", "cpu"]).optional(),
    envs: z
      .string()
      .regex(/^[1-9]\d*(,[1-9]\d*)*$/, "numbers of environments with commas, as 1,32,256")
      .transform((list) => list.split(",").map(Number))
      .optional(),
  })
  .refine(({ engine, provider }) => engine === "onnx" || provider === undefined, {
    path: ["provider"],
    error: "only the engine onnx has providers",
  });
export type GpuOptions = z.infer<typeof GpuOptions>;

/** @throws ConfigError for an engine or provider that is not known, and for whatever else is no option. */
export function parseGpuOptions(args: readonly string[]): GpuOptions {
  const flags = parseFlags("bench:gpu", args, ["engine", "provider", "envs"]);
  const options = parseOptions(GpuOptions, flags, "bench:gpu");
  return options.engine === "onnx" ? { provider: "webgpu", ...options } : options;
}
