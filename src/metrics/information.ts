import { ConfigError, DataError, ShapeError } from "../core/errors.ts";
import type { Rng } from "../core/rng.ts";

/**
 * exp(entropy) of the distribution that `counts` describe: how many codes are in use, in [1, counts.length].
 * @throws DataError when a count is negative or not finite, or all are zero.
 */
export function perplexity(counts: ArrayLike<number>): number {
  const list = Array.from(counts);
  if (!list.every((count) => Number.isFinite(count) && count >= 0) || !list.some((count) => count > 0)) {
    throw new DataError(`perplexity: counts must be finite, not negative and not all zero, got [${list.join(", ")}]`);
  }
  return Math.exp(entropyOf(list));
}

/**
 * Normalised mutual information of two labellings of the same items, in [0, 1]: mutual information divided by the
 * arithmetic mean of the two entropies (scikit-learn's default). Renaming labels does not change it. Two labellings of
 * one class each give 1.
 *
 * It is biased upwards when items are few or labels many: report `shuffledNmi` beside it.
 * @throws ShapeError when the lengths differ; DataError when there are no items.
 */
export function normalisedMutualInformation(labelsA: ArrayLike<number>, labelsB: ArrayLike<number>): number {
  expectPairs(labelsA, labelsB);
  const a = Array.from(labelsA);
  const b = Array.from(labelsB);
  const entropyA = entropyOf(countsOf(a));
  const entropyB = entropyOf(countsOf(b));
  if (entropyA === 0 && entropyB === 0) return 1;
  const jointEntropy = entropyOf(countsOf(a.map((label, i) => `${label},${b[i]}`)));
  const information = Math.max(0, entropyA + entropyB - jointEntropy);
  return Math.min(1, information / ((entropyA + entropyB) / 2));
}

/**
 * The chance level of `normalisedMutualInformation`: its mean over `shuffles` random orders of `labelsB`, which keep the
 * number of items per label and destroy every relation.
 * @throws ShapeError, DataError as `normalisedMutualInformation`; ConfigError unless shuffles is a positive integer.
 */
export function shuffledNmi(
  labelsA: ArrayLike<number>,
  labelsB: ArrayLike<number>,
  rng: Rng,
  { shuffles = 100 }: { readonly shuffles?: number } = {},
): number {
  expectPairs(labelsA, labelsB);
  if (!Number.isSafeInteger(shuffles) || shuffles < 1) {
    throw new ConfigError(`shuffledNmi: shuffles must be a positive integer, got ${shuffles}`);
  }
  let sum = 0;
  for (let i = 0; i < shuffles; i += 1) sum += normalisedMutualInformation(labelsA, shuffled(labelsB, rng));
  return sum / shuffles;
}

function expectPairs(labelsA: ArrayLike<number>, labelsB: ArrayLike<number>): void {
  if (labelsA.length !== labelsB.length) {
    throw new ShapeError(`labels: both must have the same length, got ${labelsA.length} and ${labelsB.length}`);
  }
  if (labelsA.length === 0) throw new DataError("labels: there must be at least one item, got none");
}

function countsOf(labels: readonly (string | number)[]): number[] {
  const counts = new Map<string | number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts.values()];
}

/** Shannon entropy in nats. */
function entropyOf(counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce(
    (entropy, count) => (count > 0 ? entropy - (count / total) * Math.log(count / total) : entropy),
    0,
  );
}

/** A copy in random order (Fisher-Yates). */
function shuffled(labels: ArrayLike<number>, rng: Rng): number[] {
  const copy = Array.from(labels);
  for (let i = copy.length - 1; i > 0; i -= 1) {
    const j = rng.integer(i + 1);
    [copy[i], copy[j]] = [copy[j] ?? NaN, copy[i] ?? NaN];
  }
  return copy;
}
