import { bytesPerFrame } from "../../core/frames.ts";
import type { Frames } from "../../core/frames.ts";

/** All frames as one picture: row after row of a grid that is as wide as high, or one frame wider; black where none is. */
export function tileFrames({ data, count, height, width }: Frames): Frames {
  const columns = Math.ceil(Math.sqrt(count));
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
