import { ShapeError } from "../core/errors.ts";
import type { Frames } from "../core/frames.ts";

const RESET = "\u001B[0m";

/**
 * One frame as text for a true-colour terminal: a half block shows two pixels, one above the other.
 * Lines end in a colour reset and are joined by newlines.
 */
export function drawAnsi(frames: Frames, index = 0): string {
  if (!(index >= 0 && index < frames.count)) {
    throw new ShapeError(`drawAnsi: index must lie in [0, ${frames.count}), got ${index}`);
  }
  const lines = Array.from({ length: Math.ceil(frames.height / 2) }, (_, line) => drawLine(frames, index, line * 2));
  return lines.join("\n");
}

function drawLine(frames: Frames, index: number, top: number): string {
  const cells = Array.from({ length: frames.width }, (_, x) => {
    const lower = top + 1 < frames.height ? `\u001B[48;2;${colour(frames, index, top + 1, x)}m` : "";
    return `\u001B[38;2;${colour(frames, index, top, x)}m${lower}▀`;
  });
  return cells.join("") + RESET;
}

function colour({ data, height, width }: Frames, index: number, y: number, x: number): string {
  const start = ((index * height + y) * width + x) * 3;
  return data.subarray(start, start + 3).join(";");
}
