import { ConfigError } from "../../core/errors.ts";
import { isRecord } from "../../core/record.ts";
import type { Rng } from "../../core/rng.ts";
import { describeAll } from "../describe.ts";

/** Numbers that steer a draw, nested as the space is; null leaves a part free. */
export type Weights = number | null | ArrayLike<number> | readonly Weights[] | { readonly [part: string]: Weights };

/** How `sample` is steered: at most one of the two. What they look like stands with each space. */
export type SampleOptions = {
  /** 1 for what may be drawn, 0 for what may not; all 0 means the first choice. */
  readonly mask?: Weights | undefined;
  /** How probable each choice is, in [0, 1]; the sum is 1. */
  readonly probability?: Weights | undefined;
};

/** Whether nothing is asked of a draw. */
export function isFree({ mask, probability }: SampleOptions): boolean {
  return (mask ?? null) === null && (probability ?? null) === null;
}

/** Probabilities may miss 1 by this much in sum, which float32 arrays do. */
const SUM_TOLERANCE = 1e-5;

/**
 * The weights of `n` choices, from a mask or from probabilities; null when all are equal.
 * @throws ConfigError for both at once, for another length, and for numbers out of range.
 */
export function readWeights(options: SampleOptions, n: number, where: string): readonly number[] | null {
  expectOne(options, where);
  const { mask, probability } = options;
  if (mask !== undefined && mask !== null) return expectMask(mask, n, 1, where);
  if (probability === undefined || probability === null) return null;
  const weights = expectProbabilities(probability, n, where);
  const sum = sumOf(weights);
  if (Math.abs(sum - 1) <= SUM_TOLERANCE) return weights;
  throw new ConfigError(`${where}: probability must have the sum 1, got ${sum}`);
}

/** `n` whole numbers in [0, greatest]. @throws ConfigError for anything else. */
export function expectMask(mask: Weights, n: number, greatest: number, where: string): readonly number[] {
  const numbers = expectNumbers(mask, n, where);
  const wrong = numbers.find((entry) => !(Number.isInteger(entry) && entry >= 0 && entry <= greatest));
  if (wrong === undefined) return numbers;
  throw new ConfigError(`${where}: mask must be made of whole numbers in [0, ${greatest}], got ${wrong}`);
}

/** `n` numbers in [0, 1], of any sum. @throws ConfigError for anything else. */
export function expectProbabilities(probability: Weights, n: number, where: string): readonly number[] {
  const numbers = expectNumbers(probability, n, where);
  const wrong = numbers.find((entry) => !(entry >= 0 && entry <= 1));
  if (wrong === undefined) return numbers;
  throw new ConfigError(`${where}: probability must be made of numbers in [0, 1], got ${wrong}`);
}

/** An index in [0, n) by its weight; 0 when all weights are 0. */
export function drawIndex(rng: Rng, n: number, weights: readonly number[] | null): number {
  if (weights === null) return rng.integer(n);
  let rest = rng.uniform() * sumOf(weights);
  let last = 0;
  for (let i = 0; i < n; i++) {
    const weight = Number(weights[i]);
    if (weight === 0) continue;
    if (rest < weight) return i;
    rest -= weight;
    last = i;
  }
  return last;
}

/** The options of each of `n` parts, from lists of `n`. @throws ConfigError for lists of another length. */
export function optionsOfParts(options: SampleOptions, n: number, where: string): SampleOptions[] {
  expectOne(options, where);
  const masks = listOf(options.mask, n, where);
  const probabilities = listOf(options.probability, n, where);
  return Array.from({ length: n }, (_, i) => ({ mask: masks[i], probability: probabilities[i] }));
}

/** The options of each named part, from records; a part that is not named is free. @throws ConfigError for other names. */
export function optionsOfKeys(options: SampleOptions, keys: readonly string[], where: string): SampleOptions[] {
  expectOne(options, where);
  const masks = recordOf(options.mask, keys, where);
  const probabilities = recordOf(options.probability, keys, where);
  return keys.map((key) => ({ mask: masks[key], probability: probabilities[key] }));
}

/** @throws ConfigError for a mask and a probability at once. */
export function expectOne({ mask, probability }: SampleOptions, where: string): void {
  if ((mask ?? null) === null || (probability ?? null) === null) return;
  throw new ConfigError(`${where}: give a mask or a probability, got both`);
}

/** A copy, so that a draw does not change with the caller's array. */
function expectNumbers(weights: Weights, n: number, where: string): readonly number[] {
  if (isNumbers(weights) && weights.length === n) return Array.from(weights);
  throw new ConfigError(`${where}: a mask or a probability must be ${n} numbers, got ${describeAll(weights)}`);
}

function isNumbers(weights: Weights): weights is ArrayLike<number> {
  const isList = Array.isArray(weights) || (ArrayBuffer.isView(weights) && !(weights instanceof DataView));
  return isList && Array.prototype.every.call(weights, (weight) => typeof weight === "number");
}

function listOf(weights: Weights | undefined, n: number, where: string): readonly Weights[] {
  if (weights === undefined || weights === null) return [];
  if (Array.isArray(weights) && weights.length === n) return weights;
  throw new ConfigError(`${where}: a mask or a probability must be a list of ${n}, got ${describeAll(weights)}`);
}

function recordOf(
  weights: Weights | undefined,
  keys: readonly string[],
  where: string,
): { readonly [part: string]: Weights } {
  if (weights === undefined || weights === null) return {};
  if (isRecord(weights) && Object.keys(weights).every((key) => keys.includes(key))) return weights;
  throw new ConfigError(
    `${where}: a mask or a probability must be a record of ${keys.join(", ")}, got ${describeAll(weights)}`,
  );
}

function sumOf(weights: readonly number[]): number {
  return weights.reduce((sum, weight) => sum + weight, 0);
}
