import { z } from "zod";

import type { Rng } from "../../core/rng.ts";
import { expectCount } from "./arrays.ts";
import { expectChoices, readOneHot, unitBounds, writeOneHot } from "./choices.ts";
import { MultiDiscrete } from "./multi-discrete.ts";
import { NUMBER_ROWS } from "./rows.ts";
import { drawIndex, readWeights } from "./sampling.ts";
import type { SampleOptions } from "./sampling.ts";
import { expectSpaceOptions } from "./space-options.ts";
import { Space } from "./space.ts";
import type { FlatBounds, FlatRow } from "./space.ts";
import type { SpaceJson } from "./space-json.ts";

export { MultiDiscrete } from "./multi-discrete.ts";

/** Where the integers begin, 0 by default, and the random stream. */
export type DiscreteOptions = { readonly start?: number; readonly rng?: Rng };

/** The integers [start, start + n), as plain numbers. A mask or probabilities have `n` entries. */
export class Discrete extends Space<number> {
  readonly shape: readonly number[] = [];
  override readonly rows = NUMBER_ROWS;
  override readonly flat: FlatRow;
  readonly n: number;
  readonly start: number;

  /** @throws ConfigError unless `n` is a positive integer and all values are int32. */
  constructor(n: number, options: DiscreteOptions = {}) {
    expectSpaceOptions(options, ["start", "rng"], "Discrete");
    const { start = 0, rng } = options;
    super(rng);
    expectChoices(n, start, "Discrete");
    this.n = n;
    this.start = start;
    this.flat = { size: n, dtype: "float32" };
  }

  sampler(options: SampleOptions): () => number {
    const weights = readWeights(options, this.n, "Discrete.sample");
    return () => this.start + drawIndex(this.rng, this.n, weights);
  }

  contains(value: unknown): value is number {
    return Number.isInteger(value) && Number(value) >= this.start && Number(value) < this.start + this.n;
  }

  batch(n: number): MultiDiscrete {
    const start = new Int32Array(expectCount(n)).fill(this.start);
    return new MultiDiscrete(new Int32Array(n).fill(this.n), { start, rng: this.copyRng() });
  }

  copy(): Discrete {
    return new Discrete(this.n, { start: this.start, rng: this.copyRng() });
  }

  /** One-hot. */
  override flatBounds(): FlatBounds {
    return unitBounds(this.n);
  }

  override writeFlat(value: number, flat: { [index: number]: number }, at: number): void {
    writeOneHot(value - this.start, this.n, flat, at);
  }

  override readFlat(flat: ArrayLike<number>, at: number): number {
    return this.start + readOneHot(flat, at, this.n);
  }

  toJSON(): SpaceJson {
    return { type: "Discrete", dtype: "int32", start: this.start, n: this.n };
  }

  override toString(): string {
    return this.start === 0 ? `Discrete(${this.n})` : `Discrete(${this.n}, start=${this.start})`;
  }

  protected override makeSchema(): z.ZodType<number> {
    return z
      .int()
      .min(this.start)
      .max(this.start + this.n - 1);
  }
}
