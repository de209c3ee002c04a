import type * as tf from "@tensorflow/tfjs";
import { CompileError } from "../../core/errors.ts";
import type { DType } from "../../core/host-tensor.ts";
import type { TracingBackend } from "../tracing-backend.ts";

/** The attributes of a tfjs kernel call, read with a check of their type. */
export class KernelAttributes {
  readonly #kernel: string;
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(kernel: string, values: Readonly<Record<string, unknown>>) {
    this.#kernel = kernel;
    this.#values = values;
  }

  number(name: string, fallback?: number): number {
    const value = this.#values[name] ?? fallback;
    if (typeof value === "number") return value;
    throw this.#wrong(name, "a number");
  }

  boolean(name: string): boolean {
    const value = this.#values[name] ?? false;
    if (typeof value === "boolean") return value;
    throw this.#wrong(name, "a boolean");
  }

  string(name: string, fallback?: string): string {
    const value = this.#values[name] ?? fallback;
    if (typeof value === "string") return value;
    throw this.#wrong(name, "a string");
  }

  /** One of the dtypes that compile. */
  dtype(name: string, fallback?: DType): DType {
    const value = this.#values[name] ?? fallback;
    if (value === "float32" || value === "int32" || value === "bool") return value;
    throw this.#wrong(name, "float32, int32 or bool");
  }

  /** A list of numbers; a single number counts as a list of one. */
  numbers(name: string): number[] {
    const value: unknown = this.#values[name];
    if (typeof value === "number") return [value];
    if (Array.isArray(value) && value.every((item) => typeof item === "number")) return value;
    throw this.#wrong(name, "a list of numbers");
  }

  /** A list of pairs of numbers. */
  pairs(name: string): [number, number][] {
    const value: unknown = this.#values[name];
    if (Array.isArray(value)) return value.map(([before, after]) => [Number(before), Number(after)]);
    throw this.#wrong(name, "a list of pairs");
  }

  /** Whether the attribute is one number rather than a list. */
  isNumber(name: string): boolean {
    return typeof this.#values[name] === "number";
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined && this.#values[name] !== null;
  }

  #wrong(name: string, rule: string): CompileError {
    return new CompileError(`compile: ${this.#kernel}.${name} must be ${rule}, got ${String(this.#values[name])}`);
  }
}

/** One call of a tfjs kernel while tracing. */
export type KernelCall = {
  readonly backend: TracingBackend;
  readonly attrs: KernelAttributes;
  /** The input of this name; throws when the kernel was called without it. */
  readonly input: (name: string) => tf.TensorInfo;
  /** The input of this name, or null. */
  readonly optional: (name: string) => tf.TensorInfo | null;
  /** All inputs, in order (Concat, Pack and AddN take a list). */
  readonly inputs: readonly tf.TensorInfo[];
};

/** Writes a kernel call as ONNX nodes and returns the infos of its results. */
export type Lowering = (call: KernelCall) => tf.TensorInfo | tf.TensorInfo[];

/** Lowerings by tfjs kernel name. */
export type Lowerings = Readonly<Record<string, Lowering>>;
