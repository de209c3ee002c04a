import type * as tf from "@tensorflow/tfjs";
import { float32, int32, type HostTensor } from "../../../src/core/host-tensor.ts";
import { Rng } from "../../../src/core/rng.ts";
import { sizeOf } from "../../../src/core/shape.ts";

type Run = (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];

/** One use of a kernel that must give the same numbers compiled as on the cpu backend. */
export type Case = {
  readonly run: Run;
  readonly inputs: readonly HostTensor[];
  /** Whether the gradients of all inputs (then floats) are compared too. */
  readonly isDifferentiable: boolean;
  /** Whether every input may also be one number everywhere. */
  readonly allowsUniforms: boolean;
  /** What `run` computes, in ops of the cpu backend, for a kernel that only the tracer has. */
  readonly reference?: Run;
};

/** Cases by the tfjs kernel that they reach. */
export type CaseTable = Readonly<Record<string, readonly Case[]>>;

/** Compares values. */
export function values(run: Run, ...inputs: readonly HostTensor[]): Case {
  return { run, inputs, isDifferentiable: false, allowsUniforms: true };
}

/** Compares values and gradients. */
export function smooth(run: Run, ...inputs: readonly HostTensor[]): Case {
  return { run, inputs, isDifferentiable: true, allowsUniforms: true };
}

/** Compares values for these very inputs: uniform ones would break a rule of the op. */
export function exactly(run: Run, ...inputs: readonly HostTensor[]): Case {
  return { run, inputs, isDifferentiable: false, allowsUniforms: false };
}

const rng = new Rng("conformance");

/** Random floats in [low, high). */
export function floats(shape: readonly number[], low = -2, high = 2): HostTensor {
  return float32(
    rng.uniforms(sizeOf(shape)).map((u) => low + u * (high - low)),
    shape,
  );
}

/** Random integers in [low, high). */
export function ints(shape: readonly number[], low = -9, high = 9): HostTensor {
  return int32(
    Int32Array.from({ length: sizeOf(shape) }, () => low + rng.integer(high - low)),
    shape,
  );
}

/** Random booleans. */
export function bools(shape: readonly number[]): HostTensor {
  return { dtype: "bool", shape, data: Uint8Array.from({ length: sizeOf(shape) }, () => rng.integer(2)) };
}

/** These floats, rank 1. */
export function floatsOf(...numbers: readonly number[]): HostTensor {
  return float32(Float32Array.from(numbers), [numbers.length]);
}

/** These integers, rank 1 unless a shape is given. */
export function intsOf(numbers: readonly number[], shape: readonly number[] = [numbers.length]): HostTensor {
  return int32(Int32Array.from(numbers), shape);
}
