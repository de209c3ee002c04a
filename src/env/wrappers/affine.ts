import { z } from "zod";

import { ConfigError } from "../../core/errors.ts";
import type { Box, NumericType } from "../spaces/box.ts";

/** A bound as JSON can hold it: a number, or "inf" or "-inf". */
const bound = z
  .union([z.number(), z.literal([Infinity, -Infinity]), z.literal(["inf", "-inf"])])
  .transform((value) => (typeof value === "number" ? value : Number(value.replace("inf", "Infinity"))));

/** Bounds for all elements, or one per element; infinities are numbers, or "inf" and "-inf". */
export const Bounds = z.union([bound, z.array(bound)]);
export type Bounds = z.output<typeof Bounds>;

/** Bounds as JSON, which has no infinities. */
export function boundsToJSON(bounds: Bounds): z.input<typeof Bounds> {
  if (typeof bounds !== "number") return bounds.map((each) => jsonNumber(each));
  return jsonNumber(bounds);
}

function jsonNumber(value: number): number | "inf" | "-inf" {
  if (Number.isFinite(value)) return value;
  return value > 0 ? "inf" : "-inf";
}

/** The gain and shift of one element. */
type Line = { readonly gain: number; readonly shift: number };

/**
 * The function that takes `from`'s interval to `to`'s, element by element: linear between finite bounds, a shift where
 * one side is infinite in both, and nothing at all where both sides are.
 * @throws ConfigError where bounds are equal, or infinite in one box and finite in the other.
 */
export function affine(
  from: Box<NumericType>,
  to: Box<NumericType>,
  where: string,
): (values: ArrayLike<number>) => Float64Array {
  const lines = Array.from(from.low, (low, i) =>
    line([low, Number(from.high[i])], [Number(to.low[i]), Number(to.high[i])], where),
  );
  return (values) =>
    Float64Array.from(lines, ({ gain, shift }, i) => {
      const value = gain * Number(values[i]) + shift;
      return Math.min(Math.max(value, Number(to.low[i])), Number(to.high[i]));
    });
}

type Interval = readonly [low: number, high: number];

function line(from: Interval, to: Interval, where: string): Line {
  const [low, high] = from.map(Number.isFinite);
  if (from[0] === from[1] || to[0] === to[1]) {
    throw new ConfigError(`${where}: bounds must differ, got [${from}] and [${to}]`);
  }
  if (low !== Number.isFinite(to[0]) || high !== Number.isFinite(to[1])) {
    throw new ConfigError(`${where}: bounds must be infinite on the same sides, got [${from}] and [${to}]`);
  }
  if (low && high) {
    const gain = (to[1] - to[0]) / (from[1] - from[0]);
    return { gain, shift: to[0] - gain * from[0] };
  }
  if (low) return { gain: 1, shift: to[0] - from[0] };
  return { gain: 1, shift: high ? to[1] - from[1] : 0 };
}
