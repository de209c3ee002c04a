import { z } from "zod";

import type { Nested } from "./arrays.ts";

const Bound: z.ZodType<Nested> = z.lazy(() =>
  z.union([z.number(), z.literal("inf"), z.literal("-inf"), z.array(Bound)], {
    error: 'must be a finite number, "inf" or "-inf", or a list of these',
  }),
);
const IntegerDtype = z.enum(["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]);
const NestedInts: z.ZodType<Nested> = z.lazy(() => z.union([z.int(), z.array(NestedInts)]));

/**
 * A space as JSON, in the form in which Minari writes Gymnasium's spaces; infinities are "inf" and "-inf". Sequence,
 * Graph and OneOf, which Minari leaves out, follow the same form.
 */
export type SpaceJson =
  | {
      readonly type: "Box";
      readonly dtype: string;
      readonly shape: readonly number[];
      readonly low: Nested;
      readonly high: Nested;
    }
  | { readonly type: "Discrete"; readonly dtype: string; readonly start: number; readonly n: number }
  | { readonly type: "MultiDiscrete"; readonly dtype: string; readonly nvec: Nested; readonly start: Nested }
  | { readonly type: "MultiBinary"; readonly n: number | readonly number[] }
  | {
      readonly type: "Text";
      readonly max_length: number;
      readonly min_length: number;
      readonly charset: string;
    }
  | { readonly type: "Dict"; readonly subspaces: Readonly<Record<string, SpaceJson>> }
  | { readonly type: "Tuple"; readonly subspaces: readonly SpaceJson[] }
  | { readonly type: "Sequence"; readonly subspace: SpaceJson; readonly stack: boolean }
  | { readonly type: "Graph"; readonly node_space: SpaceJson; readonly edge_space: SpaceJson | null }
  | { readonly type: "OneOf"; readonly subspaces: readonly SpaceJson[] };

/** The form of every space's JSON; ranges are checked by the spaces themselves. */
export const SpaceJson: z.ZodType<SpaceJson> = z.lazy(() =>
  z.discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("Box"),
      dtype: z.string(),
      shape: z.array(z.int().nonnegative()),
      low: Bound,
      high: Bound,
    }),
    z.strictObject({ type: z.literal("Discrete"), dtype: IntegerDtype, start: z.int(), n: z.int().positive() }),
    z.strictObject({ type: z.literal("MultiDiscrete"), dtype: IntegerDtype, nvec: NestedInts, start: NestedInts }),
    z.strictObject({
      type: z.literal("MultiBinary"),
      n: z.union([z.int().positive(), z.array(z.int().nonnegative())]),
    }),
    z.strictObject({
      type: z.literal("Text"),
      max_length: z.int().positive(),
      min_length: z.int().nonnegative(),
      charset: z.string(),
    }),
    z.strictObject({ type: z.literal("Dict"), subspaces: z.record(z.string(), SpaceJson) }),
    z.strictObject({ type: z.literal("Tuple"), subspaces: z.array(SpaceJson) }),
    z.strictObject({ type: z.literal("Sequence"), subspace: SpaceJson, stack: z.boolean() }),
    z.strictObject({ type: z.literal("Graph"), node_space: SpaceJson, edge_space: SpaceJson.nullable() }),
    z.strictObject({ type: z.literal("OneOf"), subspaces: z.array(SpaceJson) }),
  ]),
);
