import { ConfigError, DataError, ShapeError } from "../core/errors.ts";
import type { Rng } from "../core/rng.ts";
import { kMeans, nearestCentre } from "./k-means.ts";

/**
 * From video to real actions by as many labels as there are clusters: steps whose features are alike (`describeVideo`) are one
 * cluster, one step of each is labelled, the one nearest the centre, and all are called what it is. One of a few latent actions may
 * be several keys, one while the hero rises and another while he falls; of many small clusters each is mostly one.
 */
export class ActionClusters {
  /** Which of the steps to have labelled, one of each cluster, [K]: indices of the features that the clusters are of. */
  readonly representatives: readonly number[];
  readonly #standardise: Standardise;
  readonly #centres: readonly Float32Array[];

  private constructor(standardise: Standardise, centres: readonly Float32Array[], representatives: readonly number[]) {
    this.#standardise = standardise;
    this.#centres = centres;
    this.representatives = representatives;
  }

  /**
   * The clusters of steps with these features, [N, D], each number scaled to mean 0 and variance 1: as many as shall have labels, fewer
   * where fewer steps are different. Equal features and streams give equal clusters.
   * @throws ConfigError unless `count` is an integer from 1 to N; ShapeError for features of several lengths; DataError for one
   * that is not finite.
   */
  static fit(features: readonly Float32Array[], { count }: { readonly count: number }, rng: Rng): ActionClusters {
    if (!Number.isSafeInteger(count) || count < 1 || count > features.length) {
      throw new ConfigError(
        `ActionClusters: count must be an integer from 1 to ${features.length}, the steps there are, got ${count}`,
      );
    }
    const standardise = standardisation(features);
    const points = features.map(standardise);
    const centres = kMeans(points, count, rng);
    const best = new Map<number, { readonly step: number; readonly distance: number }>();
    for (const [step, point] of points.entries()) {
      const { centre, distance } = nearestCentre(point, centres);
      if (distance < (best.get(centre)?.distance ?? Infinity)) best.set(centre, { step, distance });
    }
    const inUse = [...best].toSorted(([a], [b]) => a - b);
    return new ActionClusters(
      standardise,
      inUse.flatMap(([centre]) => centres[centre] ?? []),
      inUse.map(([, { step }]) => step),
    );
  }

  /**
   * What steps with these features are called, int32 [T], where `names` [K] are the real actions of the `representatives`.
   * @throws ShapeError for another number of names, or features of another length.
   */
  translate(features: readonly Float32Array[], names: ArrayLike<number>): Int32Array {
    if (names.length !== this.representatives.length) {
      throw new ShapeError(
        `ActionClusters: each of ${this.representatives.length} representatives must have a name, got ${names.length}`,
      );
    }
    return Int32Array.from(features, (row) => {
      const { centre } = nearestCentre(this.#standardise(row), this.#centres);
      return Number(names[centre]);
    });
  }
}

/** Features scaled to mean 0 and variance 1 over the steps that it was made of; what never varies is 0. */
type Standardise = (row: Float32Array) => Float32Array;

function standardisation(features: readonly Float32Array[]): Standardise {
  const width = features[0]?.length ?? 0;
  const [sum, squares] = [new Float64Array(width), new Float64Array(width)];
  for (const row of features) {
    expectFeatures(row, width);
    for (const [d, x] of row.entries()) sum[d] = Number(sum[d]) + x / features.length;
  }
  for (const row of features) {
    for (const [d, x] of row.entries()) squares[d] = Number(squares[d]) + (x - Number(sum[d])) ** 2 / features.length;
  }
  const scale = squares.map((variance) => (variance > 0 ? 1 / Math.sqrt(variance) : 0));
  return (row) => {
    expectFeatures(row, width);
    return row.map((x, d) => (x - Number(sum[d])) * Number(scale[d]));
  };
}

function expectFeatures(row: Float32Array, width: number): void {
  if (row.length !== width) {
    throw new ShapeError(`ActionClusters: all steps must have ${width} features, got ${row.length}`);
  }
  if (row.every(Number.isFinite)) return;
  throw new DataError(`ActionClusters: features must be finite, got ${row.find((x) => !Number.isFinite(x))}`);
}
