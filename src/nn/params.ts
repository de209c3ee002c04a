import type * as tf from "@tensorflow/tfjs";
import { ConfigError } from "../core/errors.ts";
import { float32, type HostTensor, type HostTensors } from "../core/host-tensor.ts";
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

/** What a parameter is before it has values: its shape, and the normal distribution that its entries start from. */
export type ParamSpec = {
  readonly shape: readonly number[];
  readonly mean: number;
  readonly std: number;
  /** Parameters that share a stream start equal; by default each has its own, named like it. */
  readonly stream?: string;
};

/** The parameters of a model, flat and by name. */
export type ParamSpecs = Readonly<Record<string, ParamSpec>>;

/** A parameter with normal entries of this standard deviation; 0 starts the last layer of a branch as "no change". */
export function normal(shape: readonly number[], std: number): ParamSpec {
  return { shape, mean: 0, std };
}

/** A parameter that starts as `value` everywhere. */
export function constantly(value: number, shape: readonly number[]): ParamSpec {
  return { shape, mean: value, std: 0 };
}

/** Fresh float32 parameters. What one starts from depends on the stream and on its name, not on the others. */
export function initParams(specs: ParamSpecs, rng: Rng): HostTensors {
  return Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, initParam(name, spec, rng)]));
}

function initParam(name: string, { shape, mean, std, stream = name }: ParamSpec, rng: Rng): HostTensor {
  const data = new Float32Array(sizeOf(shape));
  if (std === 0) return float32(data.fill(mean), shape);
  const own = rng.split(stream);
  return float32(
    data.map(() => mean + std * own.normal()),
    shape,
  );
}

/** What keeps `tensors` from being these parameters, all in their shapes and no other; null when nothing does. */
export function findMismatch(specs: ParamSpecs, tensors: HostTensors): string | null {
  for (const [name, { shape }] of Object.entries(specs)) {
    const found = tensors[name];
    const wanted = `float32[${shape.join()}]`;
    const got = found ? `${found.dtype}[${found.shape.join()}]` : "nothing";
    if (got !== wanted) return `tensor ${name} must be ${wanted}, got ${got}`;
  }
  const extra = Object.keys(tensors).find((name) => !Object.hasOwn(specs, name));
  return extra === undefined ? null : `tensor ${extra} must belong to a model of this config, got an unknown name`;
}

/** Those of `tensors` that are such parameters, by name and shape. */
export function thoseThatFit(specs: ParamSpecs, tensors: HostTensors): HostTensors {
  const fits = ([name, { dtype, shape }]: [string, HostTensor]) =>
    dtype === "float32" && specs[name]?.shape.join() === shape.join();
  return Object.fromEntries(Object.entries(tensors).filter(fits));
}

/** How many numbers the parameters hold. */
export function countParameters(specs: ParamSpecs): number {
  return Object.values(specs).reduce((total, { shape }) => total + sizeOf(shape), 0);
}

/** A float32 host tensor of zeros. */
export function zeros(shape: readonly number[]): HostTensor {
  return float32(new Float32Array(sizeOf(shape)), shape);
}

/** The parameters whose names start with one of `starts`, names unchanged. */
export function startingWith<T>(params: Readonly<Record<string, T>>, starts: readonly string[]): Record<string, T> {
  const entries = Object.entries(params).filter(([name]) => starts.some((start) => name.startsWith(start)));
  return Object.fromEntries(entries);
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
