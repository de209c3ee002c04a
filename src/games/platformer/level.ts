/** The side of a tile in pixels. */
export const TILE = 8;

/** Rows of every level: exactly as many as the view shows. */
export const ROWS = 8;

/** Columns of tiles that the view shows, and which of them the hero stays in. */
export const VIEW_TILES = 8;
export const HERO_TILE = 3;

/** What fills a cell of a level. Planks carry from above only; spikes and liquid kill. */
export const Tile = { empty: 0, ground: 1, crate: 2, plank: 3, spikes: 4, liquid: 5 } as const;

/** The hero's size in pixels, standing and ducking. */
export const HERO = { width: 6, height: 10, duckingHeight: 5 } as const;

/** The left pixel of a hero in the middle of a column of tiles. */
export function standingOn(column: number): number {
  return column * TILE + (TILE - HERO.width) / 2;
}

/** How hard levels are: "easy" has few hazards, "hard" has more of them, and all kinds. */
export const DIFFICULTIES = ["easy", "hard"] as const;
export type Difficulty = (typeof DIFFICULTIES)[number];

/** How a level looks. */
export const THEMES = ["meadow", "desert", "snow", "cave", "night"] as const;
export type ThemeName = (typeof THEMES)[number];

/**
 * What moves by itself. Slimes walk and bats fly from side to side; both fall to a jump on their head. Saws run up and
 * down, and nothing stops them.
 */
export type EnemyKind = "slime" | "bat" | "saw";

/** One enemy: it goes `range` pixels along its axis and back, from (x, y) on, all in pixels. */
export type Enemy = {
  readonly kind: EnemyKind;
  readonly x: number;
  readonly y: number;
  readonly range: number;
  /** Steps that it is ahead on its way. */
  readonly phase: number;
};

/** A rectangle in pixels; x goes right and y down from the level's top left corner. */
export type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** A level, the same for ever for its number and difficulty. */
export type Level = {
  readonly number: number;
  readonly difficulty: Difficulty;
  readonly theme: ThemeName;
  readonly columns: number;
  /** Row-major [ROWS, columns], values of `Tile`. */
  readonly tiles: Uint8Array;
  /** At most 31. */
  readonly enemies: readonly Enemy[];
  /** Where the hero begins: the top left pixel. */
  readonly start: { readonly x: number; readonly y: number };
  readonly coin: Box;
};

/** The size of an enemy of each kind: what the hero must touch for anything to happen. */
export const ENEMY_SIZE = {
  slime: { width: 8, height: 6 },
  bat: { width: 8, height: 6 },
  saw: { width: 8, height: 8 },
} as const;

/** Whether an enemy is on its way back after `steps` steps, and where it then is. */
export function enemyAt(enemy: Enemy, steps: number): Box & { readonly isReturning: boolean } {
  const { kind, x, y, range, phase } = enemy;
  const way = (phase + steps) % (2 * range);
  const isReturning = way >= range;
  const offset = isReturning ? 2 * range - way : way;
  const { width, height } = ENEMY_SIZE[kind];
  return kind === "saw"
    ? { x, y: y + offset, width, height, isReturning }
    : { x: x + offset, y, width, height, isReturning };
}

/** What fills the cell at this column and row; the level is walled in at its sides and open above and below. */
export function tileAt({ tiles, columns }: Level, column: number, row: number): number {
  if (column < 0 || column >= columns) return Tile.ground;
  if (row < 0 || row >= ROWS) return Tile.empty;
  return tiles[row * columns + column] ?? Tile.empty;
}

/** Whether nothing passes through a tile. */
export function isSolid(tile: number): boolean {
  return tile === Tile.ground || tile === Tile.crate;
}

/** Whether two boxes share a pixel. */
export function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
