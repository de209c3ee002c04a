import type { Picture } from "./picture.ts";

/**
 * A picture as RGB bytes, uint8 [height, width, 3], every pixel a square of `scale` pixels. Its width must be a multiple
 * of 4: four pixels are written at once, as three 32-bit words. Needs a little-endian machine.
 */
export function toRgb({ width, height, pixels }: Picture, scale = 1): Uint8Array {
  const source = scale === 1 ? pixels : enlarge({ width, height, pixels }, scale);
  const words = new Int32Array((source.length * 3) / 4);
  for (let i = 0, word = 0; i < source.length; i += 4, word += 3) {
    const second = source[i + 1] ?? 0;
    const third = source[i + 2] ?? 0;
    words[word] = ((source[i] ?? 0) & 0xffffff) | (second << 24);
    words[word + 1] = ((second >> 8) & 0xffff) | (third << 16);
    words[word + 2] = ((third >> 16) & 0xff) | ((source[i + 3] ?? 0) << 8);
  }
  return new Uint8Array(words.buffer);
}

function enlarge({ width, height, pixels }: Picture, scale: number): Int32Array {
  const wide = width * scale;
  const large = new Int32Array(wide * height * scale);
  for (let y = 0; y < height; y++) {
    const first = y * scale * wide;
    for (let x = 0; x < width; x++) {
      large.fill(pixels[y * width + x] ?? 0, first + x * scale, first + (x + 1) * scale);
    }
    for (let copy = 1; copy < scale; copy++) large.copyWithin(first + copy * wide, first, first + wide);
  }
  return large;
}
