import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Frames } from "../../src/core/frames.ts";

/** An empty folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "genie-env-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export type Shade = (t: number, y: number, x: number) => readonly [number, number, number];

/** Frames whose pixels are `shade(t, y, x)`. */
export function paint(count: number, height: number, width: number, shade: Shade): Frames {
  const data = new Uint8Array(count * height * width * 3);
  for (let i = 0; i < count * height * width; i++) {
    data.set(shade(Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width), i * 3);
  }
  return { data, count, height, width };
}

/** A bright picture with a square that moves by a pixel per frame; `hue` picks one of three palettes. */
export function movingSquare(count: number, hue = 0): Frames {
  return paint(count, 36, 64, (t, y, x) => {
    const inside = y >= 12 && y < 24 && (x - t + 640) % 64 < 12;
    const shades = inside ? [240, 40, 40] : [40 + y, 90 + x, 170];
    return [shades[hue % 3] ?? 0, shades[(hue + 1) % 3] ?? 0, shades[(hue + 2) % 3] ?? 0];
  });
}

/** The mean absolute difference of two arrays of one length. */
export function meanDifference(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return Infinity;
  return a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? 0)), 0) / a.length;
}
