import type { z } from "zod";

import type { Rng } from "../../core/rng.ts";
import { ConfigError, ShapeError } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import { arrayFromJSON, arraySchema } from "./value-schema.ts";
import { expectCount, expectSizes, toNested } from "./arrays.ts";
import type { Nested } from "./arrays.ts";
import { Box } from "./box.ts";
import { unitBounds } from "./choices.ts";
import { arrayRows } from "./rows.ts";
import type { Rows } from "./rows.ts";
import { expectMask, expectOne, expectProbabilities } from "./sampling.ts";
import type { SampleOptions } from "./sampling.ts";
import { expectSpaceOptions } from "./space-options.ts";
import { Space } from "./space.ts";
import type { FlatBounds, FlatRow } from "./space.ts";
import type { SpaceJson } from "./space-json.ts";

/** The entry of a mask that leaves an element free. */
const FREE = 2;

/**
 * Int8 arrays of zeros and ones. A mask has 0 or 1 for an element that is given, 2 for one that is drawn; probabilities
 * are those of a 1, element by element.
 */
export class MultiBinary extends Space<Int8Array> {
  readonly shape: readonly number[];
  readonly dtype = "int8";
  override readonly rows: Rows;
  override readonly flat: FlatRow;

  /** `n`: the length, or all sizes. @throws ConfigError unless they are positive integers. */
  constructor(n: number | readonly number[], options: { readonly rng?: Rng } = {}) {
    expectSpaceOptions(options, ["rng"], "MultiBinary");
    super(options.rng);
    this.shape = expectSizes(typeof n === "number" ? [n] : n, "MultiBinary");
    this.flat = { size: sizeOf(this.shape), dtype: "int8" };
    if (this.shape.length === 0 || this.flat.size === 0) {
      throw new ConfigError(`MultiBinary: sizes must be positive integers, got [${this.shape.join(", ")}]`);
    }
    this.rows = arrayRows("int8", this.flat.size);
  }

  sampler(options: SampleOptions): () => Int8Array {
    const ones = this.#probabilities(options);
    return () => {
      const value = new Int8Array(this.flat.size);
      return value.map((_, i) => (ones === null ? this.rng.integer(2) : Number(this.rng.uniform() < Number(ones[i]))));
    };
  }

  contains(value: unknown): value is Int8Array {
    if (!(value instanceof Int8Array) || value.length !== this.flat.size) return false;
    for (let i = 0; i < value.length; i++) if (value[i] !== 0 && value[i] !== 1) return false;
    return true;
  }

  batch(n: number): Box<"int8"> {
    return new Box({ low: 0, high: 1, shape: [expectCount(n), ...this.shape], dtype: "int8", rng: this.copyRng() });
  }

  copy(): MultiBinary {
    return new MultiBinary(this.shape, { rng: this.copyRng() });
  }

  override valueToJSON(value: Int8Array): Nested {
    return toNested(value, this.shape);
  }

  override flatBounds(): FlatBounds {
    return unitBounds(this.flat.size);
  }

  override writeFlat(value: Int8Array, flat: { [index: number]: number }, at: number): void {
    for (const [i, bit] of value.entries()) flat[at + i] = bit;
  }

  override readFlat(flat: ArrayLike<number>, at: number): Int8Array {
    return Int8Array.from({ length: this.flat.size }, (_, i) => {
      const bit = flat[at + i];
      if (bit === 0 || bit === 1) return bit;
      throw new ShapeError(`unflatten: numbers must be 0 or 1, got ${bit}`);
    });
  }

  toJSON(): SpaceJson {
    const [n = 0, ...others] = this.shape;
    return { type: "MultiBinary", n: others.length === 0 ? n : this.shape };
  }

  override toString(): string {
    return `MultiBinary(${this.shape.length === 1 ? this.flat.size : `[${this.shape.join(", ")}]`})`;
  }

  protected override readJSON(json: unknown): Int8Array | undefined {
    return arrayFromJSON("int8", this.shape, json);
  }

  protected override makeSchema(): z.ZodType<Int8Array> {
    const { shape, dtype } = this;
    const element = { type: "integer", minimum: 0, maximum: 1 } as const;
    return arraySchema((value) => this.contains(value), String(this), { element, shape, dtype });
  }

  /** How probable a 1 is in each place; null for one half everywhere. */
  #probabilities(options: SampleOptions): readonly number[] | null {
    expectOne(options, "MultiBinary.sample");
    const { mask = null, probability = null } = options;
    if (probability !== null) return expectProbabilities(probability, this.flat.size, "MultiBinary.sample");
    if (mask === null) return null;
    const given = expectMask(mask, this.flat.size, FREE, "MultiBinary.sample");
    return given.map((bit) => (bit === FREE ? 0.5 : bit));
  }
}
