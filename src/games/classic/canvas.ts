import type { Frames } from "../../core/frames.ts";

/** A place on a canvas: x to the right, y up, from the lower left corner. */
export type Point = readonly [x: number, y: number];

/** Red, green and blue in [0, 255]. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Width and height of a picture. */
export type Size = { readonly width: number; readonly height: number };

const WHITE = 255;
/** Scan lines per pixel row; between them, edges are smooth in steps of a quarter. */
const SCANS = 4;
const CIRCLE_CORNERS = 32;

/** A white picture and what is drawn on it, with smooth edges. */
export class Canvas {
  readonly #scale: number;
  readonly #width: number;
  readonly #height: number;
  readonly #data: Uint8Array;

  /** `size` in the units of the drawing, of which each takes `scale` pixels. */
  constructor({ width, height }: Size, scale = 1) {
    this.#scale = scale;
    this.#width = Math.round(width * scale);
    this.#height = Math.round(height * scale);
    this.#data = new Uint8Array(this.#width * this.#height * 3).fill(WHITE);
  }

  /** Fills the inside of a closed polygon; what it surrounds twice stays outside. */
  polygon(corners: readonly Point[], colour: Colour): void {
    const points = corners.map(([x, y]): Point => [x * this.#scale, this.#height - y * this.#scale]);
    const [left, right] = pixelRange(
      points.map(([x]) => x),
      this.#width,
    );
    const [top, bottom] = pixelRange(
      points.map(([, y]) => y),
      this.#height,
    );
    for (let y = top; y < bottom; y++) this.#blend(coverage(points, y, left, right), colour, y * this.#width + left);
  }

  /** Fills a circle. */
  circle([x, y]: Point, radius: number, colour: Colour): void {
    const corners = Array.from({ length: CIRCLE_CORNERS }, (_, i): Point => {
      const angle = (2 * Math.PI * i) / CIRCLE_CORNERS;
      return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
    });
    this.polygon(corners, colour);
  }

  /** Fills an upright rectangle with these corners. */
  rectangle([left, bottom]: Point, [right, top]: Point, colour: Colour): void {
    this.polygon(
      [
        [left, bottom],
        [left, top],
        [right, top],
        [right, bottom],
      ],
      colour,
    );
  }

  /** Draws a straight line, never thinner than a pixel. */
  line([x0, y0]: Point, [x1, y1]: Point, thickness: number, colour: Colour): void {
    const half = Math.max(thickness, 1 / this.#scale) / 2;
    const length = Math.hypot(x1 - x0, y1 - y0);
    const [dx, dy] = [((x1 - x0) / length) * half, ((y1 - y0) / length) * half];
    this.polygon(
      [
        [x0 - dy, y0 + dx],
        [x1 - dy, y1 + dx],
        [x1 + dy, y1 - dx],
        [x0 + dy, y0 - dx],
      ],
      colour,
    );
  }

  /** The picture, as one frame in memory of its own. */
  frame(): Frames {
    return { data: this.#data.slice(), count: 1, height: this.#height, width: this.#width };
  }

  /** Mixes a colour into the pixels from `start` on, each by its share. */
  #blend(shares: Float64Array, colour: Colour, start: number): void {
    for (let i = 0; i < shares.length; i++) {
      const share = Number(shares[i]);
      for (let channel = 0; channel < 3; channel++) {
        const at = (start + i) * 3 + channel;
        const paper = Number(this.#data[at]);
        this.#data[at] = Math.round(paper + (Number(colour[channel]) - paper) * share);
      }
    }
  }
}

/** The pixels between the least and the greatest place, of `size` in all. */
function pixelRange(places: readonly number[], size: number): [first: number, end: number] {
  return [Math.max(0, Math.floor(Math.min(...places))), Math.min(size, Math.ceil(Math.max(...places)))];
}

/** How much of each pixel [left, right) of a row a polygon covers, in [0, 1]. */
function coverage(points: readonly Point[], row: number, left: number, right: number): Float64Array {
  const shares = new Float64Array(Math.max(0, right - left));
  for (let scan = 0; scan < SCANS; scan++) {
    const xs = crossings(points, row + (scan + 0.5) / SCANS);
    for (let i = 0; i + 1 < xs.length; i += 2) cover(shares, Number(xs[i]) - left, Number(xs[i + 1]) - left);
  }
  return shares;
}

/** Where the edges of a polygon cross a horizontal line, from left to right. */
function crossings(points: readonly Point[], y: number): number[] {
  const xs: number[] = [];
  let [x0, y0] = points.at(-1) ?? [0, 0];
  for (const [x1, y1] of points) {
    if (y0 < y !== y1 < y) xs.push(x0 + ((y - y0) / (y1 - y0)) * (x1 - x0));
    [x0, y0] = [x1, y1];
  }
  return xs.toSorted((a, b) => a - b);
}

/** Adds one scan line's share of each pixel between two places. */
function cover(shares: Float64Array, from: number, to: number): void {
  const end = Math.min(shares.length, Math.ceil(to));
  for (let x = Math.max(0, Math.floor(from)); x < end; x++) {
    shares[x] = Number(shares[x]) + (Math.min(to, x + 1) - Math.max(from, x)) / SCANS;
  }
}
