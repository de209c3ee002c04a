import { ShapeError } from "../core/errors.ts";
import { bytesPerFrame } from "../core/frames.ts";

/** The size of every frame of a batch, in pixels. A `Frames` is one. */
export type FrameSize = { readonly height: number; readonly width: number };

const CHANNELS = 3;
const MAX_VALUE = 255;

/** What `psnr` gives for equal frames, whose ratio is infinite, so that means stay finite. In decibels. */
export const MAX_PSNR = 100;

/**
 * Peak signal-to-noise ratio of each frame, in decibels: 20 log10(255) - 10 log10(mean squared error), at most 100.
 * a, b: uint8 [N, H, W, 3]. Returns float64 [N].
 * @throws ShapeError when the two differ in length or are not whole frames.
 */
export function psnr(a: Uint8Array, b: Uint8Array, size: FrameSize): Float64Array {
  const frameLength = expectSameFrames(a, b, size);
  return Float64Array.from({ length: a.length / frameLength }, (_, n) => {
    const begin = n * frameLength;
    let squaredErrors = 0;
    for (let i = begin; i < begin + frameLength; i += 1) squaredErrors += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
    return Math.min(MAX_PSNR, 10 * Math.log10(MAX_VALUE ** 2 / (squaredErrors / frameLength)));
  });
}

/**
 * Genie's controllability (Bruce et al. 2024, section 3), ΔPSNR of each frame in decibels: the PSNR of what was predicted
 * with the inferred latent actions, less that of what was predicted with random ones. Higher: actions matter more. The
 * paper reports it at the fourth predicted frame.
 * truth, inferred, random: uint8 [N, H, W, 3]. Returns float64 [N].
 * @throws ShapeError when they differ in length or are not whole frames.
 */
export function deltaPsnr(truth: Uint8Array, inferred: Uint8Array, random: Uint8Array, size: FrameSize): Float64Array {
  const byChance = psnr(truth, random, size);
  return psnr(truth, inferred, size).map((value, n) => value - (byChance[n] ?? 0));
}

// Wang et al. 2004, "Image quality assessment: from error visibility to structural similarity".
const C1 = (0.01 * MAX_VALUE) ** 2;
const C2 = (0.03 * MAX_VALUE) ** 2;
const SIGMA = 1.5;
const WINDOW_RADIUS = 5;

/**
 * Structural similarity of each frame, in [-1, 1]; 1 for equal frames.
 *
 * Wang et al. 2004: Gaussian window of 11x11 and sigma 1.5 at every position where it lies inside the frame, averaged
 * over positions and the three channels. In frames too small for that window it shrinks to the largest odd one.
 * a, b: uint8 [N, H, W, 3]. Returns float64 [N].
 * @throws ShapeError when the two differ in length or are not whole frames.
 */
export function ssim(a: Uint8Array, b: Uint8Array, size: FrameSize): Float64Array {
  const frameLength = expectSameFrames(a, b, size);
  const window = gaussianWindow(Math.min(WINDOW_RADIUS, Math.floor((Math.min(size.height, size.width) - 1) / 2)));
  return Float64Array.from({ length: a.length / frameLength }, (_, n) => {
    const begin = n * frameLength;
    const frameA = a.subarray(begin, begin + frameLength);
    const frameB = b.subarray(begin, begin + frameLength);
    let sum = 0;
    for (let channel = 0; channel < CHANNELS; channel += 1) {
      sum += planeSsim(planeOf(frameA, channel, size), planeOf(frameB, channel, size), window);
    }
    return sum / CHANNELS;
  });
}

/** One channel, or a moment of it. */
type Plane = FrameSize & { readonly data: Float64Array };

function planeSsim(a: Plane, b: Plane, window: Float64Array): number {
  const meanA = blur(a, window);
  const meanB = blur(b, window);
  const energy = blur(
    combine(a, b, (x, y) => x * x + y * y),
    window,
  );
  const product = blur(
    combine(a, b, (x, y) => x * y),
    window,
  );
  let sum = 0;
  for (let i = 0; i < energy.data.length; i += 1) {
    const meanProduct = (meanA.data[i] ?? 0) * (meanB.data[i] ?? 0);
    const meanEnergy = (meanA.data[i] ?? 0) ** 2 + (meanB.data[i] ?? 0) ** 2;
    const covariance = (product.data[i] ?? 0) - meanProduct;
    const variances = (energy.data[i] ?? 0) - meanEnergy;
    sum += ((2 * meanProduct + C1) * (2 * covariance + C2)) / ((meanEnergy + C1) * (variances + C2));
  }
  return sum / energy.data.length;
}

function planeOf(frame: Uint8Array, channel: number, { height, width }: FrameSize): Plane {
  const data = new Float64Array(height * width);
  for (let i = 0; i < data.length; i += 1) data[i] = frame[i * CHANNELS + channel] ?? 0;
  return { height, width, data };
}

function combine(a: Plane, b: Plane, f: (x: number, y: number) => number): Plane {
  return { ...a, data: a.data.map((x, i) => f(x, b.data[i] ?? 0)) };
}

/** Convolves rows, then columns, without padding. */
function blur(plane: Plane, window: Float64Array): Plane {
  return blurRowsAndTranspose(blurRowsAndTranspose(plane, window), window);
}

function blurRowsAndTranspose({ height, width, data }: Plane, window: Float64Array): Plane {
  const blurredWidth = width - window.length + 1;
  const blurred = new Float64Array(height * blurredWidth);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < blurredWidth; x += 1) {
      let sum = 0;
      for (let i = 0; i < window.length; i += 1) sum += (window[i] ?? 0) * (data[y * width + x + i] ?? 0);
      blurred[x * height + y] = sum;
    }
  }
  return { height: blurredWidth, width: height, data: blurred };
}

function gaussianWindow(radius: number): Float64Array {
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * SIGMA ** 2)),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** Returns the numbers per frame. */
function expectSameFrames(a: Uint8Array, b: Uint8Array, { height, width }: FrameSize): number {
  const frameLength = bytesPerFrame({ height, width });
  if (![height, width].every((side) => Number.isSafeInteger(side) && side > 0)) {
    throw new ShapeError(`frames: height and width must be positive integers, got ${height}x${width}`);
  }
  if (a.length !== b.length || a.length % frameLength !== 0) {
    throw new ShapeError(
      `frames: both must hold the same number of ${height}x${width}x${CHANNELS} frames, got ${a.length} and ${b.length} bytes`,
    );
  }
  return frameLength;
}
