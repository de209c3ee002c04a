import { describe, expect, it } from "vitest";
import { ShapeError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { deltaPsnr, MAX_PSNR, psnr, ssim } from "../../src/metrics/image-quality.ts";
import fixture from "../fixtures/metrics.json" with { type: "json" };

const rng = new Rng("image-quality");
const noise = (length: number) => Uint8Array.from({ length }, () => rng.integer(256));

describe.each(fixture.images)("frames of $height x $width", ({ height, width, ...expected }) => {
  const a = new Uint8Array(Buffer.from(expected.a, "base64"));
  const b = new Uint8Array(Buffer.from(expected.b, "base64"));

  it("have scikit-image's SSIM", () => {
    const scores = ssim(a, b, { height, width });
    expect(scores).toHaveLength(expected.ssim.length);
    for (const [n, score] of expected.ssim.entries()) expect(scores[n]).toBeCloseTo(score, 9);
  });

  it("have scikit-image's PSNR", () => {
    const ratios = psnr(a, b, { height, width });
    expect(ratios).toHaveLength(expected.psnr.length);
    for (const [n, ratio] of expected.psnr.entries()) expect(ratios[n]).toBeCloseTo(ratio, 9);
  });

  it("score the same whichever comes first", () => {
    expect(ssim(b, a, { height, width })).toEqual(ssim(a, b, { height, width }));
    expect(psnr(b, a, { height, width })).toEqual(psnr(a, b, { height, width }));
  });
});

it("scores equal frames 1 and the finite cap", () => {
  const frames = noise(2 * 12 * 13 * 3);
  expect([...ssim(frames, frames, { height: 12, width: 13 })]).toEqual([1, 1]);
  expect([...psnr(frames, frames, { height: 12, width: 13 })]).toEqual([MAX_PSNR, MAX_PSNR]);
});

it("scores black against white 0 dB", () => {
  const black = new Uint8Array(48);
  expect(
    psnr(
      black,
      black.map(() => 255),
      { height: 4, width: 4 },
    )[0],
  ).toBeCloseTo(0, 12);
});

it("scores every frame by itself", () => {
  const size = { height: 14, width: 12 };
  const [a, b, c, d] = [noise(504), noise(504), noise(504), noise(504)] as const;
  const together = { a: Uint8Array.from([...a, ...c]), b: Uint8Array.from([...b, ...d]) };
  expect([...ssim(together.a, together.b, size)]).toEqual([...ssim(a, b, size), ...ssim(c, d, size)]);
  expect([...psnr(together.a, together.b, size)]).toEqual([...psnr(a, b, size), ...psnr(c, d, size)]);
});

it("scores no frames with no numbers", () => {
  expect(ssim(new Uint8Array(0), new Uint8Array(0), { height: 4, width: 4 })).toHaveLength(0);
});

it.each([
  ["frames of other lengths", 48, 96, 4, 4],
  ["half a frame", 50, 50, 4, 4],
  ["no height", 48, 48, 0, 4],
  ["a negative size", 48, 48, -4, -4],
  ["a fractional size", 48, 48, 2.5, 6.4],
])("rejects %s", (_, lengthA, lengthB, height, width) => {
  expect(() => psnr(new Uint8Array(lengthA), new Uint8Array(lengthB), { height, width })).toThrow(ShapeError);
  expect(() => ssim(new Uint8Array(lengthA), new Uint8Array(lengthB), { height, width })).toThrow(ShapeError);
});

it("gives ΔPSNR frame by frame: what inferred actions win over random ones", () => {
  const size = { height: 2, width: 2 };
  const truth = new Uint8Array(24).fill(100);
  const inferred = truth.map((value, i) => value + (i < 12 ? 1 : 20));
  const random = truth.map((value, i) => value + (i < 12 ? 10 : 2));
  const [first, second] = deltaPsnr(truth, inferred, random, size);
  expect(first).toBeCloseTo(20, 10);
  expect(second).toBeCloseTo(-20, 10);
  expect(() => deltaPsnr(truth, inferred, truth.subarray(12), size)).toThrow(ShapeError);
});
