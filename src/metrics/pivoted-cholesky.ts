import { addScaled, rowOf } from "./vectors.ts";

/**
 * Rows R [rank][n] with Rᵀ R = the positive semi-definite matrix [n, n], row-major: Cholesky's factor with the largest
 * pivot first (Golub and Van Loan, Matrix Computations, section 4.2.8), which ends where nothing but rounding is left, so
 * that singular matrices have a root too. About n² rank / 2 multiplications.
 */
export function rootOf(matrix: Float64Array, n: number): Float64Array[] {
  const diagonal = Float64Array.from({ length: n }, (_, i) => matrix[i * n + i] ?? 0);
  const least = n * Number.EPSILON * diagonal.reduce((most, value) => Math.max(most, value), 0);
  const rows: Float64Array[] = [];
  while (rows.length < n) {
    const pivot = indexOfLargest(diagonal);
    const value = diagonal[pivot] ?? 0;
    if (!(value > least)) break;
    rows.push(eliminate(matrix, diagonal, { pivot, rows, n }));
  }
  return rows;
}

type Elimination = { readonly pivot: number; readonly rows: readonly Float64Array[]; readonly n: number };

/** The next row of the root: what of the pivot's row earlier rows do not explain, over the root of the pivot. */
function eliminate(matrix: Float64Array, diagonal: Float64Array, { pivot, rows, n }: Elimination): Float64Array {
  const row = rowOf(matrix, n, pivot).slice();
  for (const earlier of rows) addScaled(row, -(earlier[pivot] ?? 0), earlier);
  const scale = 1 / Math.sqrt(diagonal[pivot] ?? 1);
  for (let i = 0; i < n; i++) row[i] = (row[i] ?? 0) * scale;
  for (let i = 0; i < n; i++) diagonal[i] = (diagonal[i] ?? 0) - (row[i] ?? 0) ** 2;
  // Rounding must not bring a pivot back.
  diagonal[pivot] = -Infinity;
  return row;
}

function indexOfLargest(values: Float64Array): number {
  return values.reduce((best, value, i) => (value > (values[best] ?? -Infinity) ? i : best), 0);
}
