import type { z } from "zod";

import { ConfigError } from "../../core/errors.ts";
import type { Rng } from "../../core/rng.ts";
import { sizeOf } from "../../core/shape.ts";
import { describe } from "../describe.ts";
import { arrayFromJSON, arraySchema, extremes } from "./value-schema.ts";
import { expectSizes, repeated, toNested } from "./arrays.ts";
import type { Nested } from "./arrays.ts";
import { Box } from "./box.ts";
import { expectChoices, readOneHot, unitBounds, writeOneHot } from "./choices.ts";
import { arrayRows } from "./rows.ts";
import type { Rows } from "./rows.ts";
import { drawIndex, isFree, optionsOfParts, readWeights } from "./sampling.ts";
import type { SampleOptions } from "./sampling.ts";
import { expectSpaceOptions } from "./space-options.ts";
import { Space } from "./space.ts";
import type { FlatBounds, FlatRow } from "./space.ts";
import type { SpaceJson } from "./space-json.ts";

/** What a `MultiDiscrete` may have beside `nvec`. */
export type MultiDiscreteOptions = {
  /** Where each element begins: one number, or one per element; 0 by default. */
  readonly start?: number | ArrayLike<number>;
  /** Sizes; [length of nvec] by default. */
  readonly shape?: readonly number[];
  readonly rng?: Rng;
};

/**
 * Int32 arrays whose element `i` is in [start[i], start[i] + nvec[i]). A mask or probabilities are lists with one entry
 * per element, in row-major order, each of `nvec[i]` numbers or null.
 */
export class MultiDiscrete extends Space<Int32Array> {
  readonly shape: readonly number[];
  readonly dtype = "int32";
  readonly nvec: Int32Array;
  readonly start: Int32Array;
  override readonly rows: Rows;
  override readonly flat: FlatRow;

  /** @throws ConfigError unless every entry of `nvec` is a positive integer and all values are int32. */
  constructor(nvec: ArrayLike<number>, options: MultiDiscreteOptions = {}) {
    expectSpaceOptions(options, ["start", "shape", "rng"], "MultiDiscrete");
    const { start = 0, shape, rng } = options;
    super(rng);
    if (!Array.isArray(nvec) && !ArrayBuffer.isView(nvec)) {
      throw new ConfigError(`MultiDiscrete: nvec must be a list of numbers, got ${describe(nvec)}`);
    }
    this.shape = expectSizes(shape ?? [nvec.length], "MultiDiscrete");
    expectLength(nvec.length, sizeOf(this.shape), "nvec");
    const starts = typeof start === "number" ? Array.from(nvec, () => start) : Array.from(start);
    expectLength(starts.length, nvec.length, "start");
    for (const [i, first] of starts.entries()) expectChoices(Number(nvec[i]), first, "MultiDiscrete");
    this.nvec = Int32Array.from(nvec);
    this.start = Int32Array.from(starts);
    this.rows = arrayRows("int32", nvec.length);
    this.flat = { size: this.nvec.reduce((sum, n) => sum + n, 0), dtype: "float32" };
  }

  sampler(options: SampleOptions): () => Int32Array {
    const where = "MultiDiscrete.sample";
    const parts = isFree(options) ? [] : optionsOfParts(options, this.nvec.length, where);
    const weights = parts.map((part, i) => readWeights(part, Number(this.nvec[i]), where));
    return () => this.nvec.map((n, i) => Number(this.start[i]) + drawIndex(this.rng, n, weights[i] ?? null));
  }

  contains(value: unknown): value is Int32Array {
    if (!(value instanceof Int32Array) || value.length !== this.nvec.length) return false;
    for (let i = 0; i < value.length; i++) {
      const index = Number(value[i]) - Number(this.start[i]);
      if (!(index >= 0 && index < Number(this.nvec[i]))) return false;
    }
    return true;
  }

  batch(n: number): Box<"int32"> {
    const [low, high] = [repeated(this.start, n), repeated(this.#last(), n)];
    return new Box({ low, high, shape: [n, ...this.shape], dtype: "int32", rng: this.copyRng() });
  }

  copy(): MultiDiscrete {
    return new MultiDiscrete(this.nvec, { start: this.start, shape: this.shape, rng: this.copyRng() });
  }

  override valueToJSON(value: Int32Array): Nested {
    return toNested(value, this.shape);
  }

  /** One-hot, element after element. */
  override flatBounds(): FlatBounds {
    return unitBounds(this.flat.size);
  }

  override writeFlat(value: Int32Array, flat: { [index: number]: number }, at: number): void {
    let place = at;
    for (const [i, n] of this.nvec.entries()) {
      writeOneHot(Number(value[i]) - Number(this.start[i]), n, flat, place);
      place += n;
    }
  }

  override readFlat(flat: ArrayLike<number>, at: number): Int32Array {
    let place = at;
    return this.nvec.map((n, i) => {
      const index = readOneHot(flat, place, n);
      place += n;
      return Number(this.start[i]) + index;
    });
  }

  toJSON(): SpaceJson {
    const { nvec, start, shape } = this;
    return { type: "MultiDiscrete", dtype: "int32", nvec: toNested(nvec, shape), start: toNested(start, shape) };
  }

  override toString(): string {
    const start = this.start.some((first) => first !== 0)
      ? `, start=${JSON.stringify(toNested(this.start, this.shape))}`
      : "";
    return `MultiDiscrete(${JSON.stringify(toNested(this.nvec, this.shape))}${start})`;
  }

  protected override readJSON(json: unknown): Int32Array | undefined {
    return arrayFromJSON("int32", this.shape, json);
  }

  protected override makeSchema(): z.ZodType<Int32Array> {
    const element = { type: "integer", ...extremes(this.start, this.#last()) } as const;
    const { shape, dtype } = this;
    return arraySchema((value) => this.contains(value), String(this), { element, shape, dtype });
  }

  /** The greatest value of each element. */
  #last(): Int32Array {
    return this.start.map((start, i) => start + Number(this.nvec[i]) - 1);
  }
}

function expectLength(length: number, expected: number, name: string): void {
  if (length === expected) return;
  throw new ConfigError(`MultiDiscrete: ${name} must have ${expected} entries, got ${length}`);
}
