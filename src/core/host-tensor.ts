import { ShapeError } from "./errors.ts";
import { sizeOf } from "./shape.ts";

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

/** Throws `ShapeError` unless the tensor has the shape, the dtype and, in host memory, the size that a graph expects. */
export function expectSpec(
  graph: string,
  key: string,
  spec: TensorSpec,
  tensor: TensorSpec & { readonly data?: { readonly length: number } },
): void {
  const { shape, dtype, data } = tensor;
  const length = data?.length ?? sizeOf(shape);
  if (dtype === spec.dtype && shape.join() === spec.shape.join() && length === sizeOf(spec.shape)) return;
  throw new ShapeError(
    `${graph}: ${key} must be ${spec.dtype}[${spec.shape.join()}], got ${dtype}[${shape.join()}] with ${length} elements`,
  );
}

/** The specs of tensors. */
export function specsOf(tensors: HostTensors): Record<string, TensorSpec> {
  return Object.fromEntries(Object.entries(tensors).map(([key, { shape, dtype }]) => [key, { shape, dtype }]));
}
