import sharp, { type Sharp } from "sharp";
import { writeFileAtomically } from "../core/atomic-file.ts";
import { ConfigError, DataError, ShapeError } from "../core/errors.ts";
import { bytesPerFrame, concatFrames, sliceFrames, type Frames } from "../core/frames.ts";

/** Uncompressed pixels, row-major: RGB, or RGBA (as a canvas gives them). */
export type RawImage = {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  /** Taken from the length of `data` when left out. */
  readonly channels?: 3 | 4 | undefined;
};

/** A picture: the path of a file, the bytes of a PNG, JPEG, WebP or GIF, or pixels. */
export type ImageInput = string | Uint8Array | RawImage;

/** 4 GiB, the most that a Node 20 array holds; later ones would try as much as a typing error asks. */
const MAX_BYTES = 2 ** 32;

/** The size of a frame in pixels. */
export type FrameSize = { readonly height: number; readonly width: number };

/**
 * Reads one picture as one RGB frame of this size. It is stretched to fit (the aspect is not kept) with a Lanczos
 * filter; a picture of exactly this size comes through unchanged. Transparency falls on black; of an animation the
 * first picture is taken.
 * @throws DataError when it is no picture. ShapeError when raw pixels do not fill their size.
 */
export async function readImage(input: ImageInput, { height, width }: FrameSize): Promise<Frames> {
  const picture = openImage(input);
  try {
    const data = await picture
      .autoOrient()
      .flatten({ background: "black" })
      .toColourspace("srgb")
      .resize({ width, height, fit: "fill", kernel: "lanczos3" })
      .removeAlpha()
      .raw()
      .toBuffer();
    return { data: new Uint8Array(data), count: 1, height, width };
  } catch (error) {
    throw new DataError(`readImage: ${nameOf(input)} is no picture that can be read (${reason(error)})`, {
      cause: error,
    });
  }
}

/** Frames in another size, each stretched as `readImage` does; the same frames where they have that size. */
export async function fitFrames(frames: Frames, { height, width }: FrameSize): Promise<Frames> {
  if (frames.height === height && frames.width === width) return frames;
  const fitted: Frames[] = [];
  for (let i = 0; i < frames.count; i++) {
    const { data } = sliceFrames(frames, i);
    fitted.push(await readImage({ data, height: frames.height, width: frames.width }, { height, width }));
  }
  return concatFrames(fitted);
}

/** Refuses names that no picture is written to: asked before long work. @throws ConfigError unless it ends in .png. */
export function expectPng(path: string): void {
  if (path.toLowerCase().endsWith(".png")) return;
  throw new ConfigError(`picture: extension must be .png, got ${path}`);
}

/** Every frame stretched to this size, bilinearly; frames of exactly this size come through unchanged. */
export async function resizeFrames(frames: Frames, { height, width }: FrameSize): Promise<Frames> {
  if (frames.height === height && frames.width === width) return frames;
  const data = new Uint8Array(frames.count * bytesPerFrame({ height, width }));
  const raw = { width: frames.width, height: frames.height, channels: 3 } as const;
  for (let i = 0; i < frames.count; i++) {
    const picture = sharp(sliceFrames(frames, i).data, { raw }).resize({
      width,
      height,
      fit: "fill",
      kernel: "linear",
    });
    data.set(await picture.raw().toBuffer(), i * bytesPerFrame({ height, width }));
  }
  return { data, count: frames.count, height, width };
}

/** Options of a picture that is written. */
export type PictureOptions = {
  /** Every pixel becomes a square of this many pixels; 1 unless told. */
  readonly scale?: number | undefined;
};

/** Writes one frame as a PNG (in one step: readers never see half a file). @throws ShapeError on another count. */
export async function writePng(path: string, frame: Frames, { scale = 1 }: PictureOptions = {}): Promise<void> {
  if (frame.count !== 1) {
    throw new ShapeError(`writePng: frames must hold 1 frame, got ${frame.count} - slice them, or tile them first`);
  }
  const { data, width, height } = upscale(frame, scale);
  // The limit is for strangers' files; these pixels are there already.
  const png = await sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .png()
    .toBuffer();
  await writeFileAtomically(path, png);
}

/** Writes a drawing as a PNG, `scale` pixels to each of its units. Letters need a font on the machine. */
export async function writePngOfSvg(path: string, svg: string, { scale = 1 }: PictureOptions = {}): Promise<void> {
  // SVG has 72 units to an inch.
  await writeFileAtomically(
    path,
    await sharp(Buffer.from(svg), { density: 72 * scale })
      .png()
      .toBuffer(),
  );
}

/** Repeats every pixel `scale` times both ways (nearest neighbour), so that pixels stay visible as pixels. */
export function upscale(frames: Frames, scale: number): Frames {
  if (!Number.isInteger(scale) || scale < 1)
    throw new ShapeError(`upscale: scale must be an integer >= 1, got ${scale}`);
  if (scale === 1) return frames;
  const { count, height, width } = frames;
  const rowBytes = width * 3 * scale;
  const bytes = count * height * scale * rowBytes;
  if (bytes > MAX_BYTES) {
    throw new ShapeError(`upscale: frames must fit into ${MAX_BYTES} bytes, got ${bytes} - use a smaller scale`);
  }
  const data = new Uint8Array(bytes);
  for (let row = 0; row < count * height; row++) {
    const first = row * scale * rowBytes;
    widenRow(
      data.subarray(first, first + rowBytes),
      frames.data.subarray(row * width * 3, (row + 1) * width * 3),
      scale,
    );
    for (let copy = 1; copy < scale; copy++) data.copyWithin(first + copy * rowBytes, first, first + rowBytes);
  }
  return { data, count, height: height * scale, width: width * scale };
}

/**
 * A contact sheet: all frames of all parts left to right, `columns` to a row, with a one-pixel black gap between them.
 * @throws ShapeError when parts differ in size or hold nothing.
 */
export function tile(parts: readonly Frames[], columns: number): Frames {
  const frames = parts.flatMap((part) => Array.from({ length: part.count }, (_, i) => sliceFrames(part, i)));
  const [first] = frames;
  if (first === undefined) throw new ShapeError("tile: frames must not be empty");
  const columnCount = Math.min(columns, frames.length);
  const cell = { height: first.height + 1, width: first.width + 1 };
  const width = columnCount * cell.width - 1;
  const height = Math.ceil(frames.length / columnCount) * cell.height - 1;
  const sheet = { data: new Uint8Array(height * width * 3), count: 1, height, width };
  for (const [i, frame] of frames.entries()) {
    expectSize(frame, first);
    pasteFrame(sheet, frame, Math.floor(i / columnCount) * cell.height, (i % columnCount) * cell.width);
  }
  return sheet;
}

function openImage(input: ImageInput): Sharp {
  if (input === "") throw new DataError("readImage: a path must not be empty - pass that of a picture");
  if (typeof input === "string" || input instanceof Uint8Array) return sharp(input);
  const { data, width, height } = input;
  const isSized = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  if (!isSized || !(data instanceof Uint8Array || data instanceof Uint8ClampedArray)) {
    throw new ShapeError(`readImage: pixels must be bytes of a positive width and height, got ${width}x${height}`);
  }
  const channels = input.channels ?? data.length / (width * height);
  if ((channels !== 3 && channels !== 4) || data.length !== width * height * channels) {
    throw new ShapeError(
      `readImage: ${width}x${height} pixels must be ${width * height * 3} (RGB) or ${width * height * 4} (RGBA) bytes, ` +
        `got ${data.length}`,
    );
  }
  return sharp(data, { raw: { width, height, channels } });
}

function nameOf(input: ImageInput): string {
  if (typeof input === "string") return input;
  return input instanceof Uint8Array ? `${input.length} bytes` : `${input.width}x${input.height} pixels`;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function widenRow(target: Uint8Array, source: Uint8Array, scale: number): void {
  for (let i = 0; i < target.length; i++) {
    target[i] = source[Math.floor(i / (3 * scale)) * 3 + (i % 3)] ?? 0;
  }
}

function expectSize(frame: Frames, first: Frames): void {
  if (frame.height === first.height && frame.width === first.width) return;
  throw new ShapeError(
    `tile: frames must all be ${first.width}x${first.height}, got ${frame.width}x${frame.height} - resize them first`,
  );
}

function pasteFrame(sheet: Frames, frame: Frames, top: number, left: number): void {
  const rowBytes = bytesPerFrame({ height: 1, width: frame.width });
  for (let row = 0; row < frame.height; row++) {
    const source = frame.data.subarray(row * rowBytes, (row + 1) * rowBytes);
    sheet.data.set(source, ((top + row) * sheet.width + left) * 3);
  }
}
