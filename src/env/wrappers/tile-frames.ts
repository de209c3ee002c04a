import { bytesPerFrame } from "../../core/frames.ts";
import type { Frames } from "../../core/frames.ts";

/**
 * All frames as one picture, row after row of a grid, black where none is. The grid is as wide as high in frames, or one
 * frame wider; with an `aspectRatio`, the picture's width to height comes as close to it as it can.
 */
export function tileFrames(frames: Frames, aspectRatio?: number): Frames {
  const { data, count, height, width } = frames;
  const columns = aspectRatio === undefined ? Math.ceil(Math.sqrt(count)) : columnsFor(frames, aspectRatio);
  const picture = { count: 1, height: Math.ceil(count / columns) * height, width: columns * width };
  const pixels = new Uint8Array(bytesPerFrame(picture));
  const line = width * 3;
  for (let y = 0; y < count * height; y++) {
    const frame = Math.floor(y / height);
    const top = Math.floor(frame / columns) * height + (y % height);
    pixels.set(data.subarray(y * line, (y + 1) * line), (top * columns + (frame % columns)) * line);
  }
  return { ...picture, data: pixels };
}

/** Of two grids that are as close, the narrower one. */
function columnsFor({ count, height, width }: Frames, aspectRatio: number): number {
  const distance = (columns: number): number =>
    Math.abs(Math.log((columns * width) / (Math.ceil(count / columns) * height * aspectRatio)));
  const all = Array.from({ length: count }, (_, i) => i + 1);
  return all.reduce((best, columns) => (distance(columns) < distance(best) ? columns : best));
}
