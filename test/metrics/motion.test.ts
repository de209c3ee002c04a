import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { estimateMotion } from "../../src/metrics/motion.ts";

const size = { height: 32, width: 48 };

/** A window of a random, smooth-edged texture at (left, top). */
function view(left: number, top: number, { height, width } = size): Uint8Array {
  const frame = new Uint8Array(height * width * 3);
  for (let i = 0; i < frame.length; i++) {
    const [x, y] = [Math.floor((Math.floor(i / 3) % width) + left), Math.floor(i / 3 / width) + top];
    frame[i] = new Rng(`${Math.floor(x / 2)},${Math.floor(y / 2)},${i % 3}`).integer(256);
  }
  return frame;
}

describe("estimateMotion", () => {
  test.each([
    [0, 0],
    [3, 0],
    [-4, 0],
    [0, 2],
    [1, -3],
  ])("finds a scroll of (%i, %i) pixels exactly", (x, y) => {
    // The content moves against the window.
    expect(estimateMotion(view(10, 10), view(10 - x, 10 - y), size)).toEqual({ x, y });
  });

  test("follows the background, not a player that moves otherwise", () => {
    const [before, after] = [view(10, 10), view(8, 10)];
    const player = (frame: Uint8Array, left: number) => {
      for (let y = 12; y < 22; y++) frame.fill(255, (y * size.width + left) * 3, (y * size.width + left + 8) * 3);
      return frame;
    };
    expect(estimateMotion(player(before, 20), player(after, 19), size)).toEqual({ x: 2, y: 0 });
  });

  test("sees no motion in flat frames, whatever their colour", () => {
    const flat = (value: number) => new Uint8Array(size.height * size.width * 3).fill(value);
    expect(estimateMotion(flat(10), flat(200), size)).toEqual({ x: 0, y: 0 });
  });

  test("looks less far in a small frame", () => {
    const small = { height: 10, width: 10 };
    expect(estimateMotion(view(5, 5, small), view(4, 5, small), small)).toEqual({ x: 1, y: 0 });
    expect(estimateMotion(new Uint8Array(3), new Uint8Array(3), { height: 1, width: 1 })).toEqual({ x: 0, y: 0 });
  });

  test("refuses frames of another size", () => {
    expect(() => estimateMotion(view(0, 0), new Uint8Array(9), size)).toThrow(ShapeError);
  });
});
