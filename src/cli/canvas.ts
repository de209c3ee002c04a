import { ConfigError } from "../core/errors.ts";
import type { Frames } from "../core/frames.ts";

const LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz+-./";
/** The letters as 3x5 dots, one octal digit a row, top to bottom. */
const DOTS =
  "75557 26227 71747 71717 55711 74717 74757 71111 75757 75717 25755 65656 34443 65556 74647 74644 34553 55755 72227 11152 " +
  "55655 44447 57755 65555 25552 65644 25563 65655 34216 72222 55557 55552 55775 55255 55222 71247 02720 00700 00002 11244";
/** Others stay blank. */
const GLYPHS = new Map(DOTS.split(" ").map((rows, i) => [LETTERS[i], rows]));
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

/** A sheet with a black column on its left that numbers its rows 0, 1, ...; see `labelRows`. */
export function numberRows(sheet: Frames, rows: number): Frames {
  return labelRows(
    sheet,
    Array.from({ length: rows }, (_, row) => `${row}`),
  );
}

/** Labels longer than numbers are written smaller. */
const NUMBER_LENGTH = 2;

/**
 * A sheet with a black column on its left that names its rows.
 * sheet: one frame of as many rows as labels, of equal height, with a one-pixel gap between them.
 * @throws ConfigError when the number of rows does not divide the sheet.
 */
export function labelRows(sheet: Frames, labels: readonly string[]): Frames {
  const pitch = (sheet.height + 1) / labels.length;
  if (!Number.isInteger(pitch)) {
    throw new ConfigError(
      `labelRows: rows must divide a sheet of ${sheet.height} pixels and gaps, got ${labels.length}`,
    );
  }
  const longest = Math.max(...labels.map((label) => label.length));
  const dot = Math.max(1, Math.floor(pitch / (longest > NUMBER_LENGTH ? 32 : 16)));
  const margin = (longest * (GLYPH.width + 1) + 1) * dot;
  const labelled = widenLeft(sheet, margin);
  for (const [row, label] of labels.entries()) {
    const top = Math.floor(row * pitch + Math.max(0, pitch - GLYPH.height * dot) / 2);
    drawText(labelled, label, { left: dot, top, dot });
  }
  return labelled;
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

function drawText(canvas: Frames, text: string, { left, top, dot }: Place): void {
  for (const [i, letter] of Array.from(text.toLowerCase()).entries()) {
    drawGlyph(canvas, GLYPHS.get(letter) ?? "", { left: left + i * (GLYPH.width + 1) * dot, top, dot });
  }
}

function drawGlyph(canvas: Frames, rows: string, { left, top, dot }: Place): void {
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
