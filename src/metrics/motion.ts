import { ShapeError } from "../core/errors.ts";
import { bytesPerFrame } from "../core/frames.ts";
import type { FrameSize } from "./image-quality.ts";

/** How far a picture's content moved, in pixels: to the right and down are positive. */
export type Motion = { readonly x: number; readonly y: number };

/** Options of `estimateMotion`, in pixels. */
export type MotionOptions = FrameSize & {
  /** The farthest that is looked for, each way; 4 by default. Less where the frame is too small for it. */
  readonly radius?: number;
  /** Width and height of the squares that are followed; 8 by default. */
  readonly block?: number;
};

const CHANNELS = 3;
/** A square whose pixels differ by no more than this looks the same wherever it goes. */
const FLAT = 16;

/**
 * The motion that most of a picture makes from one frame to the next, by block matching: every square that is not flat
 * looks for its best match (least absolute difference, the shortest way first); the answer is the median of each axis.
 * So it is the scroll of a game's background rather than the motion of its player.
 * before, after: uint8 [H, W, 3]. Without a square to follow, nothing moved.
 * @throws ShapeError when one of them is not a frame of this size.
 */
export function estimateMotion(before: Uint8Array, after: Uint8Array, options: MotionOptions): Motion {
  const { height, width, radius: farthest = 4 } = options;
  expectFrame(before, options);
  expectFrame(after, options);
  const block = Math.min(options.block ?? 8, height, width);
  const radius = Math.min(farthest, Math.floor((Math.min(height, width) - block) / 2));
  const matcher = { before, after, width, block };
  const candidates = shortestFirst(radius);
  const motions: Motion[] = [];
  for (let y = radius; y + block + radius <= height; y += block) {
    for (let x = radius; x + block + radius <= width; x += block) {
      if (!isFlat(matcher, x, y)) motions.push(bestMatch(matcher, { x, y }, candidates));
    }
  }
  return { x: median(motions.map(({ x }) => x)), y: median(motions.map(({ y }) => y)) };
}

type Matcher = {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly width: number;
  readonly block: number;
};

function bestMatch(matcher: Matcher, place: Motion, candidates: readonly Motion[]): Motion {
  let best: Motion = { x: 0, y: 0 };
  let least = Infinity;
  for (const motion of candidates) {
    const difference = blockDifference(matcher, place, motion, least);
    if (difference >= least) continue;
    least = difference;
    best = motion;
  }
  return best;
}

/** The absolute differences of a square and the one where `motion` leads; stops when they exceed `least`. */
function blockDifference({ before, after, width, block }: Matcher, at: Motion, motion: Motion, least: number): number {
  let sum = 0;
  for (let row = 0; row < block && sum < least; row++) {
    const from = ((at.y + row) * width + at.x) * CHANNELS;
    const to = from + (motion.y * width + motion.x) * CHANNELS;
    for (let i = 0; i < block * CHANNELS; i++) sum += Math.abs((before[from + i] ?? 0) - (after[to + i] ?? 0));
  }
  return sum;
}

/** Whether each channel hardly changes within the square. */
function isFlat({ before, width, block }: Matcher, x: number, y: number): boolean {
  const low = [255, 255, 255];
  const high = [0, 0, 0];
  for (let row = 0; row < block; row++) {
    const from = ((y + row) * width + x) * CHANNELS;
    for (let i = 0; i < block * CHANNELS; i++) {
      const value = before[from + i] ?? 0;
      low[i % CHANNELS] = Math.min(low[i % CHANNELS] ?? 0, value);
      high[i % CHANNELS] = Math.max(high[i % CHANNELS] ?? 0, value);
    }
  }
  return high.every((value, channel) => value - (low[channel] ?? 0) <= FLAT);
}

/** All motions within `radius`, so that of equal matches the shortest is taken. */
function shortestFirst(radius: number): Motion[] {
  const side = Array.from({ length: 2 * radius + 1 }, (_, i) => i - radius);
  const all = side.flatMap((y) => side.map((x) => ({ x, y })));
  return all.toSorted((a, b) => a.x ** 2 + a.y ** 2 - b.x ** 2 - b.y ** 2);
}

function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1] ?? 0, sorted[sorted.length >> 1] ?? 0];
  return (low + high) / 2;
}

function expectFrame(frame: Uint8Array, { height, width }: FrameSize): void {
  const bytes = bytesPerFrame({ height, width });
  if (frame.length === bytes && bytes > 0) return;
  throw new ShapeError(`estimateMotion: a frame of ${width}x${height} must have ${bytes} bytes, got ${frame.length}`);
}
