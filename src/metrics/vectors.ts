/** The scalar product of two vectors of the same length. */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** Adds `share` times `vector` to `target`, which is as long. */
export function addScaled(target: Float64Array, share: number, vector: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] ?? 0) + share * (vector[i] ?? 0);
}

/** Row `i` of a row-major matrix of `n` columns as a view, from column `from` on. */
export function rowOf(matrix: Float64Array, n: number, i: number, from = 0): Float64Array {
  return matrix.subarray(i * n + from, (i + 1) * n);
}
