import { describe, expect, test } from "vitest";

import { Canvas } from "../../src/games/classic/canvas.ts";

const BLACK = [0, 0, 0] as const;

/** The red channel, row by row from the top. */
function reds(canvas: Canvas): number[][] {
  const { data, height, width } = canvas.frame();
  const row = (y: number): number[] => Array.from({ length: width }, (_, x) => Number(data[(y * width + x) * 3]));
  return Array.from({ length: height }, (_, y) => row(y));
}

describe("Canvas", () => {
  test("a rectangle fills its pixels, counted from below", () => {
    const canvas = new Canvas({ width: 3, height: 3 });
    canvas.rectangle([1, 0], [3, 1], BLACK);
    expect(reds(canvas)).toEqual([
      [255, 255, 255],
      [255, 255, 255],
      [255, 0, 0],
    ]);
  });

  test("a pixel that is covered by half is half as dark", () => {
    const canvas = new Canvas({ width: 2, height: 1 });
    canvas.rectangle([0.5, 0], [2, 0.5], BLACK);
    expect(reds(canvas)).toEqual([[Math.round(255 * 0.75), Math.round(255 * 0.5)]]);
  });

  test("what lies outside is cut off", () => {
    const canvas = new Canvas({ width: 2, height: 2 });
    canvas.rectangle([-5, -5], [1, 9], BLACK);
    canvas.circle([40, 40], 3, BLACK);
    expect(reds(canvas)).toEqual([
      [0, 255],
      [0, 255],
    ]);
  });

  test("a circle has the area of a circle", () => {
    const canvas = new Canvas({ width: 40, height: 40 });
    canvas.circle([20, 20], 15, BLACK);
    const ink = reds(canvas)
      .flat()
      .reduce((sum, red) => sum + (255 - red) / 255, 0);
    expect(ink / (Math.PI * 15 ** 2)).toBeCloseTo(1, 1);
  });

  test("a line is never thinner than a pixel", () => {
    const canvas = new Canvas({ width: 40, height: 30 }, 0.1);
    canvas.line([0, 15], [40, 15], 1, BLACK);
    expect(reds(canvas)).toEqual([
      [255, 255, 255, 255],
      [0, 0, 0, 0],
      [255, 255, 255, 255],
    ]);
  });

  test("a frame is in memory of its own", () => {
    const canvas = new Canvas({ width: 1, height: 1 });
    const { data } = canvas.frame();
    canvas.rectangle([0, 0], [1, 1], BLACK);
    expect([...data]).toEqual([255, 255, 255]);
  });
});
