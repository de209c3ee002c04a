import { DataError, ShapeError } from "../core/errors.ts";
import { rootOf } from "./pivoted-cholesky.ts";
import { symmetricEigenvalues } from "./symmetric-eigen.ts";
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
 * It is biased upwards when rows are few: compare distances of as many rows only. Its time grows with D³, or where rows
 * are fewer than features, with their number instead of one D each.
 * a: rows of D features, at least two; b: likewise, any number of rows. Which is which does not matter.
 * @throws DataError, ShapeError as `fitGaussian`, and when the two differ in D.
 */
export function frechetDistance(a: readonly FeatureRow[], b: readonly FeatureRow[]): number {
  const [first, second] = [expectRows(a), expectRows(b)] as const;
  const [size, other] = [first[0]?.length ?? 0, second[0]?.length ?? 0];
  if (size !== other)
    throw new ShapeError(`frechetDistance: both must have the same features, got ${size} and ${other}`);
  if (Math.min(first.length, second.length) >= size) return gaussianDistance(fitGaussian(first), fitGaussian(second));
  const [centredA, centredB] = [centre(first), centre(second)];
  const apart = centredA.mean.map((value, i) => value - (centredB.mean[i] ?? 0));
  const spread = sumOfSquares(centredA.rows) + sumOfSquares(centredB.rows);
  return finite(Math.max(0, dot(apart, apart) + spread - 2 * sumOfSingularValues(centredA.rows, centredB.rows)));
}

/** Copies less their mean, over √(N - 1): their products sum up to the covariance. */
function centre(features: readonly Float64Array[]): { readonly mean: Float64Array; readonly rows: Float64Array[] } {
  const mean = new Float64Array(features[0]?.length ?? 0);
  for (const row of features) addScaled(mean, 1 / features.length, row);
  const scale = 1 / Math.sqrt(features.length - 1);
  return { mean, rows: features.map((row) => row.map((value, i) => (value - (mean[i] ?? 0)) * scale)) };
}

function sumOfSquares(rows: readonly Float64Array[]): number {
  return rows.reduce((sum, row) => sum + dot(row, row), 0);
}

function finite(distance: number): number {
  if (Number.isFinite(distance)) return distance;
  throw new DataError("frechetDistance: means and covariances must be finite - scale the features down");
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

/** tr (AB)^½ = |RA RBᵀ| for any roots with RAᵀ RA = A and RBᵀ RB = B, summed over singular values. */
function traceOfRoot(a: Float64Array, b: Float64Array, n: number): number {
  return sumOfSingularValues(rootOf(a, n), rootOf(b, n));
}

/**
 * The singular values of the product of `a` with `b` transposed, summed: both are rows of as many numbers, and which
 * orthogonal turn either is seen under does not matter. From the Gram matrix of the smaller side.
 */
function sumOfSingularValues(a: readonly Float64Array[], b: readonly Float64Array[]): number {
  const [few, many] = a.length <= b.length ? [a, b] : [b, a];
  const products = few.map((row) => Float64Array.from(many, (other) => dot(row, other)));
  const n = products.length;
  const gram = new Float64Array(n * n);
  for (const [i, row] of products.entries()) {
    for (let j = 0; j <= i; j++) gram[i * n + j] = gram[j * n + i] = dot(row, products[j] ?? row);
  }
  return symmetricEigenvalues(gram, n).reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
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
