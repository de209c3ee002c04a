import { parseArgs } from "node:util";
import { z } from "zod";
import { ConfigError } from "../../src/core/errors.ts";
import { parseOptions } from "../../src/core/options.ts";

/** What is measured: an engine, and a provider where the engine is ONNX Runtime. */
const GpuOptions = z
  .strictObject({
    engine: z.enum(["tensorflow", "webgpu", "onnx"]),
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
  const string = { type: "string" } as const;
  let values;
  try {
    ({ values } = parseArgs({ args: [...args], options: { engine: string, provider: string, envs: string } }));
  } catch (cause) {
    throw new ConfigError(`bench:gpu: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  const options = parseOptions(GpuOptions, values, "bench:gpu");
  return options.engine === "onnx" ? { provider: "webgpu", ...options } : options;
}
