import * as tf from "@tensorflow/tfjs";
import type { DType, HostTensor } from "../core/host-tensor.ts";
import { sizeOf } from "../core/shape.ts";
import type { DeviceTensor } from "./device-tensors.ts";

/** A tensor of a tfjs backend, which it owns. */
export class EagerTensor implements DeviceTensor {
  readonly tensor: tf.Tensor;
  readonly dtype: DType;

  constructor(tensor: tf.Tensor) {
    this.tensor = tf.keep(tensor);
    this.dtype = dtypeOf(tensor);
  }

  get shape(): readonly number[] {
    return this.tensor.shape;
  }

  share(): DeviceTensor {
    return new EagerTensor(tf.clone(this.tensor));
  }

  dispose(): void {
    this.tensor.dispose();
  }
}

/** Reads tensors one by one. They stay the caller's. */
export function readEach(tensors: readonly tf.Tensor[]): Promise<HostTensor[]> {
  return Promise.all(tensors.map(async (tensor) => hostTensor(tensor.shape, dtypeOf(tensor), await tensor.data())));
}

/** Reads tensors all at once, those of several dtypes as float32. They stay the caller's. */
export async function readPacked(tensors: readonly tf.Tensor[]): Promise<HostTensor[]> {
  if (tensors.length < 2) return readEach(tensors);
  const packed = tf.tidy(() => tf.keep(pack(tensors)));
  const data = await packed.data();
  packed.dispose();
  // In the order of `pack`: dtype by dtype.
  let start = 0;
  const read = new Map(
    byDtype(tensors)
      .flat()
      .map((tensor) => {
        const end = start + sizeOf(tensor.shape);
        const part = hostTensor(tensor.shape, dtypeOf(tensor), data.subarray(start, end));
        start = end;
        return [tensor, part];
      }),
  );
  return tensors.flatMap((tensor) => read.get(tensor) ?? []);
}

/** All numbers one behind the other, dtype by dtype. */
function pack(tensors: readonly tf.Tensor[]): tf.Tensor {
  const groups = byDtype(tensors).map((group) => joined(group.map((tensor) => tf.reshape(tensor, [-1]))));
  return joined(groups.length > 1 ? groups.map((group) => tf.cast(group, "float32")) : groups);
}

function joined(flat: readonly tf.Tensor[]): tf.Tensor {
  const [only, ...others] = flat;
  return only && others.length === 0 ? only : tf.concat([...flat]);
}

function byDtype(tensors: readonly tf.Tensor[]): tf.Tensor[][] {
  const dtypes = new Set(tensors.map(({ dtype }) => dtype));
  return [...dtypes].map((dtype) => [...new Set(tensors.filter((tensor) => tensor.dtype === dtype))]);
}

function dtypeOf({ dtype }: tf.Tensor): DType {
  return dtype === "int32" || dtype === "bool" ? dtype : "float32";
}

/** Numbers in memory of their own: some backends hand out the array that they keep. */
function hostTensor(shape: readonly number[], dtype: DType, data: ArrayLike<number>): HostTensor {
  if (dtype === "int32") return { dtype, shape, data: Int32Array.from(data) };
  if (dtype === "bool") return { dtype, shape, data: Uint8Array.from(data) };
  return { dtype, shape, data: Float32Array.from(data) };
}
