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
  const rule = `${graph}: ${key} must be ${spec.dtype}[${spec.shape.join()}]`;
  if (!Array.isArray(shape)) throw new ShapeError(`${rule}, got no tensor - pass { dtype, shape, data }`);
  const length = data?.length ?? sizeOf(shape);
  if (dtype === spec.dtype && shape.join() === spec.shape.join() && length === sizeOf(spec.shape)) return;
  throw new ShapeError(`${rule}, got ${dtype}[${shape.join()}] with ${length} elements`);
}

/** Rows [start, end) of a tensor [B, ...], in memory of their own. */
export function sliceRows(tensor: HostTensor, start: number, end: number): HostTensor {
  const [rows = 1, ...rest] = tensor.shape;
  const length = tensor.data.length / rows;
  const [shape, from, to] = [[end - start, ...rest], start * length, end * length];
  if (tensor.dtype === "float32") return { dtype: "float32", shape, data: tensor.data.slice(from, to) };
  if (tensor.dtype === "int32") return { dtype: "int32", shape, data: tensor.data.slice(from, to) };
  return { dtype: "bool", shape, data: tensor.data.slice(from, to) };
}

/** Tensors of one dtype that differ in their first axis at most, one behind the other. `first` is the first of `parts`. */
export function concatRows(first: HostTensor, parts: readonly HostTensor[]): HostTensor {
  const count = parts.reduce((sum, { shape: [rows = 1] }) => sum + rows, 0);
  const shape = [count, ...first.shape.slice(1)];
  const fill = <T extends { set: (from: ArrayLike<number>, at: number) => void }>(target: T): T => {
    let at = 0;
    for (const { data } of parts) {
      target.set(data, at);
      at += data.length;
    }
    return target;
  };
  const length = sizeOf(shape);
  if (first.dtype === "float32") return { dtype: "float32", shape, data: fill(new Float32Array(length)) };
  if (first.dtype === "int32") return { dtype: "int32", shape, data: fill(new Int32Array(length)) };
  return { dtype: "bool", shape, data: fill(new Uint8Array(length)) };
}

/** The specs of tensors. */
export function specsOf(tensors: HostTensors): Record<string, TensorSpec> {
  return Object.fromEntries(Object.entries(tensors).map(([key, { shape, dtype }]) => [key, { shape, dtype }]));
}
