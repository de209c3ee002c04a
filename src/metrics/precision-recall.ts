import { DataError, ShapeError } from "../core/errors.ts";

/** Precision and recall of "positive from this score on", from the highest score to the lowest. */
export type PrecisionRecallCurve = {
  /** The distinct scores, falling, [K]. */
  readonly thresholds: Float64Array;
  /** The share of what scores as high that is positive, in [0, 1], [K]. */
  readonly precision: Float64Array;
  /** The share of the positives that score as high, rising to 1, [K]. */
  readonly recall: Float64Array;
};

/**
 * The precision-recall curve of a score against the truth. Equal scores are one point.
 * isPositive: the truth of each of N items, booleans or 0 and 1; scores: higher for likelier positives, [N], finite.
 * @throws ShapeError when the two differ in length; DataError when no item is positive, a truth is neither or a score is
 * not finite.
 */
export function precisionRecallCurve(
  isPositive: ArrayLike<number | boolean>,
  scores: ArrayLike<number>,
): PrecisionRecallCurve {
  const items = expectItems(isPositive, scores).toSorted((a, b) => b.score - a.score);
  const ends = items.flatMap(({ score }, i) => (score === items[i + 1]?.score ? [] : [i]));
  const foundAt = new Float64Array(items.length);
  let found = 0;
  for (const [i, { isPositive }] of items.entries()) {
    if (isPositive) found++;
    foundAt[i] = found;
  }
  return {
    thresholds: Float64Array.from(ends, (i) => items[i]?.score ?? NaN),
    precision: Float64Array.from(ends, (i) => (foundAt[i] ?? 0) / (i + 1)),
    recall: Float64Array.from(ends, (i) => (foundAt[i] ?? 0) / found),
  };
}

/**
 * The area under the precision-recall curve as average precision, in [0, 1]: the precision at each threshold, weighed by
 * the recall that it adds. It does not interpolate, which would flatter. Chance gives the share of positives.
 * @throws ShapeError, DataError as `precisionRecallCurve`.
 */
export function averagePrecision(isPositive: ArrayLike<number | boolean>, scores: ArrayLike<number>): number {
  const { precision, recall } = precisionRecallCurve(isPositive, scores);
  return precision.reduce((area, value, i) => area + value * ((recall[i] ?? 0) - (recall[i - 1] ?? 0)), 0);
}

type Item = { readonly isPositive: boolean; readonly score: number };

function expectItems(truth: ArrayLike<number | boolean>, scores: ArrayLike<number>): Item[] {
  if (truth.length !== scores.length) {
    throw new ShapeError(`precisionRecallCurve: each item needs a score, got ${truth.length} and ${scores.length}`);
  }
  const labels = Array.from(truth, Number);
  const other = labels.find((label) => label !== 0 && label !== 1);
  if (other !== undefined) {
    throw new DataError(`precisionRecallCurve: the truth must be booleans or 0 and 1, got ${other}`);
  }
  const items = Array.from(scores, (score, i) => ({ isPositive: labels[i] === 1, score }));
  if (!items.every(({ score }) => Number.isFinite(score))) {
    throw new DataError("precisionRecallCurve: scores must be finite, got NaN or infinity");
  }
  if (!labels.includes(1)) {
    throw new DataError(`precisionRecallCurve: an item must be positive, got none of ${labels.length}`);
  }
  return items;
}
