import { DataError } from "../core/errors.ts";
import { addScaled, dot, rowOf } from "./vectors.ts";

/** A symmetric tridiagonal matrix: its diagonal [n], and what stands beside it [n - 1]. */
type Tridiagonal = { readonly diagonal: Float64Array; readonly beside: Float64Array };

/** Between these neither sums of numbers overflow nor their rounding vanishes; what is smaller counts as zero. */
const [SMALLEST, LARGEST] = [1e-300, 1e300];

/**
 * The eigenvalues of a symmetric matrix [n, n], row-major, float64 and finite, in no particular order, with an error of
 * about n times the rounding of the largest: Householder reflections to a tridiagonal matrix, then implicit QR steps
 * (Golub and Van Loan, Matrix Computations, section 8.3). About 4/3 n³ multiplications.
 * @throws DataError when a number is not finite, or above 1e300.
 */
export function symmetricEigenvalues(matrix: Float64Array, n: number): Float64Array {
  return diagonalise(tridiagonalise(expectFinite(matrix), n));
}

/** Overwrites `matrix`. */
function tridiagonalise(matrix: Float64Array, n: number): Tridiagonal {
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(Math.max(n - 1, 0));
  for (let k = 0; k < n; k++) {
    diagonal[k] = matrix[k * n + k] ?? 0;
    if (k === n - 1) break;
    const normal = rowOf(matrix, n, k, k + 1).slice();
    beside[k] = reflectOnto(normal);
    reflectBothSides(matrix, n, normal);
  }
  return { diagonal, beside };
}

/**
 * Turns a vector into the normal, of length √2, of the mirror that takes the vector to a multiple of the first axis;
 * returns that multiple. Zero where it lies on the axis already.
 */
function reflectOnto(vector: Float64Array): number {
  const first = vector[0] ?? 0;
  const scale = largest(vector);
  if (vector.subarray(1).every((value) => value === 0)) {
    vector.fill(0);
    return first;
  }
  // Scaled, so that squares neither overflow nor vanish.
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) / scale;
  const multiple = (first > 0 ? -1 : 1) * Math.sqrt(dot(vector, vector));
  vector[0] = (vector[0] ?? 0) - multiple;
  const toRoot2 = Math.sqrt(2 / dot(vector, vector));
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) * toRoot2;
  return multiple * scale;
}

/** Reflects the last rows and columns of a symmetric matrix, as many as `normal` has numbers. */
function reflectBothSides(matrix: Float64Array, n: number, normal: Float64Array): void {
  const first = n - normal.length;
  const product = normal.map((_, i) => dot(rowOf(matrix, n, first + i, first), normal));
  addScaled(product, -dot(product, normal) / 2, normal);
  for (const [i, share] of normal.entries()) {
    const row = rowOf(matrix, n, first + i, first);
    addScaled(row, -share, product);
    addScaled(row, -(product[i] ?? 0), normal);
  }
}

/** Overwrites the matrix; returns its eigenvalues. */
function diagonalise({ diagonal, beside }: Tridiagonal): Float64Array {
  const negligible = Math.max(Number.EPSILON * Math.max(largest(diagonal), largest(beside)), SMALLEST);
  const isZero = (k: number) => Math.abs(beside[k] ?? 0) <= negligible;
  let last = diagonal.length - 1;
  while (last > 0) {
    if (isZero(last - 1)) {
      last--;
      continue;
    }
    let first = last - 1;
    while (first > 0 && !isZero(first - 1)) first--;
    stepQR({ diagonal, beside }, first, last);
  }
  return diagonal;
}

/** One implicit QR step on the block [first, last], shifted by the eigenvalue that its last corner is nearest to. */
function stepQR({ diagonal, beside }: Tridiagonal, first: number, last: number): void {
  let x = (diagonal[first] ?? 0) - shiftOf(diagonal[last - 1] ?? 0, diagonal[last] ?? 0, beside[last - 1] ?? 0);
  let bulge = beside[first] ?? 0;
  for (let k = first; k < last; k++) {
    const length = Math.hypot(x, bulge);
    const [cos, sin] = length === 0 ? [1, 0] : [x / length, bulge / length];
    if (k > first) beside[k - 1] = length;
    const [above, below, edge] = [diagonal[k] ?? 0, diagonal[k + 1] ?? 0, beside[k] ?? 0];
    diagonal[k] = cos * cos * above + 2 * cos * sin * edge + sin * sin * below;
    diagonal[k + 1] = sin * sin * above - 2 * cos * sin * edge + cos * cos * below;
    beside[k] = cos * sin * (below - above) + (cos * cos - sin * sin) * edge;
    if (k === last - 1) return;
    x = beside[k] ?? 0;
    bulge = sin * (beside[k + 1] ?? 0);
    beside[k + 1] = cos * (beside[k + 1] ?? 0);
  }
}

/** The eigenvalue of [[above, edge], [edge, below]] that is nearer to `below` (Wilkinson's shift). */
function shiftOf(above: number, below: number, edge: number): number {
  const half = (above - below) / 2;
  const reach = Math.hypot(half, edge);
  return reach === 0 ? below : below - edge * (edge / (half + (half < 0 ? -reach : reach)));
}

function largest(numbers: Float64Array): number {
  return numbers.reduce((most, number) => Math.max(most, Math.abs(number)), 0);
}

/** A copy. */
function expectFinite(matrix: Float64Array): Float64Array {
  const other = matrix.find((number) => !(Math.abs(number) <= LARGEST));
  if (other === undefined) return matrix.slice();
  throw new DataError(`eigenvalues: numbers must lie in [-${LARGEST}, ${LARGEST}], got ${other}`);
}
