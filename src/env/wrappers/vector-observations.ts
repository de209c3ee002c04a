import { parseOptions } from "../../core/options.ts";
import type { EnvInfo, VectorEnv } from "../env.ts";
import type { Mode } from "../reply.ts";
import type { ArrayOf, NumericType } from "../spaces/box.ts";
import type { BatchOf } from "../spaces/rows.ts";
import type { NumericArray } from "../spaces/arrays.ts";
import { registerVectorWrapper } from "../wrapper-registry.ts";
import { readDtype, ReshapeObservationConfig, RescaleConfig, rescaleToJSON } from "./box-observations.ts";
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
    const config = parseOptions(GrayscaleObservationConfig, options, "VectorGrayscaleObservation");
    const { apply, space } = grayscale(env.singleObservationSpace, config.keepDim);
    super(env, apply, space);
    this.record("VectorGrayscaleObservation", config);
  }
}

registerVectorWrapper(
  "VectorGrayscaleObservation",
  (env: VectorEnv<Uint8Array, unknown, unknown, Mode>, options: GrayscaleObservationOptions) =>
    new VectorGrayscaleObservation(env, options),
);

/** `ResizeObservation` of every row. */
export class VectorResizeObservation<Act, Info = EnvInfo, M extends Mode = "sync"> extends VectorTransformObservation<
  Uint8Array,
  Uint8Array,
  Act,
  Info,
  M
> {
  constructor(env: VectorEnv<Uint8Array, Act, Info, M>, options: ResizeObservationOptions) {
    const config = parseOptions(ResizeObservationConfig, options, "VectorResizeObservation");
    const { apply, space } = resize(env.singleObservationSpace, config.shape);
    super(env, apply, space);
    this.record("VectorResizeObservation", config);
  }
}

registerVectorWrapper(
  "VectorResizeObservation",
  (env: VectorEnv<Uint8Array, unknown, unknown, Mode>, options: ResizeObservationOptions) =>
    new VectorResizeObservation(env, options),
);

/** `ReshapeObservation` of every row; `Obs` is the type of the single observation and of the batch. */
export class VectorReshapeObservation<
  Obs extends NumericArray,
  Act,
  Info = EnvInfo,
  M extends Mode = "sync",
> extends VectorTransformObservation<Obs, Obs, Act, Info, M> {
  constructor(env: VectorEnv<BatchOf<Obs>, Act, Info, M>, options: ReshapeObservationOptions) {
    const config = parseOptions(ReshapeObservationConfig, options, "VectorReshapeObservation");
    const { apply, space } = reshape<Obs>(env.singleObservationSpace, config.shape);
    super(env, apply, space);
    this.record("VectorReshapeObservation", config);
  }
}

registerVectorWrapper(
  "VectorReshapeObservation",
  (env: VectorEnv<NumericArray, unknown, unknown, Mode>, options: ReshapeObservationOptions) =>
    new VectorReshapeObservation(env, options),
);

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
    this.record("VectorRescaleObservation", rescaleToJSON(config));
  }
}

registerVectorWrapper(
  "VectorRescaleObservation",
  (env: VectorEnv<NumericArray, unknown, unknown, Mode>, options: RescaleOptions) =>
    new VectorRescaleObservation(env, options),
);

/** `DtypeObservation` of every row. */
export class VectorDtypeObservation<
  D extends NumericType,
  Act,
  Info = EnvInfo,
  M extends Mode = "sync",
> extends VectorTransformObservation<ArrayOf[D], NumericArray, Act, Info, M> {
  constructor(env: VectorEnv<NumericArray, Act, Info, M>, options: DtypeObservationOptions<D>) {
    const dtype = readDtype(options, "VectorDtypeObservation");
    const { apply, space } = toDtype(env.singleObservationSpace, dtype);
    super(env, apply, space);
    this.record("VectorDtypeObservation", { dtype });
  }
}

registerVectorWrapper(
  "VectorDtypeObservation",
  (env: VectorEnv<NumericArray, unknown, unknown, Mode>, options: DtypeObservationOptions<NumericType>) =>
    new VectorDtypeObservation(env, options),
);
