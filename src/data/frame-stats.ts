import { bytesPerFrame, type Frames } from "../core/frames.ts";

/** What curation needs to know of one frame. */
export type FrameStats = {
  /** Mean brightness in [0, 255]. */
  readonly brightness: number;
  /** Standard deviation of the brightness over the frame, in [0, 127.5]; near 0 for a frame of one colour. */
  readonly contrast: number;
  /** Mean absolute difference per channel from the frame before, in [0, 255]; 0 for the first frame. */
  readonly change: number;
  /** Part of the pixels whose colour left the palette of the frame before, in [0, 1]; 0 for the first frame. */
  readonly paletteChange: number;
};

const levels = 4;
const maxPixels = 64 * 36;

/** What a `FrameMeter` may leave out, because nobody asks: it costs most of the time. What is not measured is 0. */
export type Measures = { readonly change: boolean; readonly paletteChange: boolean };

/** Measures a video frame by frame; holds one frame. */
export class FrameMeter {
  readonly #measures: Measures;
  #previous: Uint8Array | undefined;
  #previousPalette = new Float32Array(levels ** 3);

  constructor(measures: Measures = { change: true, paletteChange: true }) {
    this.#measures = measures;
  }

  /** The statistics of every frame, in order. Frames are compared across calls. */
  measure(frames: Frames): FrameStats[] {
    const bytes = bytesPerFrame(frames);
    // Curation needs no detail: about 2,300 pixels (64 x 36) tell enough of a frame of any size.
    const step = Math.max(1, Math.floor(Math.sqrt((frames.height * frames.width) / maxPixels)));
    return Array.from({ length: frames.count }, (_, i) =>
      this.#measureFrame(thin(frames.data.subarray(i * bytes, (i + 1) * bytes), frames.width, step)),
    );
  }

  #measureFrame(pixels: Uint8Array): FrameStats {
    const previous = this.#previous ?? pixels;
    const change = this.#measures.change ? meanDifference(pixels, previous) : 0;
    const paletteChange = this.#measures.paletteChange ? this.#changeOfPalette(pixels) : 0;
    this.#previous = pixels;
    return { ...brightnessOf(pixels), change, paletteChange };
  }

  #changeOfPalette(pixels: Uint8Array): number {
    const palette = softPalette(pixels);
    const change = this.#previous === undefined ? 0 : distance(palette, this.#previousPalette);
    this.#previousPalette = palette;
    return change;
  }
}

/** Every `step`-th pixel of every `step`-th row, copied. */
function thin(pixels: Uint8Array, width: number, step: number): Uint8Array {
  if (step === 1) return pixels.slice();
  const columns = Math.ceil(width / step);
  const rows = Math.ceil(pixels.length / 3 / width / step);
  const thinned = new Uint8Array(rows * columns * 3);
  for (let i = 0; i < rows * columns; i++) {
    const source = (Math.floor(i / columns) * step * width + (i % columns) * step) * 3;
    thinned.set(pixels.subarray(source, source + 3), i * 3);
  }
  return thinned;
}

function brightnessOf(pixels: Uint8Array): { brightness: number; contrast: number } {
  let sum = 0;
  let sumOfSquares = 0;
  for (let i = 0; i < pixels.length; i += 3) {
    const luma = 0.299 * (pixels[i] ?? 0) + 0.587 * (pixels[i + 1] ?? 0) + 0.114 * (pixels[i + 2] ?? 0);
    sum += luma;
    sumOfSquares += luma * luma;
  }
  const count = pixels.length / 3;
  const brightness = sum / count;
  return { brightness, contrast: Math.sqrt(Math.max(0, sumOfSquares / count - brightness ** 2)) };
}

function meanDifference(pixels: Uint8Array, previous: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < pixels.length; i++) sum += Math.abs((pixels[i] ?? 0) - (previous[i] ?? 0));
  return sum / pixels.length;
}

/**
 * The part of the pixels in each of 4 x 4 x 4 colour bins. A pixel is shared between the two nearest levels of each
 * channel, so that a slow fade moves the palette slowly.
 */
function softPalette(pixels: Uint8Array): Float32Array<ArrayBuffer> {
  const palette = new Float32Array(levels ** 3);
  const share = 3 / pixels.length;
  for (let i = 0; i < pixels.length; i += 3) {
    for (let corner = 0; corner < 8; corner++) {
      let bin = 0;
      let weight = share;
      for (let channel = 0; channel < 3; channel++) {
        const level = ((pixels[i + channel] ?? 0) / 256) * (levels - 1);
        const upper = (corner >> channel) & 1;
        const fraction = level - Math.floor(level);
        bin = bin * levels + Math.floor(level) + upper;
        weight *= upper === 1 ? fraction : 1 - fraction;
      }
      palette[bin] = (palette[bin] ?? 0) + weight;
    }
  }
  return palette;
}

function distance(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? 0)), 0) / 2;
}
