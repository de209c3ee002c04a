import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";
import { ConfigError, DataError, ShapeError } from "../../src/core/errors.ts";
import { sliceFrames } from "../../src/core/frames.ts";
import { writeAnimation } from "../../src/data/animation.ts";
import { readImage, tile, upscale, writePng } from "../../src/data/image.ts";
import { movingSquare, paint, temporaryFolder } from "./pictures.ts";

const picture = paint(1, 6, 8, (_, y, x) => [x * 30, y * 40, 77]);

test("a PNG of the frame's size comes back byte for byte, from a path and from bytes", async () => {
  const path = join(temporaryFolder(), "a.png");
  await writePng(path, picture);
  expect((await readImage(path, picture)).data).toEqual(picture.data);
  expect((await readImage(await sharp(path).toBuffer(), picture)).data).toEqual(picture.data);
});

test.each(["png", "jpeg", "webp", "gif"] as const)("bytes of %s are stretched to the frame's size", async (format) => {
  const bytes = await sharp({ create: { width: 50, height: 20, channels: 3, background: "rgb(200, 100, 50)" } })
    .toFormat(format)
    .toBuffer();
  const frame = await readImage(new Uint8Array(bytes), { height: 9, width: 16 });
  expect([frame.count, frame.height, frame.width, frame.data.length]).toEqual([1, 9, 16, 9 * 16 * 3]);
  expect(Math.abs((frame.data[0] ?? 0) - 200)).toBeLessThan(6);
});

test("raw RGB and RGBA pixels are accepted; transparency falls on black", async () => {
  const rgb = await readImage({ data: picture.data, width: 8, height: 6 }, picture);
  expect(rgb.data).toEqual(picture.data);
  const clear = new Uint8ClampedArray(8 * 6 * 4).fill(255).map((value, i) => (i % 4 === 3 ? 0 : value));
  expect((await readImage({ data: clear, width: 8, height: 6 }, picture)).data).toEqual(new Uint8Array(8 * 6 * 3));
});

test("averages when it shrinks, so that fine detail does not alias", async () => {
  const stripes = paint(1, 40, 40, (_, __, x) => (x % 2 === 0 ? [255, 255, 255] : [0, 0, 0]));
  const small = await readImage(stripes, { height: 4, width: 4 });
  expect(Math.min(...small.data)).toBeGreaterThan(90);
  expect(Math.max(...small.data)).toBeLessThan(165);
});

test("names what cannot be read", async () => {
  await expect(readImage("/nowhere/a.png", picture)).rejects.toThrow(/a\.png/);
  await expect(readImage(new Uint8Array([1, 2, 3]), picture)).rejects.toThrow(DataError);
  await expect(readImage({ data: new Uint8Array(5), width: 8, height: 6 }, picture)).rejects.toThrow(ShapeError);
});

test("scale repeats pixels", () => {
  const large = upscale(
    paint(2, 1, 2, (t, _, x) => [t, x, 9]),
    2,
  );
  expect([large.count, large.height, large.width]).toEqual([2, 2, 4]);
  const rows = [0, 0, 1, 1].flatMap((t) => [t, 0, 9, t, 0, 9, t, 1, 9, t, 1, 9]);
  expect([...large.data]).toEqual(rows);
  expect(() => upscale(large, 1.5)).toThrow(ShapeError);
  expect(() => upscale(large, 50_000)).toThrow(/must fit into .* bytes, got .* - use a smaller scale/);
});

test("tile lays frames out in rows with gaps of a pixel", () => {
  const sheet = tile([paint(3, 2, 2, (t) => [t + 1, 0, 0])], 2);
  expect([sheet.height, sheet.width]).toEqual([5, 5]);
  const red = Array.from({ length: 25 }, (_, i) => sheet.data[i * 3]);
  expect(red.slice(0, 5)).toEqual([1, 1, 0, 2, 2]);
  expect(red.slice(15, 20)).toEqual([3, 3, 0, 0, 0]);
  expect(() => tile([], 2)).toThrow(ShapeError);
  expect(() => tile([picture, movingSquare(1)], 2)).toThrow(/8x6/);
});

test.each([".gif", ".webp"])("an animated %s keeps its frames and their time", async (extension) => {
  const path = join(temporaryFolder(), `a${extension}`);
  await writeAnimation(path, movingSquare(5), { fps: 10, scale: 2 });
  const { pages, pageHeight, width, delay } = await sharp(path, { animated: true }).metadata();
  expect({ pages, pageHeight, width, delay }).toEqual({
    pages: 5,
    pageHeight: 72,
    width: 128,
    delay: Array(5).fill(100),
  });
});

test("a failed write leaves no file behind, and a failed replacement the old one", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "a.gif");
  writeFileSync(path, "old");
  const broken = { ...movingSquare(2), data: new Uint8Array(7) };
  await expect(writeAnimation(path, broken, { fps: 10 })).rejects.toThrow(Error);
  expect(readdirSync(folder)).toEqual(["a.gif"]);
  expect(readFileSync(path, "utf8")).toBe("old");
});

test("refuses what it cannot write", async () => {
  const folder = temporaryFolder();
  await expect(writeAnimation(join(folder, "a.avi"), movingSquare(2), { fps: 10 })).rejects.toThrow(
    /\.gif \.webp \.mp4/,
  );
  await expect(writeAnimation(join(folder, "a.gif"), movingSquare(2), { fps: 0 })).rejects.toThrow(ConfigError);
  await expect(writeAnimation(join(folder, "a.gif"), sliceFrames(movingSquare(1), 0, 0), { fps: 1 })).rejects.toThrow(
    DataError,
  );
  await expect(writePng(join(folder, "a.png"), movingSquare(2))).rejects.toThrow(ShapeError);
  expect(readdirSync(folder)).toEqual([]);
});
