import { DataError } from "../core/errors.ts";
import { mean } from "./mean.ts";

/** A learning curve: values at steps that never decrease. */
export type Curve = readonly { readonly step: number; readonly value: number }[];

/**
 * Curves on one axis of `count` steps, from the first step that all have to the last: values [curves][count], linear
 * between the points of each curve.
 * @throws DataError when a curve is empty or goes back.
 */
export function alignCurves(curves: readonly Curve[], count: number): { steps: number[]; values: number[][] } {
  for (const curve of curves) expectCurve(curve);
  const from = Math.max(...curves.map((curve) => curve[0]?.step ?? 0));
  const to = Math.min(...curves.map((curve) => curve.at(-1)?.step ?? 0));
  if (curves.length === 0 || to < from) return { steps: [], values: curves.map(() => []) };
  const steps = from === to ? [from] : Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
  return { steps, values: curves.map((curve) => steps.map((step) => valueAt(curve, step))) };
}

/**
 * The curve by `count` points at most, each the mean of as many neighbours (the last one of what is left): where values jump
 * from point to point, those at a few steps would be of single episodes.
 */
export function thinCurve(curve: Curve, count: number): Curve {
  const size = Math.ceil(curve.length / count);
  return Array.from({ length: Math.ceil(curve.length / size) }, (_, i) => {
    const points = curve.slice(i * size, (i + 1) * size);
    return { step: mean(points.map(({ step }) => step)), value: mean(points.map(({ value }) => value)) };
  });
}

function valueAt(curve: Curve, step: number): number {
  const next = curve.findIndex((point) => point.step >= step);
  const [after, before] = [curve[next] ?? curve.at(-1), curve[next - 1]];
  if (after === undefined) return Number.NaN;
  if (before === undefined || after.step === step) return after.value;
  return before.value + ((after.value - before.value) * (step - before.step)) / (after.step - before.step);
}

function expectCurve(curve: Curve): void {
  const isSorted = curve.every(({ step }, i) => step >= (curve[i - 1]?.step ?? step));
  if (curve.length > 0 && isSorted) return;
  throw new DataError(`alignCurves: a curve must have points in order of their steps, got ${curve.length} points`);
}
