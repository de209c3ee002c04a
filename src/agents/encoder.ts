import * as tf from "@tensorflow/tfjs";
import { ConfigError } from "../core/errors.ts";
import { type HostTensors } from "../core/host-tensor.ts";
import type { Rng } from "../core/rng.ts";
import { Box, MultiDiscrete, type Space } from "../env/index.ts";
import { linear } from "../nn/linear.ts";
import { embed, rmsNorm } from "../nn/ops.ts";
import { initParams, normal, param, zeros, type Params } from "../nn/params.ts";
import { cutClips, type ClipGrid } from "../nn/patches.ts";
import { orthogonal } from "./orthogonal.ts";

/** What actor and critic share: it makes features [B, width] of observations [B, obsSize] that are no plain vectors. */
export type Encoder = {
  readonly width: number;
  init(rng: Rng): HostTensors;
  encode(params: Params, obs: tf.Tensor): tf.Tensor;
};

/** The options that the encoder depends on. */
export type EncoderOptions = {
  /** Features of an observation. */
  readonly featureDim: number;
  /** Numbers that a patch or a token is embedded in. */
  readonly embedDim: number;
  /** Pixels of a patch's side; null for the divisor of the picture's sides that is nearest to 8. */
  readonly patchSize: number | null;
};

/** Tokens of one vocabulary. */
type Tokens = { readonly count: number; readonly vocabulary: number };

/** One-hot rows up to this size need no table. */
const MAX_ONE_HOT = 2048;
const NEAR = 8;
/** Of a picture's bytes as fractions of 255, about. What all pictures share would else drown what tells them apart. */
const [MEAN, DEVIATION] = [0.5, 0.25] as const;

/**
 * The encoder of a space: pictures (uint8, [H, W], [H, W, C], [T, H, W] or [T, H, W, C]) are cut into patches, tokens (MultiDiscrete
 * of one large vocabulary) looked up; what they are embedded in goes side by side into one wide layer, which so knows
 * their places. Without convolutions, and as fast as a matrix product. Null for what is a vector already.
 * @throws ConfigError for a patch size that does not divide the picture.
 */
export function encoderOf(space: Space<unknown>, options: EncoderOptions): Encoder | null {
  const picture = pictureOf(space, options.patchSize);
  if (picture !== null) return patchEncoder(picture, options);
  const tokens = tokensOf(space);
  return tokens === null ? null : tokenEncoder(tokens, options);
}

/** Whether observations of a space are tokens, which the network takes by their numbers. */
export function tokensOf(space: Space<unknown>): Tokens | null {
  if (!(space instanceof MultiDiscrete)) return null;
  const { nvec } = space;
  const [vocabulary = 0] = nvec;
  const isOneVocabulary = nvec.every((n) => n === vocabulary) && space.start.every((first) => first === 0);
  return isOneVocabulary && nvec.length * vocabulary > MAX_ONE_HOT ? { count: nvec.length, vocabulary } : null;
}

/** Channels that a picture may have by itself: grey, with alpha, RGB, RGBA. */
const MAX_CHANNELS = 4;

/** What the axes of a picture are. */
export type PictureSize = Readonly<Record<"frames" | "height" | "width" | "channels", number>>;

/**
 * What a space of pictures shows: uint8 [H, W], [H, W, C], [T, H, W] or [T, H, W, C]; null for what is none. Of three axes
 * the last is channels if it is 4 or fewer, or shorter than the first (grey frames behind each other, [H, W, T]); else the
 * first counts grey frames, as `FrameStackObservation` over `GrayscaleObservation` makes them.
 */
export function pictureSize(space: Space<unknown>): PictureSize | null {
  if (!(space instanceof Box) || space.dtype !== "uint8") return null;
  const { shape } = space;
  const [first = 1, second = 1, third = 1, fourth = 1] = shape;
  switch (shape.length) {
    case 2:
      return { frames: 1, height: first, width: second, channels: 1 };
    case 3:
      return third <= MAX_CHANNELS || third < first
        ? { frames: 1, height: first, width: second, channels: third }
        : { frames: first, height: second, width: third, channels: 1 };
    case 4:
      return { frames: first, height: second, width: third, channels: fourth };
    default:
      return null;
  }
}

/** Whether a space is of one picture at a time, no stack of them. */
export function isSinglePicture(space: Space<unknown>): boolean {
  const size = pictureSize(space);
  return size !== null && size.frames === 1 && size.channels <= MAX_CHANNELS;
}

function pictureOf(space: Space<unknown>, patchSize: number | null): ClipGrid | null {
  const picture = pictureSize(space);
  if (picture === null) return null;
  const { height, width } = picture;
  const divisors = Array.from({ length: Math.min(height, width) }, (_, i) => i + 1).filter(
    (size) => height % size === 0 && width % size === 0,
  );
  const nearest = divisors.reduce((best, size) => (Math.abs(size - NEAR) < Math.abs(best - NEAR) ? size : best));
  const chosen = patchSize ?? nearest;
  if (!divisors.includes(chosen)) {
    throw new ConfigError(`PPO: patchSize must divide pictures of ${width}x${height}, got ${chosen} - try ${nearest}`);
  }
  return { ...picture, patchSize: chosen };
}

function patchEncoder(picture: ClipGrid, { featureDim, embedDim }: EncoderOptions): Encoder {
  const { frames, height, width, channels, patchSize } = picture;
  const count = (height / patchSize) * (width / patchSize);
  const size = patchSize * patchSize * channels * frames;
  const init = (rng: Rng): HostTensors => ({
    ...layer("encoder.patch", [size, embedDim], rng),
    ...layer("encoder.mix", [count * embedDim, featureDim], rng),
  });
  const encode = (params: Params, obs: tf.Tensor): tf.Tensor => {
    const patches = tf.reshape(tf.mul(tf.sub(cutClips(picture, obs), MEAN), 1 / DEVIATION), [-1, size]);
    const embedded = tf.relu(linear(params, "encoder.patch", patches));
    return mix(params, tf.reshape(embedded, [-1, count * embedDim]));
  };
  return { width: featureDim, init, encode };
}

function tokenEncoder({ count, vocabulary }: Tokens, { featureDim, embedDim }: EncoderOptions): Encoder {
  const init = (rng: Rng): HostTensors => ({
    ...initParams({ "encoder.table": normal([vocabulary, embedDim], 1) }, rng),
    ...layer("encoder.mix", [count * embedDim, featureDim], rng),
  });
  const encode = (params: Params, obs: tf.Tensor): tf.Tensor => {
    const embedded = embed(param(params, "encoder.table"), tf.cast(obs, "int32"));
    return mix(params, tf.reshape(embedded, [-1, count * embedDim]));
  };
  return { width: featureDim, init, encode };
}

/**
 * The wide layer, normalised: without, a clone of one seed in five learnt nothing, for its features had grown until every tanh behind
 * them was saturated.
 */
function mix(params: Params, embedded: tf.Tensor): tf.Tensor {
  return tf.relu(rmsNorm(linear(params, "encoder.mix", embedded)));
}

/** Orthogonal with gain sqrt 2, as layers before a ReLU are, and a bias of zeros. */
function layer(name: string, [inputs, outputs]: readonly [number, number], rng: Rng): HostTensors {
  return {
    [`${name}.weight`]: orthogonal(inputs, outputs, Math.SQRT2, rng.split(name)),
    [`${name}.bias`]: zeros([outputs]),
  };
}
