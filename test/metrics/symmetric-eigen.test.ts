import { expect, test } from "vitest";
import { DataError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { rootOf } from "../../src/metrics/pivoted-cholesky.ts";
import { symmetricEigenvalues } from "../../src/metrics/symmetric-eigen.ts";

const sorted = (values: Float64Array) => [...values].toSorted((a, b) => a - b);

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number) {
  expect(actual).toHaveLength(expected.length);
  const errors = Array.from(expected, (value, i) => Math.abs(value - (actual[i] ?? NaN)));
  expect(Math.max(0, ...errors)).toBeLessThanOrEqual(tolerance);
}

/** Row-major product of [n, n] matrices, the first transposed. */
function transposedTimes(a: Float64Array, b: Float64Array, n: number): Float64Array {
  return Float64Array.from(a, (_, i) => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += (a[k * n + Math.floor(i / n)] ?? 0) * (b[k * n + (i % n)] ?? 0);
    return sum;
  });
}

function randomSymmetric(n: number, rng: Rng): Float64Array {
  const matrix = Float64Array.from({ length: n * n }, () => rng.normal());
  return matrix.map((value, i) => (i % n < Math.floor(i / n) ? (matrix[(i % n) * n + Math.floor(i / n)] ?? 0) : value));
}

test.each([
  ["a diagonal", 3, [2, 0, 0, 0, -1, 0, 0, 0, 5], [-1, 2, 5]],
  ["a pair", 2, [2, 1, 1, 2], [1, 3]],
  ["a swap", 2, [0, 1, 1, 0], [-1, 1]],
  ["a single number", 1, [7], [7]],
  ["zeros", 3, [0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0]],
  ["ones, of rank one", 4, new Array<number>(16).fill(1), [0, 0, 0, 4]],
  // 2 - 2 cos(k π / 4)
  ["a chain", 3, [2, -1, 0, -1, 2, -1, 0, -1, 2], [2 - Math.SQRT2, 2, 2 + Math.SQRT2]],
  ["nothing", 0, [], []],
])("the eigenvalues of %s are known", (_, n, matrix, expected) => {
  expectClose(sorted(symmetricEigenvalues(Float64Array.from(matrix), n)), expected, 1e-14);
});

test.each([1, 2, 3, 8, 33, 64])("%i eigenvalues have the matrix's trace and its sum of squares", (n) => {
  const matrix = randomSymmetric(n, new Rng(n));
  const copy = matrix.slice();
  const values = symmetricEigenvalues(matrix, n);
  const sum = (numbers: Float64Array) => numbers.reduce((total, value) => total + value, 0);
  const trace = sum(matrix.filter((_, i) => i % (n + 1) === 0));
  expectClose([sum(values)], [trace], 1e-12);
  expectClose([sum(values.map((value) => value ** 2)) / n], [sum(matrix.map((value) => value ** 2)) / n], 1e-11);
  expect(matrix).toEqual(copy);
});

test.each([
  [1, 1],
  [6, 6],
  [9, 4],
  [12, 1],
])("a matrix [%i, n] of rank %i has a root of as many rows, which rebuild it", (n, rank) => {
  const rng = new Rng(n);
  const factor = Float64Array.from({ length: rank * n }, () => rng.normal());
  const padded = new Float64Array(n * n);
  padded.set(factor);
  const matrix = transposedTimes(padded, padded, n);
  const root = rootOf(matrix, n);
  expect(root).toHaveLength(rank);
  const rebuilt = new Float64Array(n * n);
  rebuilt.set(root.flatMap((row) => [...row]));
  expectClose(transposedTimes(rebuilt, rebuilt, n), matrix, 1e-12);
});

test("nothing has no root", () => {
  expect(rootOf(new Float64Array(9), 3)).toEqual([]);
});

test("very large and very small numbers keep their digits", () => {
  for (const scale of [1e140, 1e-140]) {
    const values = symmetricEigenvalues(
      Float64Array.from([2, -1, 0, -1, 2, -1, 0, -1, 2], (x) => x * scale),
      3,
    );
    expectClose(
      sorted(values).map((value) => value / scale),
      [2 - Math.SQRT2, 2, 2 + Math.SQRT2],
      1e-14,
    );
  }
});

test("numbers that are not finite are refused", () => {
  expect(() => symmetricEigenvalues(Float64Array.of(1, NaN, NaN, 1), 2)).toThrow(DataError);
  expect(() => symmetricEigenvalues(Float64Array.of(Infinity, 1, 1, 1), 2)).toThrow(DataError);
});
