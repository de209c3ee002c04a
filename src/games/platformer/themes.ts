import { Rng } from "../../core/rng.ts";
import type { ThemeName } from "./level.ts";
import { blend, blit, colour, createPicture, fillBox } from "./picture.ts";
import type { Picture } from "./picture.ts";

/** The width after which a backdrop begins again; a power of two. */
export const BACKDROP_WIDTH = 256;
const HEIGHT = 64;

/** What a theme gives a level: colours of its tiles, and two layers behind them. */
export type Theme = {
  /** The ground's crust, the row under it, its body, and the specks in it. */
  readonly crust: number;
  readonly edge: number;
  readonly soil: number;
  readonly speck: number;
  readonly foam: number;
  readonly liquid: number;
  /** Sky and horizon; no pixel is see-through. */
  readonly far: Picture;
  /** What stands before it. */
  readonly near: Picture;
};

/** The theme of this name, painted when it is first asked for. */
export function themeOf(name: ThemeName): Theme {
  const known = painted.get(name);
  if (known !== undefined) return known;
  const theme = paint(name);
  painted.set(name, theme);
  return theme;
}

const painted = new Map<ThemeName, Theme>();

/** The height of a silhouette over the bottom at column x, in pixels; it repeats after `BACKDROP_WIDTH` columns. */
type Silhouette = (x: number) => number;

type Design = {
  readonly tiles: Readonly<Record<"crust" | "edge" | "soil" | "speck" | "foam" | "liquid", string>>;
  readonly sky: readonly [top: string, bottom: string];
  /** Things in the sky. */
  readonly light: "sun" | "moon" | "none";
  readonly dots: { readonly count: number; readonly hex: string };
  readonly far: readonly [shape: Shape, height: number, hex: string];
  readonly near: readonly [shape: Shape, height: number, hex: string];
};

const DESIGNS: { readonly [N in ThemeName]: Design } = {
  meadow: {
    tiles: { crust: "#7ed04a", edge: "#3f9a3c", soil: "#8b5a3c", speck: "#6e4330", foam: "#bfe9ff", liquid: "#2f8fe0" },
    sky: ["#4d93d9", "#a9d8ee"],
    light: "sun",
    dots: { count: 0, hex: "#ffffff" },
    far: [hills, 47, "#6aa7b8"],
    near: [trees, 38, "#3f8560"],
  },
  desert: {
    tiles: { crust: "#f0c872", edge: "#cf9746", soil: "#b8793a", speck: "#98602c", foam: "#ffe28a", liquid: "#e8641e" },
    sky: ["#4fb0c6", "#f6dfa6"],
    light: "sun",
    dots: { count: 0, hex: "#ffffff" },
    far: [mesas, 50, "#d9955f"],
    near: [hills, 36, "#a3604c"],
  },
  snow: {
    tiles: { crust: "#f4fbff", edge: "#b4d3ea", soil: "#5f7fa3", speck: "#4c688c", foam: "#d8fbff", liquid: "#3ab0c9" },
    sky: ["#6f8fb8", "#c3d3e2"],
    light: "none",
    dots: { count: 60, hex: "#e9f2fa" },
    far: [peaks, 56, "#8499b5"],
    near: [trees, 38, "#46617f"],
  },
  cave: {
    tiles: { crust: "#9a86b8", edge: "#6a5588", soil: "#453a63", speck: "#352b50", foam: "#d4ff7a", liquid: "#54c234" },
    sky: ["#1b1430", "#382a5e"],
    light: "none",
    dots: { count: 14, hex: "#5fd0c8" },
    far: [peaks, 56, "#3f3168"],
    near: [mesas, 40, "#2c2150"],
  },
  night: {
    tiles: { crust: "#5f8f9e", edge: "#3c6676", soil: "#33435e", speck: "#28344c", foam: "#ff9ad0", liquid: "#b0307c" },
    sky: ["#0f1638", "#3a2f6b"],
    light: "moon",
    dots: { count: 50, hex: "#c9d3ff" },
    far: [towers, 54, "#2a2f66"],
    near: [towers, 38, "#1a1f4a"],
  },
};

function paint(name: ThemeName): Theme {
  const { tiles, sky, light, dots, far, near } = DESIGNS[name];
  const rng = new Rng(`platformer/${name}`);
  const backdrop = paintSky(colour(sky[0]), colour(sky[1]));
  for (let i = 0; i < dots.count; i++) {
    const dot = { x: rng.integer(BACKDROP_WIDTH), y: rng.integer(HEIGHT - 12), width: 1, height: 1 };
    fillBox(backdrop, dot, colour(dots.hex));
  }
  if (light !== "none") paintLight(backdrop, light);
  raise(backdrop, far[0](rng, far[1]), colour(far[2]), blend(colour(far[2]), colour(sky[1]), 0.5));
  const front = createPicture(BACKDROP_WIDTH, HEIGHT);
  raise(front, near[0](rng, near[1]), colour(near[2]), blend(colour(near[2]), colour(far[2]), 0.6));
  return {
    crust: colour(tiles.crust),
    edge: colour(tiles.edge),
    soil: colour(tiles.soil),
    speck: colour(tiles.speck),
    foam: colour(tiles.foam),
    liquid: colour(tiles.liquid),
    far: widen(backdrop),
    near: widen(front),
  };
}

/** Begins the picture again at its right, so that a view from any column lies within it. */
function widen({ width, height, pixels }: Picture): Picture {
  const wide = createPicture(width + HEIGHT, height);
  blit(wide, { width, height, pixels }, 0, 0);
  blit(wide, { width, height, pixels }, width, 0);
  return wide;
}

function paintSky(top: number, bottom: number): Picture {
  const sky = createPicture(BACKDROP_WIDTH, HEIGHT);
  // Bands of four rows: flat areas are easier on every codec.
  for (let y = 0; y < HEIGHT; y += 4) {
    fillBox(sky, { x: 0, y, width: BACKDROP_WIDTH, height: 4 }, blend(top, bottom, y / HEIGHT));
  }
  return sky;
}

/** The sun is a disc; the moon, one with a bite at its upper left. */
function paintLight(sky: Picture, light: "sun" | "moon"): void {
  const [x, y, radius] = [180, 13, 7];
  const pixel = colour(light === "sun" ? "#fff3b0" : "#e8ecff");
  for (let dy = -radius; dy <= radius; dy++) {
    const half = halfWidth(radius, dy);
    const bite = light === "moon" ? halfWidth(radius - 1, dy + 2) - 3 : -half;
    const left = Math.max(-half, bite);
    fillBox(sky, { x: x + left, y: y + dy, width: half + 1 - left, height: 1 }, pixel);
  }
}

/** Half the width of a disc, `dy` rows from its middle; none beyond its edge. */
function halfWidth(radius: number, dy: number): number {
  return Math.abs(dy) > radius ? -Infinity : Math.round(Math.sqrt(radius * radius - dy * dy));
}

/** Fills a silhouette from the bottom; its top two rows are lit. */
function raise(picture: Picture, silhouette: Silhouette, body: number, lit: number): void {
  for (let x = 0; x < BACKDROP_WIDTH; x++) {
    const top = HEIGHT - Math.round(silhouette(x));
    fillBox(picture, { x, y: top, width: 1, height: 2 }, lit);
    fillBox(picture, { x, y: top + 2, width: 1, height: HEIGHT }, body);
  }
}

/** Draws a silhouette of about `height` pixels. */
type Shape = (rng: Rng, height: number) => Silhouette;

function hills(rng: Rng, height: number): Silhouette {
  const [a, b] = [rng.uniform(), rng.uniform()];
  return (x) => height - 6 + 4 * wave(x, 2, a) + 3 * wave(x, 5, b);
}

function wave(x: number, periods: number, phase: number): number {
  return Math.sin(2 * Math.PI * ((x * periods) / BACKDROP_WIDTH + phase));
}

function peaks(rng: Rng, height: number): Silhouette {
  const tops = Array.from({ length: 9 }, (_, i) => ({
    x: Math.round(((i + rng.uniform() * 0.6) * BACKDROP_WIDTH) / 9),
    height: height * (0.55 + 0.45 * rng.uniform()),
  }));
  return (x) => Math.max(6, ...tops.map((top) => top.height - distance(x, top.x)));
}

/** Columns between x and `other`, the shorter way round. */
function distance(x: number, other: number): number {
  const across = Math.abs(x - other);
  return Math.min(across, BACKDROP_WIDTH - across);
}

function mesas(rng: Rng, height: number): Silhouette {
  const tables = Array.from({ length: 6 }, (_, i) => ({
    x: Math.round(((i + rng.uniform() * 0.5) * BACKDROP_WIDTH) / 6),
    half: 6 + rng.integer(9),
    height: height * (0.6 + 0.4 * rng.uniform()),
  }));
  return (x) =>
    Math.max(height * 0.4, ...tables.map((table) => table.height - 4 * Math.max(0, distance(x, table.x) - table.half)));
}

function trees(rng: Rng, height: number): Silhouette {
  const tops = Array.from({ length: 22 }, () => height * (0.6 + 0.4 * rng.uniform()));
  const pitch = BACKDROP_WIDTH / tops.length;
  return (x) => {
    const nearest = Math.floor(x / pitch);
    return Math.max(height * 0.35, (tops[nearest] ?? 0) - 2.2 * Math.abs(x - (nearest + 0.5) * pitch));
  };
}

function towers(rng: Rng, height: number): Silhouette {
  const tops = Array.from({ length: 16 }, () => Math.round(height * (0.45 + 0.55 * rng.uniform())));
  return (x) => tops[Math.floor((x * tops.length) / BACKDROP_WIDTH)] ?? 0;
}
