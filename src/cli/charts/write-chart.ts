import sharp from "sharp";
import { writeFileAtomically } from "../../core/atomic-file.ts";

/** Dots a pixel of the SVG has in a PNG. */
const SCALE = 2;
const SVG_DPI = 72;

/** Writes a chart as `path`.svg and `path`.png. */
export async function writeChart(path: string, svg: string): Promise<void> {
  await writeFileAtomically(`${path}.svg`, svg);
  const png = await sharp(new TextEncoder().encode(svg), { density: SVG_DPI * SCALE })
    .png()
    .toBuffer();
  await writeFileAtomically(`${path}.png`, png);
}
