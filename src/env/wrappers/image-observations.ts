import { z } from "zod";

import { parseOptions } from "../../core/options.ts";

import type { Env, EnvInfo } from "../env.ts";
import type { Mode } from "../reply.ts";
import { registerWrapper } from "../wrapper-registry.ts";
import { grayscale, resize } from "./observation-transforms.ts";

import { TransformObservation } from "./transform-observation.ts";

/** The options of `GrayscaleObservation`, after parsing. */
export const GrayscaleObservationConfig = z.strictObject({
  keepDim: z.boolean().default(false).describe("[H, W, 1] instead of [H, W]"),
});
/** What a user writes. */
export type GrayscaleObservationOptions = z.input<typeof GrayscaleObservationConfig>;

/** Shows the brightness of RGB images: uint8 [H, W, 3] to [H, W], or [H, W, 1] with `keepDim`. */
export class GrayscaleObservation<Act, Info = EnvInfo, M extends Mode = "sync"> extends TransformObservation<
  Uint8Array,
  Uint8Array,
  Act,
  Info,
  M
> {
  /** @throws ConfigError unless observations are RGB images. */
  constructor(env: Env<Uint8Array, Act, Info, M>, options: GrayscaleObservationOptions = {}) {
    const config = parseOptions(GrayscaleObservationConfig, options, "GrayscaleObservation");
    const { apply, space } = grayscale(env.observationSpace, config.keepDim);
    super(env, apply, space);
    this.record("GrayscaleObservation", config);
  }
}

registerWrapper(
  "GrayscaleObservation",
  (env: Env<Uint8Array, unknown, unknown, Mode>, options: GrayscaleObservationOptions) =>
    new GrayscaleObservation(env, options),
);

/** The options of `ResizeObservation`, after parsing. */
export const ResizeObservationConfig = z.strictObject({
  shape: z.tuple([z.int().positive(), z.int().positive()]).describe("height and width"),
});
/** What a user writes. */
export type ResizeObservationOptions = z.input<typeof ResizeObservationConfig>;

/**
 * Shows images of another size: uint8 [H, W] or [H, W, C] to [shape[0], shape[1]] or [shape[0], shape[1], C]. Each pixel
 * is the mean of what it covers.
 */
export class ResizeObservation<Act, Info = EnvInfo, M extends Mode = "sync"> extends TransformObservation<
  Uint8Array,
  Uint8Array,
  Act,
  Info,
  M
> {
  /** @throws ConfigError unless observations are images. */
  constructor(env: Env<Uint8Array, Act, Info, M>, options: ResizeObservationOptions) {
    const config = parseOptions(ResizeObservationConfig, options, "ResizeObservation");
    const { apply, space } = resize(env.observationSpace, config.shape);
    super(env, apply, space);
    this.record("ResizeObservation", config);
  }
}

registerWrapper(
  "ResizeObservation",
  (env: Env<Uint8Array, unknown, unknown, Mode>, options: ResizeObservationOptions) =>
    new ResizeObservation(env, options),
);
