import { z } from "zod";

import { parseOptions } from "../../core/options.ts";
import type { Env, EnvInfo } from "../env.ts";
import type { Mode } from "../reply.ts";
import type { ArrayOf, NumericType } from "../spaces/box.ts";
import { registerWrapper } from "../wrapper-registry.ts";
import { Bounds, boundsToJSON } from "./affine.ts";
import type { NumericArray } from "../spaces/arrays.ts";
import { rescale, reshape, toDtype } from "./observation-transforms.ts";
import { TransformObservation } from "./transform-observation.ts";

/** The options of `ReshapeObservation`, after parsing. */
export const ReshapeObservationConfig = z.strictObject({
  shape: z.array(z.int().positive()).describe("sizes whose product is that of the old ones"),
});
/** What a user writes. */
export type ReshapeObservationOptions = z.input<typeof ReshapeObservationConfig>;

/** Shows arrays under another shape. Their elements stay, in their row-major order. */
export class ReshapeObservation<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends TransformObservation<
  Obs,
  Obs,
  Act,
  Info,
  M
> {
  /** @throws ConfigError unless observations are arrays with as many elements. */
  constructor(env: Env<Obs, Act, Info, M>, options: ReshapeObservationOptions) {
    const config = parseOptions(ReshapeObservationConfig, options, "ReshapeObservation");
    const { apply, space } = reshape<Obs>(env.observationSpace, config.shape);
    super(env, apply, space);
    this.record("ReshapeObservation", config);
  }
}

registerWrapper(
  "ReshapeObservation",
  (env, options: ReshapeObservationOptions) => new ReshapeObservation(env, options),
);

/** The options of `RescaleObservation` and `RescaleAction`, after parsing. */
export const RescaleConfig = z.strictObject({
  min: Bounds.describe("what the lower bounds become"),
  max: Bounds.describe("what the upper bounds become"),
});
/** What a user writes: the new bounds, for all elements or one per element. */
export type RescaleOptions = z.input<typeof RescaleConfig>;

/** The options as JSON. */
export function rescaleToJSON({ min, max }: z.infer<typeof RescaleConfig>): RescaleOptions {
  return { min: boundsToJSON(min), max: boundsToJSON(max) };
}

/**
 * Shows arrays moved linearly from their bounds to [min, max], as float32. A bound that is infinite must stay so;
 * elements with one finite bound are shifted, those with none left alone.
 */
export class RescaleObservation<Act, Info = EnvInfo, M extends Mode = "sync"> extends TransformObservation<
  Float32Array,
  NumericArray,
  Act,
  Info,
  M
> {
  /** @throws ConfigError for equal bounds, or where infinite and finite ones meet. */
  constructor(env: Env<NumericArray, Act, Info, M>, options: RescaleOptions) {
    const config = parseOptions(RescaleConfig, options, "RescaleObservation");
    const { apply, space } = rescale(env.observationSpace, config);
    super(env, apply, space);
    this.record("RescaleObservation", rescaleToJSON(config));
  }
}

registerWrapper(
  "RescaleObservation",
  (env: Env<NumericArray, unknown, unknown, Mode>, options: RescaleOptions) => new RescaleObservation(env, options),
);

const DtypeObservationConfig = z.strictObject({ dtype: z.string().describe("that of the arrays to show") });
/** What a user writes. */
export type DtypeObservationOptions<D extends NumericType> = { readonly dtype: D };

/** The dtype; whether there is one of this name is the space's to say. @throws ConfigError for other options. */
export function readDtype<D extends NumericType>(options: DtypeObservationOptions<D>, where: string): D {
  parseOptions(DtypeObservationConfig, options, where);
  return options.dtype;
}

/** Shows the same numbers in another dtype, converted as typed arrays do: integers drop fractions and wrap. */
export class DtypeObservation<
  D extends NumericType,
  Act,
  Info = EnvInfo,
  M extends Mode = "sync",
> extends TransformObservation<ArrayOf[D], NumericArray, Act, Info, M> {
  /** @throws ConfigError unless observations are arrays whose bounds fit the dtype. */
  constructor(env: Env<NumericArray, Act, Info, M>, options: DtypeObservationOptions<D>) {
    const dtype = readDtype(options, "DtypeObservation");
    const { apply, space } = toDtype(env.observationSpace, dtype);
    super(env, apply, space);
    this.record("DtypeObservation", { dtype });
  }
}

registerWrapper(
  "DtypeObservation",
  (env: Env<NumericArray, unknown, unknown, Mode>, options: DtypeObservationOptions<NumericType>) =>
    new DtypeObservation(env, options),
);
