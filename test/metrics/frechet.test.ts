import { describe, expect, test } from "vitest";
import { DataError, ShapeError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { featureDistance, fitGaussian, frechetDistance, gaussianDistance } from "../../src/metrics/frechet.ts";
import fixture from "../fixtures/metrics.json" with { type: "json" };

function normals(rng: Rng, count: number, size: number): Float32Array[] {
  return Array.from({ length: count }, () => Float32Array.from({ length: size }, () => rng.normal()));
}

describe("frechetDistance", () => {
  test.each(fixture.frechet)("is SciPy's for $name", ({ a, b, distance }) => {
    const scale = Math.max(1, distance);
    expect(frechetDistance(a, b) / scale).toBeCloseTo(distance / scale, 7);
    expect(frechetDistance(b, a) / scale).toBeCloseTo(distance / scale, 7);
  });

  test("is zero for the same rows in another order", () => {
    const rows = normals(new Rng("same"), 30, 5);
    expect(frechetDistance(rows, rows.toReversed())).toBeCloseTo(0, 9);
  });

  test("is the squared way that a set of rows is moved", () => {
    const rows = normals(new Rng("moved"), 20, 6);
    const moved = rows.map((row) => Float64Array.from(row, (value, i) => value + (i === 2 ? 3 : 0)));
    expect(frechetDistance(rows, moved)).toBeCloseTo(9, 9);
  });

  test("of one feature is the squared difference of means and of deviations", () => {
    expect(frechetDistance([[-1], [1]], [[0], [6]])).toBeCloseTo(3 ** 2 + (Math.SQRT2 - Math.sqrt(18)) ** 2, 12);
  });

  test("is not changed by a rotation of the features, and grows with the square of their scale", () => {
    const rng = new Rng("rotated");
    const [a, b] = [normals(rng, 12, 2), normals(rng, 14, 2)] as const;
    const turn = ([x = 0, y = 0]: Iterable<number> & ArrayLike<number>) => [3 * x - 4 * y, 4 * x + 3 * y];
    expect(frechetDistance(a.map(turn), b.map(turn))).toBeCloseTo(25 * frechetDistance(a, b), 9);
  });

  test("leaves its rows alone", () => {
    const rows = [new Float64Array([1, 2]), new Float64Array([3, 5])];
    frechetDistance(rows, rows);
    expect(rows).toEqual([new Float64Array([1, 2]), new Float64Array([3, 5])]);
  });

  test("refuses rows that have no covariance, differ in features or are not finite", () => {
    const two = [
      [1, 2],
      [3, 4],
    ];
    expect(() => frechetDistance(two, [])).toThrow(DataError);
    expect(() => frechetDistance([[1, 2]], two)).toThrow(DataError);
    expect(() => frechetDistance(two, [[1, 2], [3]])).toThrow(ShapeError);
    expect(() => frechetDistance([[], []], [[], []])).toThrow(ShapeError);
    expect(() => frechetDistance(two, [[1], [2]])).toThrow(ShapeError);
    expect(() => frechetDistance(two, [[1, NaN], two[0] ?? []])).toThrow(DataError);
    expect(() => frechetDistance(two, [[1, 1e200], two[0] ?? []])).toThrow(DataError);
  });
});

test("fitGaussian gives the mean and the unbiased covariance", () => {
  const { mean, covariance } = fitGaussian([
    [1, 2],
    [3, 6],
    [5, 1],
  ]);
  expect([...mean]).toEqual([3, 3]);
  expect([...covariance]).toEqual([4, -1, -1, 7]);
});

test("gaussianDistance takes fits that were kept", () => {
  const rng = new Rng("kept");
  const [a, b] = [normals(rng, 9, 3), normals(rng, 9, 3)] as const;
  const kept = { mean: Float64Array.from(fitGaussian(a).mean), covariance: fitGaussian(a).covariance };
  expect(gaussianDistance(kept, fitGaussian(b))).toBe(frechetDistance(a, b));
});

describe("featureDistance", () => {
  test("is the distance of what the function says of each item, once per item and in order", async () => {
    const asked: number[] = [];
    const answer = new Float32Array(2);
    // A model that writes each answer over the last.
    const features = async (item: number) => {
      asked.push(item);
      answer.set([item, item * item]);
      return answer;
    };
    async function* streamed() {
      yield* [4, 5, 7];
    }
    const square = (item: number) => [item, item * item];
    const distance = await featureDistance([1, 2, 4], streamed(), features);
    expect(distance).toBe(frechetDistance([1, 2, 4].map(square), [4, 5, 7].map(square)));
    expect(asked).toEqual([1, 2, 4, 4, 5, 7]);
  });

  test("fails with the function's own error", async () => {
    const fail = async () => Promise.reject(new RangeError("no such clip"));
    await expect(featureDistance([1, 2], [3, 4], fail)).rejects.toThrow("no such clip");
  });
});
