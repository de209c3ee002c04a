import { ConfigError } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import { Box } from "../spaces/box.ts";
import type { ArrayOf, NumericType } from "../spaces/box.ts";
import type { Space } from "../spaces/space.ts";
import { affine } from "./affine.ts";
import type { Bounds } from "./affine.ts";
import { expectBox, fillBox } from "./boxes.ts";
import { resizeArea } from "./resize.ts";

/** A function of observations, and the space of what it returns. Wrappers of one environment and of many share it. */
export type Transform<From, To> = { readonly space: Space<To>; readonly apply: (obs: From) => To };

/** The weights of red, green and blue in brightness (ITU-R BT.709), as Gymnasium rounds them. */
const BRIGHTNESS = [0.2125, 0.7154, 0.0721] as const;

/** Brightness instead of colour, rounded: uint8 [H, W], or [H, W, 1] with `keepDim`. @throws ConfigError unless RGB. */
export function grayscale(space: Space<unknown>, keepDim: boolean): Transform<Uint8Array, Uint8Array> {
  const { height, width, channels } = expectImage(space, "GrayscaleObservation");
  if (channels !== 3) throw new ConfigError(`GrayscaleObservation: images must be [H, W, 3], got [${space.shape}]`);
  const shape = keepDim ? [height, width, 1] : [height, width];
  const [red, green, blue] = BRIGHTNESS;
  const apply = (image: Uint8Array): Uint8Array =>
    Uint8Array.from({ length: height * width }, (_, i) =>
      Math.round(red * Number(image[3 * i]) + green * Number(image[3 * i + 1]) + blue * Number(image[3 * i + 2])),
    );
  return { space: new Box({ low: 0, high: 255, shape, dtype: "uint8" }), apply };
}

/** Images of another size [height, width], each pixel the mean of what it covers. @throws ConfigError unless images. */
export function resize(
  space: Space<unknown>,
  [height, width]: readonly [number, number],
): Transform<Uint8Array, Uint8Array> {
  const image = expectImage(space, "ResizeObservation");
  const shape = [height, width, ...(space.shape ?? []).slice(2)];
  return {
    space: new Box({ low: 0, high: 255, shape, dtype: "uint8" }),
    apply: (obs) => resizeArea(obs, image, [height, width]),
  };
}

/** The same elements under another shape. `Obs` is what `space` holds. @throws ConfigError unless as many elements. */
export function reshape<Obs>(space: Space<unknown>, shape: readonly number[]): Transform<Obs, Obs>;
export function reshape(space: Space<unknown>, shape: readonly number[]): Transform<unknown, unknown> {
  const { low, high, dtype, shape: from } = expectBox(space, "ReshapeObservation");
  if (sizeOf(shape) !== sizeOf(from)) {
    throw new ConfigError(`ReshapeObservation: shape must have ${sizeOf(from)} elements, got [${shape}]`);
  }
  return { space: new Box({ low, high, shape, dtype }), apply: (obs) => obs };
}

/**
 * The same numbers in another dtype, as typed arrays convert them: integers drop fractions and wrap.
 * @throws ConfigError where the bounds do not fit the dtype.
 */
export function toDtype<D extends NumericType>(
  space: Space<unknown>,
  dtype: D,
): Transform<ArrayLike<number>, ArrayOf[D]> {
  const { low, high, shape } = expectBox(space, "DtypeObservation");
  const to = new Box({ low, high, shape, dtype });
  return { space: to, apply: (obs) => fillBox(to, (i) => Number(obs[i])) };
}

/** Elements moved linearly from the space's bounds to [min, max], as float32. @throws ConfigError as `affine` does. */
export function rescale(
  space: Space<unknown>,
  { min, max }: { readonly min: Bounds; readonly max: Bounds },
): Transform<ArrayLike<number>, Float32Array> {
  const from = expectBox(space, "RescaleObservation");
  const to = new Box({ low: min, high: max, shape: from.shape, dtype: "float32" });
  const map = affine(from, to, "RescaleObservation");
  return { space: to, apply: (obs) => Float32Array.from(map(obs)) };
}

function expectImage(space: Space<unknown>, where: string) {
  const { shape, dtype } = expectBox(space, where);
  const [height, width, channels = 1] = shape;
  if (dtype !== "uint8" || height === undefined || width === undefined || shape.length > 3) {
    throw new ConfigError(`${where}: observations must be uint8 images [H, W] or [H, W, C], got ${dtype} [${shape}]`);
  }
  return { height, width, channels };
}
