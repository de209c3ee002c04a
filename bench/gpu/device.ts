import { spawnSync } from "node:child_process";
import * as tf from "@tensorflow/tfjs";
import { readAdapterInfo } from "../../src/compute/backend.ts";
import type { Engine } from "../../src/compute/engine.ts";
import { BackendError } from "../../src/core/errors.ts";
import type { GpuOptions } from "./options.ts";

/** What computes; `isSoftware` where that is the CPU, whatever the engine believes. */
export type Device = { readonly name: string; readonly isSoftware: boolean };

/** The device that an engine, which is running already, computes on. */
export async function describeDevice(running: Engine, { engine, provider }: GpuOptions): Promise<Device> {
  if (engine === "tensorflow") {
    const onGpu = Reflect.get(tf.backend(), "isUsingGpuDevice") === true;
    return { name: onGpu ? nvidiaName() : "the CPU", isSoftware: !onGpu };
  }
  if (running.device) return { name: running.device.name, isSoftware: running.device.isCpu };
  if (engine === "webgpu" || provider === "webgpu") return describeAdapter();
  return { name: provider === "cpu" ? "the CPU" : nvidiaName(), isSoftware: provider === "cpu" };
}

/** ONNX Runtime does not tell on which device its WebGPU computes; the `webgpu` package is the same Dawn. */
async function describeAdapter(): Promise<Device> {
  const info = await readAdapterInfo();
  if (info === null) {
    throw new BackendError("device: the package webgpu must say which it is, got nothing - run `npm run setup:webgpu`");
  }
  const { vendor, architecture, description, isFallbackAdapter } = info;
  return { name: `${description || architecture} (${vendor})`, isSoftware: isFallbackAdapter };
}

function nvidiaName(): string {
  return nvidiaSmi("name") ?? "unknown";
}

/**
 * Memory in use on the device, in megabytes: the buffers of tfjs' WebGPU, else all that NVIDIA's driver knows of (every
 * process's); null where nobody tells.
 */
export function deviceMegabytes(): number | null {
  const bytes: unknown = Reflect.get(tf.memory(), "numBytesAllocatedInGPU");
  if (typeof bytes === "number") return Math.round(bytes / 1e6);
  const used = nvidiaSmi("memory.used");
  return used === null ? null : Math.round(Number(used) * 1.048576);
}

function nvidiaSmi(field: string): string | null {
  const args = [`--query-gpu=${field}`, "--format=csv,noheader,nounits"];
  const { stdout, status } = spawnSync("nvidia-smi", args, { encoding: "utf8" });
  return status === 0 ? (stdout.split("\n", 1)[0]?.trim() ?? null) : null;
}
