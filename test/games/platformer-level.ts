import { ROWS, standingOn, Tile, TILE } from "../../src/games/platformer/level.ts";
import type { Enemy, Level } from "../../src/games/platformer/level.ts";

const LETTERS: Readonly<Record<string, number>> = {
  "#": Tile.ground,
  x: Tile.crate,
  "=": Tile.plank,
  "^": Tile.spikes,
  "~": Tile.liquid,
};

/** A level whose lowest rows are these; the hero starts on the ground of column `start`, and the coin is far away. */
export function levelOf(rows: readonly string[], start = 1, enemies: readonly Enemy[] = []): Level {
  const columns = rows[0]?.length ?? 0;
  const empty = Array.from({ length: ROWS - rows.length }, () => ".".repeat(columns));
  const tiles = Uint8Array.from([...empty, ...rows].join(""), (letter) => LETTERS[letter] ?? Tile.empty);
  const lowest = Array.from({ length: ROWS }, (_, row) => row).findLast((row) => tiles[row * columns + start] === 0);
  const floor = (lowest ?? -1) + 1;
  return {
    number: 0,
    difficulty: "easy",
    theme: "meadow",
    columns,
    tiles,
    enemies,
    start: { x: standingOn(start), y: floor * TILE - 10 },
    coin: { x: (columns - 1) * TILE, y: 0, width: 8, height: 8 },
  };
}
