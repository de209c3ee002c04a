import { Rng } from "../../core/rng.ts";
import { LevelBuilder } from "./level-builder.ts";
import { HERO, HERO_TILE, standingOn, Tile, TILE, VIEW_TILES } from "./level.ts";
import type { Difficulty, Level, ThemeName } from "./level.ts";

/**
 * Level `number` of a difficulty, the same for ever. It is a row of sections that begin and end on firm ground and ask
 * for no more than a jump of 4 tiles across or 2 up, past enemies that go away again: every level can be solved. Before the
 * start and after the coin there is as much as the view needs, so that it scrolls wherever the hero runs.
 */
export function generateLevel(number: number, difficulty: Difficulty): Level {
  const rng = new Rng(`platformer/${difficulty}/${number}`);
  const plan = PLANS[difficulty];
  const theme = pick(rng, plan.themes);
  const builder = new LevelBuilder(rng, between(rng, 1, 3));
  builder.cliff(HERO_TILE);
  const start = { x: standingOn(HERO_TILE + 2), y: builder.top - HERO.height };
  builder.flat(6);
  let kind = rng.integer(plan.kinds.length);
  for (let i = between(rng, ...plan.sections); i > 0; i--) {
    plan.kinds[kind]?.(builder, rng);
    builder.flat(between(rng, ...plan.rest));
    // Another kind each time.
    kind = (kind + 1 + rng.integer(plan.kinds.length - 1)) % plan.kinds.length;
  }
  builder.flat(2);
  const coin = { x: builder.column * TILE, y: builder.top - TILE - 2, width: TILE, height: TILE };
  builder.flat(VIEW_TILES - HERO_TILE);
  return { number, difficulty, theme, start, coin, ...builder.build() };
}

/** Appends a stretch of level that ends on firm ground, where more follows. */
type Section = (level: LevelBuilder, rng: Rng) => void;

type Plan = {
  readonly themes: readonly [ThemeName, ...ThemeName[]];
  /** How many sections, from and to. */
  readonly sections: readonly [min: number, max: number];
  /** Tiles of plain ground after each section, from and to. */
  readonly rest: readonly [min: number, max: number];
  readonly kinds: readonly Section[];
};

const PLANS: { readonly [D in Difficulty]: Plan } = {
  easy: {
    themes: ["meadow", "desert"],
    sections: [4, 6],
    rest: [2, 4],
    kinds: [hill, gap(1, 2), crates, spikes(1, 1), slimes(1), scaffold],
  },
  hard: {
    themes: ["meadow", "desert", "snow", "cave", "night"],
    sections: [6, 9],
    rest: [1, 3],
    kinds: [hill, gap(2, 4), crates, spikes(1, 3), slimes(2), scaffold, bat, saw, sawPit, islands, pillars],
  },
};

function hill(level: LevelBuilder, rng: Rng): void {
  for (let i = between(rng, 2, 4); i > 0; i--) {
    level.climb(pick(rng, [-1, 1, 2]));
    level.flat(between(rng, 1, 3));
  }
}

function gap(min: number, max: number): Section {
  return (level, rng) => {
    level.pit(between(rng, min, max));
    level.climb(between(rng, -1, 1));
    level.flat(2);
  };
}

function crates(level: LevelBuilder, rng: Rng): void {
  for (let i = between(rng, 1, 3); i > 0; i--) {
    level.topped(1, Tile.crate, between(rng, 1, 2));
    level.flat(between(rng, 2, 3));
  }
}

function spikes(min: number, max: number): Section {
  return (level, rng) => {
    level.flat(1);
    level.topped(between(rng, min, max), Tile.spikes, 1);
    level.flat(2);
  };
}

function slimes(count: number): Section {
  return (level, rng) => {
    const columns = between(rng, 5, 8);
    for (let i = 0; i < count; i++) {
      level.enemy("slime", { from: level.column + 1, range: (columns - 2) * TILE, above: 0 });
    }
    level.flat(columns);
  };
}

/** A way above and a way below. */
function scaffold(level: LevelBuilder, rng: Rng): void {
  const [from, columns] = [level.column, between(rng, 5, 8)];
  if (rng.integer(2) === 0) level.enemy("slime", { from: from + 1, range: (columns - 2) * TILE, above: 0 });
  level.flat(columns);
  level.plank(from + 1, columns - 2, 2);
}

/** High enough to duck under, or to walk under. */
function bat(level: LevelBuilder, rng: Rng): void {
  const columns = between(rng, 6, 9);
  level.enemy("bat", { from: level.column + 1, range: (columns - 2) * TILE, above: pick(rng, [6, 14]) });
  level.flat(columns);
}

function saw(level: LevelBuilder, rng: Rng): void {
  level.flat(3);
  level.enemy("saw", { from: level.column, range: between(rng, 20, 28), above: 0 });
  level.flat(4);
}

function sawPit(level: LevelBuilder, rng: Rng): void {
  level.flat(1);
  level.enemy("saw", { from: level.column + 1, range: between(rng, 28, 36), above: -TILE });
  level.pit(3);
  level.flat(2);
}

/** Planks over a wide pit. */
function islands(level: LevelBuilder, rng: Rng): void {
  for (let i = between(rng, 2, 3); i > 0; i--) {
    level.pit(between(rng, 2, 3));
    level.climb(between(rng, -1, 1));
    const columns = between(rng, 2, 3);
    level.pit(columns);
    level.plank(level.column - columns, columns);
  }
  level.pit(2);
  level.flat(2);
}

function pillars(level: LevelBuilder, rng: Rng): void {
  for (let i = between(rng, 2, 3); i > 0; i--) {
    level.pit(between(rng, 2, 3));
    level.climb(between(rng, -1, 1));
    level.flat(between(rng, 1, 2));
  }
  level.pit(2);
  level.flat(2);
}

/** An integer in [min, max]. */
function between(rng: Rng, min: number, max: number): number {
  return min + rng.integer(max - min + 1);
}

function pick<T>(rng: Rng, choices: readonly [T, ...T[]]): T {
  return choices[rng.integer(choices.length)] ?? choices[0];
}
