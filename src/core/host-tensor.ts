/** What a tensor's elements are. `bool` is stored as 0 and 1 in a `Uint8Array`. */
export type DType = "float32" | "int32" | "bool";

/** The shape and dtype of a tensor that is not there yet. */
export type TensorSpec = { readonly shape: readonly number[]; readonly dtype: DType };

/** A tensor in host memory, row-major. */
export type HostTensor =
  | { readonly dtype: "float32"; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: "int32"; readonly shape: readonly number[]; readonly data: Int32Array }
  | { readonly dtype: "bool"; readonly shape: readonly number[]; readonly data: Uint8Array };

/** Named tensors in host memory: the parameters of a model, the inputs of a graph. */
export type HostTensors = Readonly<Record<string, HostTensor>>;

/** A float32 host tensor over `data` (not copied). */
export function float32(data: Float32Array, shape: readonly number[]): HostTensor {
  return { dtype: "float32", shape, data };
}

/** An int32 host tensor over `data` (not copied). */
export function int32(data: Int32Array, shape: readonly number[]): HostTensor {
  return { dtype: "int32", shape, data };
}
