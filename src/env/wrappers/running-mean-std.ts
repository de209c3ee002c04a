import { z } from "zod";

import { ShapeError } from "../../core/errors.ts";
import { parseOptions } from "../../core/options.ts";

const RunningMeanStdJSON = z
  .strictObject({
    mean: z.array(z.number()),
    var: z.array(z.number().nonnegative()),
    count: z.number().positive(),
  })
  .refine(({ mean, var: variance }) => mean.length === variance.length, "mean and var must be equally long");
/** What was counted, as JSON. */
export type RunningMeanStdJSON = z.infer<typeof RunningMeanStdJSON>;

/**
 * The mean and variance of a stream of rows, element by element, in float64. Before any row it counts `epsilon` rows of
 * mean 0 and variance 1.
 */
export class RunningMeanStd {
  readonly mean: Float64Array;
  readonly var: Float64Array;
  #count: number;

  constructor(size: number, epsilon = 1e-4) {
    this.mean = new Float64Array(size);
    this.var = new Float64Array(size).fill(1);
    this.#count = epsilon;
  }

  /** What `toJSON` told, to count on from there. @throws ConfigError for anything else. */
  static fromJSON(json: unknown): RunningMeanStd {
    const { mean, var: variance, count } = parseOptions(RunningMeanStdJSON, json, "RunningMeanStd");
    const rms = new RunningMeanStd(mean.length, count);
    rms.mean.set(mean);
    rms.var.set(variance);
    return rms;
  }

  toJSON(): RunningMeanStdJSON {
    return { mean: [...this.mean], var: [...this.var], count: this.#count };
  }

  /** How many rows were counted, with the `epsilon` at the start. */
  get count(): number {
    return this.#count;
  }

  /** Counts rows, one behind the other: any multiple of `size` numbers. */
  update(rows: ArrayLike<number>): void {
    const size = this.mean.length;
    const n = rows.length / size;
    if (n === 0) return;
    for (let i = 0; i < size; i++) this.#merge(i, rows, n);
    this.#count += n;
  }

  /** Merges element `i` of `n` rows, by the parallel form of Welford's algorithm (Chan et al.). */
  #merge(i: number, rows: ArrayLike<number>, n: number): void {
    const size = this.mean.length;
    let sum = 0;
    for (let row = 0; row < n; row++) sum += Number(rows[row * size + i]);
    const batchMean = sum / n;
    let squares = 0;
    for (let row = 0; row < n; row++) squares += (Number(rows[row * size + i]) - batchMean) ** 2;
    const total = this.#count + n;
    const delta = batchMean - Number(this.mean[i]);
    this.var[i] = (Number(this.var[i]) * this.#count + squares + (delta * delta * this.#count * n) / total) / total;
    this.mean[i] = Number(this.mean[i]) + (delta * n) / total;
  }
}

/** The same, if it counts so many numbers. @throws ShapeError if not. */
export function expectSize(rms: RunningMeanStd, size: number, where: string): RunningMeanStd {
  if (rms.mean.length === size) return rms;
  throw new ShapeError(`${where}: must be of ${size} numbers, got ${rms.mean.length}`);
}
