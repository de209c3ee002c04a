import { ConfigError } from "../core/errors.ts";
import type { Frames } from "../core/frames.ts";

/** Digits as 3x5 dots, one octal digit a row, top to bottom. */
const DIGITS = ["75557", "26227", "71747", "71717", "55711", "74717", "74757", "71111", "75757", "75717"] as const;
const GLYPH = { width: 3, height: 5 } as const;
const INK = 255;

/** One frame enlarged or reduced by `scale` without mixing pixels; at least one pixel stays. */
export function resizeNearest(frame: Frames, scale: number): Frames {
  const height = Math.max(1, Math.floor(frame.height * scale));
  const width = Math.max(1, Math.floor(frame.width * scale));
  const data = new Uint8Array(height * width * 3);
  for (let i = 0; i < height * width; i++) {
    const y = Math.floor((Math.floor(i / width) * frame.height) / height);
    const x = Math.floor(((i % width) * frame.width) / width);
    const from = (y * frame.width + x) * 3;
    data.set(frame.data.subarray(from, from + 3), i * 3);
  }
  return { data, count: 1, height, width };
}

/**
 * A sheet with a black column on its left that numbers its rows 0, 1, ...
 * sheet: one frame of `rows` rows of equal height with a one-pixel gap between them.
 * @throws ConfigError when `rows` does not divide the sheet.
 */
export function numberRows(sheet: Frames, rows: number): Frames {
  const pitch = (sheet.height + 1) / rows;
  if (!Number.isInteger(pitch)) {
    throw new ConfigError(`numberRows: rows must divide a sheet of ${sheet.height} pixels and gaps, got ${rows}`);
  }
  const dot = Math.max(1, Math.floor(pitch / 16));
  const digits = String(rows - 1).length;
  const margin = (digits * (GLYPH.width + 1) + 1) * dot;
  const numbered = widenLeft(sheet, margin);
  for (let row = 0; row < rows; row++) {
    const top = Math.floor(row * pitch + Math.max(0, pitch - GLYPH.height * dot) / 2);
    drawNumber(numbered, row, { left: dot, top, dot });
  }
  return numbered;
}

function widenLeft(frame: Frames, margin: number): Frames {
  const width = frame.width + margin;
  const data = new Uint8Array(frame.height * width * 3);
  for (let y = 0; y < frame.height; y++) {
    const row = frame.data.subarray(y * frame.width * 3, (y + 1) * frame.width * 3);
    data.set(row, (y * width + margin) * 3);
  }
  return { ...frame, data, width };
}

type Place = { readonly left: number; readonly top: number; readonly dot: number };

function drawNumber(canvas: Frames, number: number, { left, top, dot }: Place): void {
  for (const [i, digit] of Array.from(String(number)).entries()) {
    drawDigit(canvas, Number(digit), { left: left + i * (GLYPH.width + 1) * dot, top, dot });
  }
}

function drawDigit(canvas: Frames, digit: number, { left, top, dot }: Place): void {
  const rows = DIGITS[digit] ?? "";
  for (let y = 0; y < GLYPH.height * dot; y++) {
    for (let x = 0; x < GLYPH.width * dot; x++) {
      const bits = Number(rows[Math.floor(y / dot)]);
      const lit = (bits >> (GLYPH.width - 1 - Math.floor(x / dot))) & 1;
      if (lit === 1 && top + y < canvas.height) canvas.data.fill(INK, ...pixel(canvas, top + y, left + x));
    }
  }
}

function pixel({ width }: Frames, y: number, x: number): [start: number, end: number] {
  const start = (y * width + x) * 3;
  return [start, start + 3];
}
