import { DataError, ShapeError } from "../core/errors.ts";
import { symmetricEigen, symmetricEigenvalues } from "./symmetric-eigen.ts";
import { addScaled, dot, rowOf } from "./vectors.ts";

/** The features of one item: a frame, a clip or whatever was measured, [D], finite. */
export type FeatureRow = ArrayLike<number>;

/** A normal distribution over D features. */
export type Gaussian = {
  /** float64 [D]. */
  readonly mean: Float64Array;
  /** float64 [D, D], row-major, symmetric. */
  readonly covariance: Float64Array;
};

/** What describes an item by numbers; every item by as many. */
export type FeatureFunction<Item> = (item: Item) => FeatureRow | Promise<FeatureRow>;

/**
 * The mean and the covariance (divided by N - 1) of N rows of D features, in float64.
 * @throws DataError when there are fewer than two rows, or a number is not finite; ShapeError when rows differ in length
 * or are empty.
 */
export function fitGaussian(rows: readonly FeatureRow[]): Gaussian {
  const features = expectRows(rows);
  const size = features[0]?.length ?? 0;
  const mean = new Float64Array(size);
  for (const row of features) addScaled(mean, 1 / features.length, row);
  const covariance = new Float64Array(size * size);
  for (const row of features) {
    addScaled(row, -1, mean);
    for (const [i, value] of row.entries()) {
      addScaled(rowOf(covariance, size, i), value / (features.length - 1), row);
    }
  }
  return { mean, covariance };
}

/**
 * The Fréchet distance, squared as is usual, between the Gaussians fitted to two sets of feature rows: 0 where they
 * agree, and without an upper bound. It is FID (Heusel et al. 2017) over Inception's features of frames, and FVD
 * (Unterthiner et al. 2018) over I3D's features of clips; over other features it must not be called either.
 *
 * It is biased upwards when rows are few: compare distances of as many rows only. Its time grows with D³.
 * a: rows of D features, at least two; b: likewise, any number of rows. Which is which does not matter.
 * @throws DataError, ShapeError as `fitGaussian`, and when the two differ in D.
 */
export function frechetDistance(a: readonly FeatureRow[], b: readonly FeatureRow[]): number {
  return gaussianDistance(fitGaussian(a), fitGaussian(b));
}

/**
 * The squared Fréchet distance of two Gaussians, for one that is kept: |mean a - mean b|² + tr(A + B - 2 (AB)^½), A and B
 * being the covariances.
 * @throws ShapeError when the two differ in their number of features; DataError when a number is not finite.
 */
export function gaussianDistance(a: Gaussian, b: Gaussian): number {
  const size = a.mean.length;
  expectGaussian(a, size);
  expectGaussian(b, size);
  const apart = a.mean.map((value, i) => value - (b.mean[i] ?? 0));
  const spread = trace(a.covariance, size) + trace(b.covariance, size);
  // Rounding may leave a little less than nothing.
  return Math.max(0, dot(apart, apart) + spread - 2 * traceOfRoot(a.covariance, b.covariance, size));
}

/**
 * The squared Fréchet distance between two sets of items, as `features` describes them: frames by Inception for FID,
 * clips by I3D for FVD, either by a world's own tokenizer for a distance that bears neither name.
 * @throws DataError, ShapeError as `frechetDistance`.
 */
export async function featureDistance<Item>(
  a: Iterable<Item> | AsyncIterable<Item>,
  b: Iterable<Item> | AsyncIterable<Item>,
  features: FeatureFunction<Item>,
): Promise<number> {
  return frechetDistance(await describeAll(a, features), await describeAll(b, features));
}

/** One after another, so that a model need not hold all items. */
async function describeAll<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  features: FeatureFunction<Item>,
): Promise<FeatureRow[]> {
  const rows: FeatureRow[] = [];
  // Copied: a model may use its answer's memory again.
  for await (const item of items) rows.push(Float64Array.from(await features(item)));
  return rows;
}

/** tr (AB)^½, from the eigenvalues of the symmetric A^½ B A^½, which are those of AB. */
function traceOfRoot(a: Float64Array, b: Float64Array, n: number): number {
  const root = rootOf(a, n);
  const product = new Float64Array(root.length);
  for (const [i, share] of root.entries()) {
    addScaled(rowOf(product, n, Math.floor(i / n)), share, rowOf(b, n, i % n));
  }
  const rank = root.length / n;
  const similar = new Float64Array(rank * rank);
  for (let i = 0; i < rank; i++) {
    for (let j = 0; j < rank; j++) similar[i * rank + j] = dot(rowOf(product, n, i), rowOf(root, n, j));
  }
  return symmetricEigenvalues(similar, rank).reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
}

/** [rank, n] with rootᵀ root = the covariance: its eigenvectors, each times the root of its eigenvalue. */
function rootOf(covariance: Float64Array, n: number): Float64Array {
  const { values, vectors } = symmetricEigen(covariance, n);
  // What is less is rounding: few rows span few directions.
  const least = n * Number.EPSILON * values.reduce((most, value) => Math.max(most, value), 0);
  const used = [...values.keys()].filter((i) => (values[i] ?? 0) > least);
  const root = new Float64Array(used.length * n);
  for (const [row, i] of used.entries())
    addScaled(rowOf(root, n, row), Math.sqrt(values[i] ?? 0), rowOf(vectors, n, i));
  return root;
}

function trace(matrix: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += matrix[i * n + i] ?? 0;
  return sum;
}

function expectGaussian({ mean, covariance }: Gaussian, size: number): void {
  if (mean.length !== size || covariance.length !== size * size) {
    throw new ShapeError(
      `frechetDistance: both must have means [${size}] and covariances [${size}, ${size}], got ${mean.length} and ${covariance.length} numbers`,
    );
  }
  if (!mean.every(Number.isFinite) || !covariance.every(Number.isFinite)) {
    throw new DataError("frechetDistance: means and covariances must be finite - scale the features down");
  }
}

/** Copies in float64. */
function expectRows(rows: readonly FeatureRow[]): Float64Array[] {
  const size = rows[0]?.length ?? 0;
  if (rows.length < 2) throw new DataError(`frechetDistance: there must be at least two rows, got ${rows.length}`);
  const features = rows.map((row) => Float64Array.from(row));
  const other = features.find((row) => row.length !== size || size === 0);
  if (other !== undefined) {
    throw new ShapeError(`frechetDistance: rows must all have the same features, got ${size} and ${other.length}`);
  }
  if (!features.every((row) => row.every(Number.isFinite))) {
    throw new DataError("frechetDistance: features must be finite, got NaN or infinity");
  }
  return features;
}
