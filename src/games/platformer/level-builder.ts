import type { Rng } from "../../core/rng.ts";
import { ENEMY_SIZE, ROWS, Tile, TILE } from "./level.ts";
import type { Enemy, EnemyKind, Level } from "./level.ts";

/** Heights of the ground in tiles: what stands on the highest is still within the view. */
const [LOWEST, HIGHEST] = [1, 4];

/** Where an enemy goes about: from a column on, `range` pixels far, at its lowest `above` pixels over the ground. */
export type Beat = { readonly from: number; readonly range: number; readonly above: number };

/** Draws a level from left to right, column by column. */
export class LevelBuilder {
  readonly #rng: Rng;
  readonly #columns: Uint8Array[] = [];
  readonly #enemies: Enemy[] = [];
  #height: number;

  /** `height`: tiles of ground at the start. */
  constructor(rng: Rng, height: number) {
    this.#rng = rng;
    this.#height = height;
  }

  /** The next column. */
  get column(): number {
    return this.#columns.length;
  }

  /** Tiles of ground under the next column, if it is no pit. */
  get height(): number {
    return this.#height;
  }

  /** The pixel row on which one stands there. */
  get top(): number {
    return (ROWS - this.#height) * TILE;
  }

  /** Makes the ground higher or lower from here on, as far as the view allows. */
  climb(tiles: number): void {
    this.#height = Math.min(Math.max(this.#height + tiles, LOWEST), HIGHEST);
  }

  /** Plain ground. */
  flat(columns: number): void {
    this.topped(columns, Tile.empty, 0);
  }

  /** Ground that is as high as the view. */
  cliff(columns: number): void {
    this.topped(columns, Tile.ground, ROWS - this.#height);
  }

  /** Ground with `layers` of a tile on it. */
  topped(columns: number, tile: number, layers: number): void {
    for (let i = 0; i < columns; i++) {
      const column = new Uint8Array(ROWS).fill(Tile.ground, ROWS - this.#height);
      this.#columns.push(column.fill(tile, ROWS - this.#height - layers, ROWS - this.#height));
    }
  }

  /** Liquid instead of ground. */
  pit(columns: number): void {
    for (let i = 0; i < columns; i++) this.#columns.push(new Uint8Array(ROWS).fill(Tile.liquid, ROWS - 1));
  }

  /** A plank over columns that are there already, `above` tiles over the present height of the ground. */
  plank(from: number, columns: number, above = 0): void {
    const row = Math.max(ROWS - this.#height - above, 2);
    for (const column of this.#columns.slice(from, from + columns)) column[row] = Tile.plank;
  }

  /** Lets an enemy loose, anywhere on its way. A saw keeps within the view. */
  enemy(kind: EnemyKind, { from, range, above }: Beat): void {
    const lowest = this.top - above - ENEMY_SIZE[kind].height;
    const [reach, y] = kind === "saw" ? [Math.min(range, lowest), Math.max(lowest - range, 0)] : [range, lowest];
    this.#enemies.push({ kind, x: from * TILE, y, range: reach, phase: this.#rng.integer(2 * reach) });
  }

  build(): Pick<Level, "columns" | "tiles" | "enemies"> {
    const columns = this.column;
    const tiles = new Uint8Array(ROWS * columns);
    for (const [x, column] of this.#columns.entries()) {
      for (const [row, tile] of column.entries()) tiles[row * columns + x] = tile;
    }
    return { columns, tiles, enemies: this.#enemies };
  }
}
