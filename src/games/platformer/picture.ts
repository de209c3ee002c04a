/**
 * A picture of 32-bit pixels, row-major: 0 is see-through, and 0x01BBGGRR opaque, which engines keep as plain integers.
 */
export type Picture = { readonly width: number; readonly height: number; readonly pixels: Int32Array };

const OPAQUE = 0x01000000;

/** A pixel from `#rrggbb`. */
export function colour(hex: string): number {
  const rgb = Number.parseInt(hex.slice(1), 16);
  return OPAQUE | ((rgb & 0xff) << 16) | (rgb & 0xff00) | (rgb >> 16);
}

/** The colour `share` of the way from one to the other. */
export function blend(from: number, to: number, share: number): number {
  let mixed = OPAQUE;
  for (const shift of [0, 8, 16]) {
    const [a, b] = [(from >> shift) & 0xff, (to >> shift) & 0xff];
    mixed |= Math.round(a + (b - a) * share) << shift;
  }
  return mixed;
}

/** A see-through picture. */
export function createPicture(width: number, height: number): Picture {
  return { width, height, pixels: new Int32Array(width * height) };
}

/** A picture drawn as text: a line per row, a letter per pixel, which `palette` knows; others are see-through. */
export function parsePicture(rows: readonly string[], palette: Readonly<Record<string, number>>): Picture {
  const picture = createPicture(rows[0]?.length ?? 0, rows.length);
  for (const [y, row] of rows.entries()) {
    for (const [x, letter] of Array.from(row).entries()) picture.pixels[y * picture.width + x] = palette[letter] ?? 0;
  }
  return picture;
}

/** The picture seen in a mirror at its side. */
export function mirror({ width, height, pixels }: Picture): Picture {
  const mirrored = pixels.map((_, i) => pixels[i - (i % width) + width - 1 - (i % width)] ?? 0);
  return { width, height, pixels: mirrored };
}

/** Fills a rectangle, as far as it lies on the picture. */
export function fillBox({ width, height, pixels }: Picture, box: Rectangle, pixel: number): void {
  const [left, right] = [Math.max(box.x, 0), Math.min(box.x + box.width, width)];
  if (left >= right) return;
  for (let y = Math.max(box.y, 0); y < Math.min(box.y + box.height, height); y++) {
    pixels.fill(pixel, y * width + left, y * width + right);
  }
}

/** Copies what is not see-through of `picture` onto `target`, its top left corner at (x, y). */
export function blit(target: Picture, picture: Picture, x: number, y: number): void {
  const [left, right] = [Math.max(0, -x), Math.min(picture.width, target.width - x)];
  const [top, bottom] = [Math.max(0, -y), Math.min(picture.height, target.height - y)];
  for (let row = top; row < bottom; row++) {
    const from = row * picture.width;
    const to = (row + y) * target.width + x;
    for (let column = left; column < right; column++) {
      const pixel = picture.pixels[from + column] ?? 0;
      if (pixel !== 0) target.pixels[to + column] = pixel;
    }
  }
}

type Rectangle = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
