/** What one output element takes from the input: `weights[k]` of element `start + k`; they sum to 1. */
type Share = { readonly start: number; readonly weights: readonly number[] };

/** Sizes of an image, row-major. */
export type ImageShape = { readonly height: number; readonly width: number; readonly channels: number };

/**
 * Resizes an image of uint8 by area: every output pixel is the mean of what it covers of the input, rounded. So nothing
 * is skipped when it shrinks; when it grows, pixels become blocks with blended edges.
 */
export function resizeArea(
  image: Uint8Array,
  { height, width, channels }: ImageShape,
  size: readonly [number, number],
) {
  const [toHeight, toWidth] = size;
  const narrow = resizeMiddle(image, [height, width, channels], toWidth);
  const low = resizeMiddle(narrow, [1, height, toWidth * channels], toHeight);
  return Uint8Array.from(low, Math.round);
}

/** Resizes the middle axis of an array [before, length, after] to `toLength`. */
function resizeMiddle(
  array: ArrayLike<number>,
  [before, length, after]: readonly [number, number, number],
  toLength: number,
): Float64Array {
  const shares = sharesOf(length, toLength);
  const out = new Float64Array(before * toLength * after);
  for (let i = 0; i < before; i++) {
    for (const [to, { start, weights }] of shares.entries()) {
      const target = (i * toLength + to) * after;
      for (const [k, weight] of weights.entries()) {
        const source = (i * length + start + k) * after;
        addScaled(out.subarray(target, target + after), array, source, weight);
      }
    }
  }
  return out;
}

/** Adds `weight` times the elements of `array` from `source` on. */
function addScaled(out: Float64Array, array: ArrayLike<number>, source: number, weight: number): void {
  for (let j = 0; j < out.length; j++) out[j] = Number(out[j]) + weight * Number(array[source + j]);
}

/** Output element `i` covers the input from `i * scale` to `(i + 1) * scale`. */
function sharesOf(length: number, toLength: number): Share[] {
  const scale = length / toLength;
  return Array.from({ length: toLength }, (_, i) => {
    const start = Math.floor(i * scale);
    const end = Math.min(Math.ceil((i + 1) * scale), length);
    const weights = Array.from({ length: end - start }, (_, k) => {
      const covered = Math.min((i + 1) * scale, start + k + 1) - Math.max(i * scale, start + k);
      return Math.max(covered, 0) / scale;
    });
    return { start, weights };
  });
}
