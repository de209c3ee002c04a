import { ConfigError } from "../../core/errors.ts";
import { Rng } from "../../core/rng.ts";
import { sizeOf } from "../../core/shape.ts";
import { seededRng } from "../seeding.ts";
import type { Nested, Space, SpaceJson } from "./space.ts";

/** The typed array that holds values of each dtype. */
export type ArrayOf = { uint8: Uint8Array; int32: Int32Array; float32: Float32Array; float64: Float64Array };

/** The dtypes that a `Box` may have. */
export type NumericType = keyof ArrayOf;

const ARRAYS: { readonly [D in NumericType]: new (length: number) => ArrayOf[D] } = {
  uint8: Uint8Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};

const INTEGER_RANGES: Partial<Record<NumericType, readonly [lowest: number, highest: number]>> = {
  uint8: [0, 255],
  int32: [-(2 ** 31), 2 ** 31 - 1],
};

/** What makes a `Box`: `low` and `high` are inclusive, for all elements or one per element. */
export type BoxOptions<D extends NumericType> = {
  readonly low: number | ArrayLike<number>;
  readonly high: number | ArrayLike<number>;
  readonly shape: readonly number[];
  readonly dtype: D;
};

/** Arrays of one dtype and shape with every element between its bounds; floats may be unbounded. */
export class Box<D extends NumericType> implements Space<ArrayOf[D]> {
  readonly shape: readonly number[];
  readonly dtype: D;
  readonly low: ArrayOf[D];
  readonly high: ArrayOf[D];
  #rng = new Rng(0);

  /** @throws ConfigError for bounds that are NaN, swapped, of the wrong number or outside the dtype's range. */
  constructor({ low, high, shape, dtype }: BoxOptions<D>) {
    this.shape = [...shape];
    this.dtype = dtype;
    this.low = filled(dtype, low, sizeOf(shape));
    this.high = filled(dtype, high, sizeOf(shape));
    const swapped = this.low.findIndex((bound, i) => bound > Number(this.high[i]));
    if (swapped >= 0) throw new ConfigError(`Box: low must not exceed high, got the opposite at element ${swapped}`);
  }

  seed(seed: number): number {
    this.#rng = seededRng(seed, "Box.seed");
    return seed;
  }

  sample(): ArrayOf[D] {
    const value = new ARRAYS[this.dtype](this.low.length);
    const draw = this.dtype in INTEGER_RANGES ? drawInteger : drawFloat;
    value.set(Array.from(this.low, (low, i) => draw(this.#rng, low, Number(this.high[i]))));
    return value;
  }

  contains(value: unknown): value is ArrayOf[D] {
    if (!(value instanceof ARRAYS[this.dtype]) || value.length !== this.low.length) return false;
    return value.every((element, i) => element >= Number(this.low[i]) && element <= Number(this.high[i]));
  }

  batch(n: number): Box<D> {
    const low = Array.from({ length: n }, () => [...this.low]).flat();
    const high = Array.from({ length: n }, () => [...this.high]).flat();
    return new Box({ low, high, shape: [n, ...this.shape], dtype: this.dtype });
  }

  toJSON(): SpaceJson {
    const { shape, dtype } = this;
    return { type: "Box", dtype, shape, low: nested(this.low, shape), high: nested(this.high, shape) };
  }
}

/** Bounds as an array of `size` elements; they are checked before storing, which would wrap or round them. */
function filled<D extends NumericType>(dtype: D, bounds: number | ArrayLike<number>, size: number): ArrayOf[D] {
  const array = new ARRAYS[dtype](size);
  if (typeof bounds !== "number" && bounds.length !== size) {
    throw new ConfigError(`Box: bounds must be one number or ${size}, got ${bounds.length}`);
  }
  const [lowest, highest] = INTEGER_RANGES[dtype] ?? [-Infinity, Infinity];
  const values = typeof bounds === "number" ? [bounds] : Array.from(bounds);
  const wrong = values.find((bound) => !(bound >= lowest && bound <= highest));
  if (wrong !== undefined) throw new ConfigError(`Box: bounds must be numbers in the range of ${dtype}, got ${wrong}`);
  if (typeof bounds === "number") array.fill(bounds);
  else array.set(values);
  return array;
}

function drawInteger(rng: Rng, low: number, high: number): number {
  return low + rng.integer(high - low + 1);
}

/** Uniform between two bounds, exponential beyond one, normal without: Gymnasium's choice. */
function drawFloat(rng: Rng, low: number, high: number): number {
  if (low === -Infinity && high === Infinity) return rng.normal();
  if (high === Infinity) return low - Math.log(1 - rng.uniform());
  if (low === -Infinity) return high + Math.log(1 - rng.uniform());
  return low + rng.uniform() * (high - low);
}

function nested(values: ArrayLike<number>, shape: readonly number[], offset = 0): Nested {
  const [size, ...inner] = shape;
  if (size === undefined) return jsonNumber(Number(values[offset]));
  return Array.from({ length: size }, (_, i) => nested(values, inner, offset + i * sizeOf(inner)));
}

function jsonNumber(value: number): Nested {
  if (Number.isFinite(value)) return value;
  return value > 0 ? "inf" : "-inf";
}
