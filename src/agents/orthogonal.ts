import { float32, type HostTensor } from "../core/host-tensor.ts";
import type { Rng } from "../core/rng.ts";

/**
 * A float32 matrix [rows, columns] with orthonormal rows or columns, whichever are fewer, times `gain` (Saxe et al.
 * 2014).
 */
export function orthogonal(rows: number, columns: number, gain: number, rng: Rng): HostTensor {
  const isTall = rows >= columns;
  const basis = orthonormal(Math.min(rows, columns), Math.max(rows, columns), rng);
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      data[row * columns + column] = gain * Number(isTall ? basis[column]?.[row] : basis[row]?.[column]);
    }
  }
  return float32(data, [rows, columns]);
}

/** `count` random orthonormal vectors of this length, by Gram and Schmidt: each normal vector loses what the last span. */
function orthonormal(count: number, length: number, rng: Rng): readonly Float64Array[] {
  const basis: Float64Array[] = [];
  while (basis.length < count) {
    const vector = Float64Array.from({ length }, () => rng.normal());
    // Twice, as rounding leaves a little of the others the first time.
    for (const other of [...basis, ...basis]) {
      const share = dot(vector, other);
      for (let i = 0; i < length; i++) vector[i] = Number(vector[i]) - share * Number(other[i]);
    }
    const norm = Math.sqrt(dot(vector, vector));
    basis.push(vector.map((x) => x / norm));
  }
  return basis;
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, i) => sum + x * Number(b[i]), 0);
}
