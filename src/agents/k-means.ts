import type { Rng } from "../core/rng.ts";

/** Where a point belongs: to which centre, and by which squared distance. */
export type Nearest = { readonly centre: number; readonly distance: number };

/** Later rounds move hardly a point. */
const ROUNDS = 10;

/**
 * The centres [K, D] of at most `count` clusters of points [N, D] (Lloyd's algorithm), begun by k-means++ (Arthur and Vassilvitskii
 * 2007). Fewer, where fewer points are different.
 */
export function kMeans(points: readonly Float32Array[], count: number, rng: Rng): readonly Float32Array[] {
  let centres = spread(points, count, rng);
  for (let round = 0; round < ROUNDS; round++) centres = meansOf(points, centres);
  return centres;
}

/** The centre nearest to a point, of equally near ones the first. */
export function nearestCentre(point: Float32Array, centres: readonly Float32Array[]): Nearest {
  let nearest: Nearest = { centre: 0, distance: Infinity };
  for (const [centre, at] of centres.entries()) {
    const distance = squaredDistance(point, at, nearest.distance);
    if (distance < nearest.distance) nearest = { centre, distance };
  }
  return nearest;
}

/** Points far from each other: each next one is drawn by its squared distance from those before. */
function spread(points: readonly Float32Array[], count: number, rng: Rng): readonly Float32Array[] {
  const centres: Float32Array[] = [];
  const distances = new Float64Array(points.length).fill(1);
  while (centres.length < count) {
    const drawn = points[drawByWeight(distances, rng)];
    if (drawn === undefined) break;
    centres.push(drawn);
    for (const [i, point] of points.entries()) {
      const known = centres.length === 1 ? Infinity : Number(distances[i]);
      distances[i] = Math.min(known, squaredDistance(point, drawn, known));
    }
  }
  return centres;
}

/** An index; -1 where all weights are 0. */
function drawByWeight(weights: Float64Array, rng: Rng): number {
  let left = rng.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  return weights.findIndex((weight) => weight > 0 && (left -= weight) < 0);
}

/** The mean of the points nearest to each centre; where there is none, the centre as it was. */
function meansOf(points: readonly Float32Array[], centres: readonly Float32Array[]): readonly Float32Array[] {
  const sums = centres.map((centre) => new Float64Array(centre.length));
  const counts = new Uint32Array(centres.length);
  for (const point of points) {
    const { centre } = nearestCentre(point, centres);
    counts[centre] = Number(counts[centre]) + 1;
    add(point, sums[centre]);
  }
  return centres.map((centre, k) => {
    const number = Number(counts[k]);
    return number === 0 ? centre : Float32Array.from(sums[k] ?? centre, (sum) => sum / number);
  });
}

function add(point: Float32Array, to: Float64Array | undefined): void {
  if (to === undefined) return;
  for (let d = 0; d < point.length; d++) to[d] = Number(to[d]) + Number(point[d]);
}

/** Goes no further than to see that it is `limit` or more. */
function squaredDistance(a: Float32Array, b: Float32Array, limit: number): number {
  let sum = 0;
  for (let d = 0; d < a.length && sum < limit; d++) sum += (Number(a[d]) - Number(b[d])) ** 2;
  return sum;
}
