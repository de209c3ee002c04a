import { ConfigError } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import { describe } from "../describe.ts";

/** The typed array that holds values of each dtype. */
export type ArrayOf = {
  float32: Float32Array;
  float64: Float64Array;
  int8: Int8Array;
  int16: Int16Array;
  int32: Int32Array;
  uint8: Uint8Array;
  uint16: Uint16Array;
  uint32: Uint32Array;
};

/** The dtypes that a `Box` may have. */
export type NumericType = keyof ArrayOf;

/** An array of any of these dtypes. */
export type NumericArray = ArrayOf[NumericType];

type ArrayClass<A> = { new (length: number): A; new (buffer: ArrayBufferLike): A; readonly BYTES_PER_ELEMENT: number };

/** The class of each dtype's arrays. */
export const ARRAYS: { readonly [D in NumericType]: ArrayClass<ArrayOf[D]> } = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
};

const MAX_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

/** The least and the greatest finite number of each dtype. */
export const LIMITS: { readonly [D in NumericType]: readonly [least: number, greatest: number] } = {
  float32: [-MAX_FLOAT32, MAX_FLOAT32],
  float64: [-Number.MAX_VALUE, Number.MAX_VALUE],
  int8: [-(2 ** 7), 2 ** 7 - 1],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint8: [0, 2 ** 8 - 1],
  uint16: [0, 2 ** 16 - 1],
  uint32: [0, 2 ** 32 - 1],
};

/** Whether arrays of this dtype hold whole numbers only. */
export function isIntegral(dtype: NumericType): boolean {
  return dtype !== "float32" && dtype !== "float64";
}

/** Whether `value` can be stored: whole and in range for integers, not NaN for floats, where infinities are numbers. */
export function fits(dtype: NumericType, value: number): boolean {
  const [least, greatest] = LIMITS[dtype];
  if (value >= least && value <= greatest) return !isIntegral(dtype) || Number.isInteger(value);
  return !isIntegral(dtype) && Math.abs(value) === Infinity;
}

/** `array` written `n` times, one after another. @throws ConfigError unless `n` is a positive whole number. */
export function repeated(array: NumericArray, n: number): Float64Array {
  const all = new Float64Array(array.length * expectCount(n));
  for (let row = 0; row < n; row++) all.set(array, row * array.length);
  return all;
}

/** Numbers as nested lists, row-major; JSON has no infinities, so they are "inf" and "-inf". */
export type Nested = number | "inf" | "-inf" | readonly Nested[];

/** The numbers of an array of this shape as nested lists. */
export function toNested(values: ArrayLike<number>, shape: readonly number[], offset = 0): Nested {
  const [size, ...inner] = shape;
  if (size === undefined) return jsonNumber(Number(values[offset]));
  const stride = sizeOf(inner);
  return Array.from({ length: size }, (_, i) => toNested(values, inner, offset + i * stride));
}

/** The numbers of nested lists, row-major, and their shape; null for a ragged list and for what is no number. */
export function fromNested(nested: unknown): { readonly shape: number[]; readonly values: number[] } | null {
  const shape: number[] = [];
  for (let part = nested; Array.isArray(part); part = part[0]) shape.push(part.length);
  const values: number[] = [];
  return collect(nested, shape, values) ? { shape, values } : null;
}

/** Sizes of an array. @throws ConfigError unless each is a whole number, 0 or more. */
export function expectSizes(shape: readonly number[], where: string): readonly number[] {
  if (!Array.isArray(shape)) throw new ConfigError(`${where}: shape must be a list of sizes, got ${describe(shape)}`);
  const wrong = shape.find((size) => !(Number.isSafeInteger(size) && size >= 0));
  if (wrong === undefined) return [...shape];
  throw new ConfigError(`${where}: shape must be made of whole numbers, got ${wrong}`);
}

/** The number of rows of a batch. @throws ConfigError unless it is a positive whole number. */
export function expectCount(n: number): number {
  if (Number.isSafeInteger(n) && n > 0) return n;
  throw new ConfigError(`batch: the number of rows must be a positive whole number, got ${n}`);
}

function collect(nested: unknown, [size, ...inner]: readonly number[], values: number[]): boolean {
  if (size !== undefined) {
    return Array.isArray(nested) && nested.length === size && nested.every((part) => collect(part, inner, values));
  }
  const value = nested === "inf" ? Infinity : nested === "-inf" ? -Infinity : nested;
  return typeof value === "number" && values.push(value) > 0;
}

function jsonNumber(value: number): Nested {
  if (Number.isFinite(value)) return value;
  return value > 0 ? "inf" : "-inf";
}
