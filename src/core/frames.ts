import { ShapeError } from "./errors.ts";

/** RGB frames, uint8, row-major [frames, height, width, 3]. */
export type Frames = {
  readonly data: Uint8Array;
  readonly count: number;
  readonly height: number;
  readonly width: number;
};

/** Bytes of one RGB frame of this size. */
export function bytesPerFrame({ height, width }: { readonly height: number; readonly width: number }): number {
  return height * width * 3;
}

/** Whether the bytes are one or more whole frames, as many as `count` says: what a caller without types may get wrong. */
export function areWhole({ data, count, height, width }: Frames): boolean {
  return (
    data instanceof Uint8Array &&
    Number.isSafeInteger(count) &&
    count > 0 &&
    data.length === count * bytesPerFrame({ height, width })
  );
}

/**
 * Frames [start, start + count) as a view: no pixel is copied.
 * @throws ShapeError when the range leaves the frames.
 */
export function sliceFrames(frames: Frames, start: number, count = 1): Frames {
  if (!Number.isInteger(start) || !Number.isInteger(count) || start < 0 || count < 0 || start + count > frames.count) {
    throw new ShapeError(`sliceFrames: range must lie in [0, ${frames.count}), got ${count} frames from ${start}`);
  }
  const bytes = bytesPerFrame(frames);
  return { ...frames, count, data: frames.data.subarray(start * bytes, (start + count) * bytes) };
}

/**
 * All parts one after another, copied into one array.
 * @throws ShapeError when there is no part, or parts differ in size.
 */
export function concatFrames(parts: readonly Frames[]): Frames {
  const [first] = parts;
  if (first === undefined) throw new ShapeError("concatFrames: parts must not be empty");
  const { height, width } = first;
  const data = new Uint8Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let offset = 0;
  for (const part of parts) {
    if (part.height !== height || part.width !== width) {
      throw new ShapeError(
        `concatFrames: frames must all be ${width}x${height}, got ${part.width}x${part.height} - resize them first`,
      );
    }
    data.set(part.data, offset);
    offset += part.data.length;
  }
  return { data, count: parts.reduce((sum, part) => sum + part.count, 0), height, width };
}
