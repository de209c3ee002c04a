import { DataError, ShapeError } from "../core/errors.ts";
import { mean } from "./mean.ts";

/** y = scale · x^exponent, and how much of the variance of log y it explains, in [0, 1]. */
export type PowerLaw = { readonly scale: number; readonly exponent: number; readonly r2: number };

/**
 * The power law that fits best, by least squares between the logarithms (a straight line where both axes are
 * logarithmic).
 * x, y: positive numbers, at least two of them different in x.
 * @throws ShapeError when the two differ in length; DataError when a number is not positive and finite, or x is the same
 * everywhere.
 */
export function fitPowerLaw(x: readonly number[], y: readonly number[]): PowerLaw {
  if (x.length !== y.length) throw new ShapeError(`fitPowerLaw: as many x as y, got ${x.length} and ${y.length}`);
  const other = [...x, ...y].find((value) => !(value > 0 && Number.isFinite(value)));
  if (other !== undefined) throw new DataError(`fitPowerLaw: numbers must be positive and finite, got ${other}`);
  if (new Set(x).size < 2) throw new DataError(`fitPowerLaw: two different x are needed, got [${x.join(", ")}]`);
  const [u, v] = [x.map(Math.log), y.map(Math.log)];
  const [meanU, meanV] = [mean(u), mean(v)];
  const spread = (a: readonly number[], meanA: number, b: readonly number[], meanB: number) =>
    mean(a.map((value, i) => (value - meanA) * ((b[i] ?? 0) - meanB)));
  const exponent = spread(u, meanU, v, meanV) / spread(u, meanU, u, meanU);
  const total = spread(v, meanV, v, meanV);
  const left = v.map((value, i) => value - meanV - exponent * ((u[i] ?? 0) - meanU));
  return {
    scale: Math.exp(meanV - exponent * meanU),
    exponent,
    r2: total === 0 ? 1 : 1 - mean(left.map((value) => value ** 2)) / total,
  };
}
