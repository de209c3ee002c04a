import type { z } from "zod";

import { ConfigError, ShapeError } from "../../core/errors.ts";
import type { Rng } from "../../core/rng.ts";
import { sizeOf } from "../../core/shape.ts";
import { describe } from "../describe.ts";
import { arrayFromJSON, arraySchema, extremes } from "./value-schema.ts";
import { ARRAYS, expectSizes, fits, fromNested, isIntegral, LIMITS, repeated, toNested } from "./arrays.ts";
import type { ArrayOf, Nested, NumericArray, NumericType } from "./arrays.ts";
import { arrayRows } from "./rows.ts";
import type { Rows } from "./rows.ts";
import { expectSpaceOptions } from "./space-options.ts";
import { isFree } from "./sampling.ts";
import type { SampleOptions } from "./sampling.ts";
import { Space } from "./space.ts";
import type { FlatBounds, FlatRow } from "./space.ts";
import type { SpaceJson } from "./space-json.ts";

export type { ArrayOf, NumericType } from "./arrays.ts";

/** One bound for all elements, or one per element: row-major, or as nested lists. */
export type Bounds = ArrayLike<number> | Nested;

/** What makes a `Box`. */
export type BoxOptions<D extends NumericType> = {
  /** The least value, inclusive; -Infinity for floats without one. */
  readonly low: Bounds;
  /** The greatest value, inclusive; Infinity for floats without one. */
  readonly high: Bounds;
  /** Sizes; those of the bounds when there are none, and [1] for two numbers. */
  readonly shape?: readonly number[];
  /** float32 by default. */
  readonly dtype?: D;
  readonly rng?: Rng;
};

const KEYS = ["low", "high", "shape", "dtype", "rng"];

/** Which sides of a Box are meant. */
export type Manner = "both" | "below" | "above";

/** Arrays of one dtype and shape with every element between its bounds; floats may be unbounded. */
export class Box<D extends NumericType = "float32"> extends Space<ArrayOf[D]> {
  readonly shape: readonly number[];
  readonly dtype: D;
  readonly low: ArrayOf[D];
  readonly high: ArrayOf[D];
  override readonly rows: Rows;
  override readonly flat: FlatRow;
  /** Whether every array of the dtype is within the bounds. Floats never are: NaN is in no Box. */
  readonly #isWhole: boolean;

  /** @throws ConfigError for bounds that are NaN, swapped, of the wrong number or outside the dtype's range. */
  constructor(options: BoxOptions<D>) {
    expectSpaceOptions(options, KEYS, "Box");
    const { low, high, shape, rng } = options;
    const dtype = dtypeOf(options);
    super(rng);
    const bounds = [readBounds(low), readBounds(high)] as const;
    this.shape = shapeOf(bounds[0].shape, bounds[1].shape, shape);
    this.dtype = dtype;
    this.flat = { size: sizeOf(this.shape), dtype };
    this.low = filled(dtype, bounds[0], this.shape);
    this.high = filled(dtype, bounds[1], this.shape);
    const swapped = this.low.findIndex((bound, i) => bound > Number(this.high[i]));
    if (swapped >= 0) throw new ConfigError(`Box: low must not exceed high, got the opposite at element ${swapped}`);
    this.rows = arrayRows(dtype, this.flat.size);
    const [least, greatest] = LIMITS[dtype];
    const isWhole = this.low.every((bound) => bound === least) && this.high.every((bound) => bound === greatest);
    this.#isWhole = isIntegral(dtype) && isWhole;
  }

  sampler(options: SampleOptions): () => ArrayOf[D] {
    if (!isFree(options)) {
      throw new ConfigError("Box.sample: elements are drawn between their bounds, got a mask or a probability");
    }
    const draw = isIntegral(this.dtype) ? drawInteger : drawFloat;
    return () => {
      const value = new ARRAYS[this.dtype](this.flat.size);
      fill(value, (i) => draw(this.rng, Number(this.low[i]), Number(this.high[i])));
      return value;
    };
  }

  contains(value: unknown): value is ArrayOf[D] {
    if (!(value instanceof ARRAYS[this.dtype]) || value.length !== this.flat.size) return false;
    return this.#isWhole || isWithin(value, this.low, this.high);
  }

  /** Whether every element has a finite bound on these sides. @throws ConfigError for another manner. */
  isBounded(manner: Manner = "both"): boolean {
    const below = (): boolean => this.low.every(Number.isFinite);
    const above = (): boolean => this.high.every(Number.isFinite);
    switch (manner) {
      case "both":
        return below() && above();
      case "below":
        return below();
      case "above":
        return above();
      default:
        throw new ConfigError(`Box.isBounded: manner must be both, below or above, got ${String(manner)}`);
    }
  }

  batch(n: number): Box<D> {
    const [low, high] = [repeated(this.low, n), repeated(this.high, n)];
    return new Box({ low, high, shape: [n, ...this.shape], dtype: this.dtype, rng: this.copyRng() });
  }

  copy(): Box<D> {
    const { low, high, shape, dtype } = this;
    return new Box({ low, high, shape, dtype, rng: this.copyRng() });
  }

  override valueToJSON(value: ArrayOf[D]): Nested {
    return toNested(value, this.shape);
  }

  override flatBounds(): FlatBounds {
    return { low: [...this.low], high: [...this.high] };
  }

  override writeFlat(value: ArrayOf[D], flat: { [index: number]: number }, at: number): void {
    for (const [i, element] of value.entries()) flat[at + i] = element;
  }

  override readFlat(flat: ArrayLike<number>, at: number): ArrayOf[D] {
    const value = new ARRAYS[this.dtype](this.flat.size);
    fill(value, (i) => Number(flat[at + i]));
    const isStored = !isIntegral(this.dtype) || value.every((element, i) => element === flat[at + i]);
    if (isStored && this.contains(value)) return value;
    throw new ShapeError(`unflatten: numbers must be within ${String(this)}, got something else`);
  }

  toJSON(): SpaceJson {
    const { shape, dtype } = this;
    return { type: "Box", dtype, shape, low: toNested(this.low, shape), high: toNested(this.high, shape) };
  }

  override toString(): string {
    return `Box(${brief(this.low)}, ${brief(this.high)}, [${this.shape.join(", ")}], ${this.dtype})`;
  }

  protected override readJSON(json: unknown): ArrayOf[D] | undefined {
    return arrayFromJSON(this.dtype, this.shape, json);
  }

  protected override makeSchema(): z.ZodType<ArrayOf[D]> {
    const type = isIntegral(this.dtype) ? "integer" : "number";
    const { shape, dtype } = this;
    const element = { type, ...extremes(this.low, this.high) } as const;
    return arraySchema((value) => this.contains(value), String(this), { element, shape, dtype });
  }
}

/** @throws ConfigError for a dtype that no array has. */
function dtypeOf<D extends NumericType>(options: BoxOptions<D>): D;
function dtypeOf({ dtype = "float32" }: BoxOptions<NumericType>): NumericType {
  if (Object.hasOwn(ARRAYS, dtype)) return dtype;
  throw new ConfigError(`Box: dtype must be one of ${Object.keys(ARRAYS).join(", ")}, got ${describe(dtype)}`);
}

/** Bounds as they were given: their shape, or null for one number for all. */
type GivenBounds = { readonly shape: readonly number[] | null; readonly values: ArrayLike<number> };

function readBounds(bounds: Bounds): GivenBounds {
  if (typeof bounds === "number") return { shape: null, values: [bounds] };
  if (isNumbers(bounds)) return { shape: [bounds.length], values: bounds };
  const nested = fromNested(bounds);
  if (nested !== null) return nested;
  throw new ConfigError("Box: bounds must be numbers, got a ragged list, or one of something else");
}

function isNumbers(bounds: Bounds): bounds is NumericArray {
  return ArrayBuffer.isView(bounds);
}

/** The shape that was asked for, or that of the bounds. */
function shapeOf(
  low: readonly number[] | null,
  high: readonly number[] | null,
  shape: readonly number[] | undefined,
): readonly number[] {
  const sizes = expectSizes(shape ?? low ?? high ?? [1], "Box");
  for (const bounds of [low, high]) {
    const isFlat = bounds?.length === 1 && bounds[0] === sizeOf(sizes);
    if (bounds === null || isFlat || String(bounds) === String(sizes)) continue;
    throw new ConfigError(`Box: bounds must be one number or ${sizeOf(sizes)}, got the shape [${bounds.join(", ")}]`);
  }
  return sizes;
}

/** Bounds as an array; they are checked before storing, which would wrap or round them. */
function filled<D extends NumericType>(dtype: D, { shape, values }: GivenBounds, sizes: readonly number[]): ArrayOf[D] {
  const wrong = Array.from(values).find((bound) => !fits(dtype, bound));
  if (wrong !== undefined) throw new ConfigError(`Box: bounds must be numbers in the range of ${dtype}, got ${wrong}`);
  const array = new ARRAYS[dtype](sizeOf(sizes));
  if (shape === null) array.fill(Number(values[0]));
  else array.set(values);
  return array;
}

/** Sets every element to `at(i)`, in order. */
function fill(array: NumericArray, at: (index: number) => number): void {
  for (let i = 0; i < array.length; i++) array[i] = at(i);
}

/** The test is written so that NaN fails it. */
function isWithin(value: NumericArray, low: NumericArray, high: NumericArray): boolean {
  for (let i = 0; i < value.length; i++) {
    const element = Number(value[i]);
    if (!(element >= Number(low[i]) && element <= Number(high[i]))) return false;
  }
  return true;
}

function drawInteger(rng: Rng, low: number, high: number): number {
  return low + rng.integer(high - low + 1);
}

/** Uniform between two bounds, exponential beyond one, normal without: Gymnasium's choice. */
function drawFloat(rng: Rng, low: number, high: number): number {
  if (low === -Infinity && high === Infinity) return rng.normal();
  if (high === Infinity) return low - Math.log(1 - rng.uniform());
  if (low === -Infinity) return high + Math.log(1 - rng.uniform());
  const part = rng.uniform();
  const range = high - low;
  if (range === Infinity) return low * (1 - part) + high * part;
  return Math.min(low + part * range, high);
}

/** A number for equal bounds, else the first few. */
function brief(bounds: NumericArray): string {
  const [first] = bounds;
  if (bounds.every((bound) => bound === first)) return String(first ?? "");
  return `[${[...bounds.subarray(0, 6)].join(", ")}${bounds.length > 6 ? ", ..." : ""}]`;
}
