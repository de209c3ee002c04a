import type * as tf from "@tensorflow/tfjs";
import { ConfigError } from "../core/errors.ts";
import { float32, type HostTensors } from "../core/host-tensor.ts";
import type { Rng } from "../core/rng.ts";
import { sizeOf } from "../core/shape.ts";

/** Parameters of a model while it runs: a flat record of named tensors, `blocks.0.spatial.qkv`. */
export type Params = Readonly<Record<string, tf.Tensor>>;

/** The parameter of this name. @throws ConfigError when the record lacks it. */
export function param(params: Params, name: string): tf.Tensor {
  const tensor = params[name];
  if (tensor) return tensor;
  throw new ConfigError(`params: ${name} must be there, got none - was the checkpoint made for another config?`);
}

/** A float32 parameter with normal entries of this standard deviation. */
export function normal(rng: Rng, shape: readonly number[], std: number): HostTensors[string] {
  return float32(
    Float32Array.from({ length: sizeOf(shape) }, () => rng.normal() * std),
    shape,
  );
}

/** A float32 parameter of zeros: the last layer of a residual branch starts as "no change". */
export function zeros(shape: readonly number[]): HostTensors[string] {
  return float32(new Float32Array(sizeOf(shape)), shape);
}

/** The same parameters, each name behind `prefix.`. */
export function withPrefix<T>(prefix: string, params: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(params).map(([name, tensor]) => [`${prefix}.${name}`, tensor]));
}

/** The parameters behind `prefix.`, without it. */
export function underPrefix<T>(prefix: string, params: Readonly<Record<string, T>>): Record<string, T> {
  const start = `${prefix}.`;
  const entries = Object.entries(params).filter(([name]) => name.startsWith(start));
  return Object.fromEntries(entries.map(([name, tensor]) => [name.slice(start.length), tensor]));
}
