import { parseOptions } from "../../core/options.ts";
import type { EnvInfo, VectorEnv } from "../env.ts";
import type { Mode } from "../reply.ts";
import type { ArrayOf, NumericType } from "../spaces/box.ts";
import type { BatchOf } from "../spaces/rows.ts";
import type { NumericArray } from "../spaces/arrays.ts";
import { ReshapeObservationConfig, RescaleConfig } from "./box-observations.ts";
import type { DtypeObservationOptions, RescaleOptions, ReshapeObservationOptions } from "./box-observations.ts";
import { GrayscaleObservationConfig, ResizeObservationConfig } from "./image-observations.ts";
import type { GrayscaleObservationOptions, ResizeObservationOptions } from "./image-observations.ts";
import { grayscale, rescale, reshape, resize, toDtype } from "./observation-transforms.ts";
import { VectorTransformObservation } from "./vector-transforms.ts";

/** `GrayscaleObservation` of every row. */
export class VectorGrayscaleObservation<
  Act,
  Info = EnvInfo,
  M extends Mode = "sync",
> extends VectorTransformObservation<Uint8Array, Uint8Array, Act, Info, M> {
  constructor(env: VectorEnv<Uint8Array, Act, Info, M>, options: GrayscaleObservationOptions = {}) {
    const { keepDim } = parseOptions(GrayscaleObservationConfig, options, "VectorGrayscaleObservation");
    const { apply, space } = grayscale(env.singleObservationSpace, keepDim);
    super(env, apply, space);
  }
}

/** `ResizeObservation` of every row. */
export class VectorResizeObservation<Act, Info = EnvInfo, M extends Mode = "sync"> extends VectorTransformObservation<
  Uint8Array,
  Uint8Array,
  Act,
  Info,
  M
> {
  constructor(env: VectorEnv<Uint8Array, Act, Info, M>, options: ResizeObservationOptions) {
    const { shape } = parseOptions(ResizeObservationConfig, options, "VectorResizeObservation");
    const { apply, space } = resize(env.singleObservationSpace, shape);
    super(env, apply, space);
  }
}

/** `ReshapeObservation` of every row; `Obs` is the type of the single observation and of the batch. */
export class VectorReshapeObservation<
  Obs extends NumericArray,
  Act,
  Info = EnvInfo,
  M extends Mode = "sync",
> extends VectorTransformObservation<Obs, Obs, Act, Info, M> {
  constructor(env: VectorEnv<BatchOf<Obs>, Act, Info, M>, options: ReshapeObservationOptions) {
    const { shape } = parseOptions(ReshapeObservationConfig, options, "VectorReshapeObservation");
    const { apply, space } = reshape<Obs>(env.singleObservationSpace, shape);
    super(env, apply, space);
  }
}

/** `RescaleObservation` of every row. */
export class VectorRescaleObservation<Act, Info = EnvInfo, M extends Mode = "sync"> extends VectorTransformObservation<
  Float32Array,
  NumericArray,
  Act,
  Info,
  M
> {
  constructor(env: VectorEnv<NumericArray, Act, Info, M>, options: RescaleOptions) {
    const config = parseOptions(RescaleConfig, options, "VectorRescaleObservation");
    const { apply, space } = rescale(env.singleObservationSpace, config);
    super(env, apply, space);
  }
}

/** `DtypeObservation` of every row. */
export class VectorDtypeObservation<
  D extends NumericType,
  Act,
  Info = EnvInfo,
  M extends Mode = "sync",
> extends VectorTransformObservation<ArrayOf[D], NumericArray, Act, Info, M> {
  constructor(env: VectorEnv<NumericArray, Act, Info, M>, { dtype }: DtypeObservationOptions<D>) {
    const { apply, space } = toDtype(env.singleObservationSpace, dtype);
    super(env, apply, space);
  }
}
