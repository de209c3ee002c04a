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
