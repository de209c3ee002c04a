import { describe, expect, test } from "vitest";

import { startGame, stepGame } from "../../src/games/platformer/game.ts";
import { generateLevel } from "../../src/games/platformer/generate-level.ts";
import {
  DIFFICULTIES,
  enemyAt,
  isSolid,
  ROWS,
  standingOn,
  Tile,
  TILE,
  tileAt,
} from "../../src/games/platformer/level.ts";
import type { Difficulty, Level } from "../../src/games/platformer/level.ts";
import { planToCoin } from "../../src/games/platformer/planner.ts";
import { levelOf } from "./platformer-level.ts";

function levels(difficulty: Difficulty, count: number): Level[] {
  return Array.from({ length: count }, (_, i) => generateLevel(1_000_000 + i, difficulty));
}

describe.each(DIFFICULTIES)("%s levels", (difficulty) => {
  test("are the same for their number, and different for another", () => {
    expect(generateLevel(7, difficulty)).toEqual(generateLevel(7, difficulty));
    const tiles = new Set(levels(difficulty, 50).map((level) => level.tiles.join("")));
    expect(tiles.size).toBe(50);
  });

  test("begin and end on firm ground, where nothing can kill", () => {
    for (const level of levels(difficulty, 100)) {
      const { start, coin, columns, enemies } = level;
      for (const x of [start.x, coin.x]) {
        const column = Math.floor(x / TILE);
        const top = Array.from({ length: ROWS }, (_, row) => row).find((row) => tileAt(level, column, row) !== 0);
        expect(isSolid(tileAt(level, column, top ?? 0))).toBe(true);
        expect(enemies.every((enemy) => Math.abs(enemyAt(enemy, 0).x - x) > 2 * TILE)).toBe(true);
      }
      expect(coin.x).toBeGreaterThan((columns - 6) * TILE);
    }
  });

  test("keep their enemies in bounds and few enough for one number's bits", () => {
    for (const { enemies, columns } of levels(difficulty, 100)) {
      expect(enemies.length).toBeLessThan(31);
      for (const enemy of enemies) {
        for (let steps = 0; steps < 2 * enemy.range; steps++) {
          const { x, y, width, height } = enemyAt(enemy, steps);
          expect(x >= 0 && x + width <= columns * TILE && y >= 0 && y + height <= (ROWS + 1) * TILE).toBe(true);
        }
      }
    }
  });

  test("can all be solved", () => {
    const unsolved = levels(difficulty, 60).filter((level) => {
      const plan = planToCoin(level, startGame(level), { hold: 3, maxStates: 20_000 });
      let state = startGame(level);
      for (const action of plan) state = stepGame(level, state, action);
      return state.outcome !== "coin";
    });
    expect(unsolved.map(({ number }) => number)).toEqual([]);
  });
});

test("hard levels have what easy ones lack, and are longer", () => {
  const [easy, hard] = [levels("easy", 60), levels("hard", 60)];
  const kinds = (of: readonly Level[]) => new Set(of.flatMap(({ enemies }) => enemies.map(({ kind }) => kind)));
  const themes = (of: readonly Level[]) => new Set(of.map(({ theme }) => theme));
  const columns = (of: readonly Level[]) => of.reduce((sum, level) => sum + level.columns, 0);
  expect([kinds(easy).size, kinds(hard).size]).toEqual([1, 3]);
  expect([themes(easy).size, themes(hard).size]).toEqual([2, 5]);
  expect(columns(hard)).toBeGreaterThan(columns(easy) * 1.3);
});

describe("the planner", () => {
  test("finds the way, and the shortest on plain ground", () => {
    const level = { ...levelOf(["################"]), coin: { x: 80, y: 48, width: 8, height: 8 } };
    const plan = planToCoin(level, startGame(level), { hold: 3, maxStates: 1000 });
    expect(plan).toEqual(Array.from({ length: 17 }, () => 2));
  });

  test("comes as near as it can where there is no way", () => {
    const level = levelOf([...Array.from({ length: 6 }, () => ".....x.."), "########"]);
    const coin = { x: 56, y: 40, width: 8, height: 8 };
    let state = startGame(level);
    for (const action of planToCoin({ ...level, coin }, state, { hold: 3, maxStates: 1000 })) {
      state = stepGame(level, state, action);
    }
    expect(state).toMatchObject({ x: standingOn(4), outcome: "playing" });
  });

  test("has no plan where every way is deadly", () => {
    const level = levelOf(["~~~~~~~~"]);
    const doomed = { ...startGame(level), y: 48 };
    expect(planToCoin(level, doomed, { hold: 3, maxStates: 1000 })).toEqual([]);
  });
});

test("tiles beyond the sides are walls, beyond the top air", () => {
  const level = levelOf(["####"]);
  expect([tileAt(level, -1, 0), tileAt(level, 4, 0), tileAt(level, 0, -1), tileAt(level, 0, ROWS)]).toEqual([
    Tile.ground,
    Tile.ground,
    Tile.empty,
    Tile.empty,
  ]);
});
