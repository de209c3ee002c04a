import { enemyAt, HERO, isSolid, overlap, ROWS, Tile, TILE, tileAt } from "./level.ts";
import type { Box, Level } from "./level.ts";

/** The actions by number: the keys that a person holds, and what they make the hero do. */
export const ACTIONS = [
  { name: "noop", keys: [], direction: 0, isJump: false, isDown: false },
  { name: "left", keys: ["left"], direction: -1, isJump: false, isDown: false },
  { name: "right", keys: ["right"], direction: 1, isJump: false, isDown: false },
  { name: "jump", keys: ["jump"], direction: 0, isJump: true, isDown: false },
  { name: "left+jump", keys: ["jump", "left"], direction: -1, isJump: true, isDown: false },
  { name: "right+jump", keys: ["jump", "right"], direction: 1, isJump: true, isDown: false },
  { name: "down", keys: ["down"], direction: 0, isJump: false, isDown: true },
] as const;

/** The numbers of the actions in `ACTIONS`. */
export const Action = { noop: 0, left: 1, right: 2, jump: 3, leftJump: 4, rightJump: 5, down: 6 } as const;

/** How an episode stands. */
export type Outcome = "playing" | "coin" | "died";

/** All that changes in an episode, as plain data: whole pixels and whole steps. */
export type GameState = {
  /** The top left pixel of the hero. */
  readonly x: number;
  readonly y: number;
  /** Speed downwards at the end of the last step, in pixels a step. */
  readonly vy: number;
  /** 1 when the hero looks right, -1 when left. */
  readonly facing: 1 | -1;
  /** Whether it came any further: not against a wall. */
  readonly isRunning: boolean;
  readonly isDucking: boolean;
  /** Steps since the start; they move the enemies too. */
  readonly steps: number;
  /** Bit i is set when enemy i was jumped on. */
  readonly defeated: number;
  readonly outcome: Outcome;
};

/**
 * Pixels that the hero runs in a step, or does not run at all: half a tile, so that it always stands on a tile or between
 * two, and all layers of the picture scroll by whole pixels (a world that is learnt from video would have to tell apart
 * phases of the scroll that are in no key).
 */
export const RUN_SPEED = TILE / 2;
const JUMP_SPEED = 6;
/** The fastest that the hero rises once jump is let go. */
const SHORT_JUMP_SPEED = 3;
const BOUNCE_SPEED = 5;
const MIN_DIVE_SPEED = 4;
const MAX_FALL_SPEED = 7;
/** How far below an enemy's top the hero's feet may start when it lands on the enemy. */
const STOMP_REACH = 2;
const SPIKE_HEIGHT = 5;
const LIQUID_HEIGHT = 4;

/** The hero at the start of a level. */
export function startGame({ start }: Level): GameState {
  const still = { vy: 0, facing: 1, isRunning: false, isDucking: false } as const;
  return { ...start, ...still, steps: 0, defeated: 0, outcome: "playing" };
}

/**
 * The state one step after `state`, under an action in [0, 7). Left and right have effect at once, on the ground as in
 * the air. Jump works on the ground, and goes higher the longer it is held; down ducks, drops through planks and dives.
 */
export function stepGame(level: Level, state: GameState, action: number): GameState {
  const { direction, isJump, isDown } = ACTIONS[action] ?? ACTIONS[0];
  const isCarried = isGrounded(level, state, isDown);
  const x = moveAcross(level, state, direction * RUN_SPEED);
  const speed = isCarried ? (isJump ? -JUMP_SPEED : 0) : fallSpeed(state.vy, isJump, isDown);
  const { y, vy } = moveDown(level, { x, y: state.y, vy: speed }, isDown);
  const moved = {
    x,
    y,
    vy,
    facing: direction === 0 ? state.facing : direction,
    isRunning: x !== state.x,
    isDucking: isDown && isCarried,
    steps: state.steps + 1,
    defeated: state.defeated,
    outcome: state.outcome,
  };
  return settle(level, state.y, moved);
}

/** Whether something carries the hero; with `isDown`, planks do not. */
export function isGrounded(
  level: Level,
  { x, y }: { readonly x: number; readonly y: number },
  isDown = false,
): boolean {
  const feet = y + HERO.height;
  return feet % TILE === 0 && carries(level, x, feet / TILE, isDown);
}

/** What of the hero enemies and hazards touch. */
export function heroBox({ x, y, isDucking }: Pick<GameState, "x" | "y" | "isDucking">): Box {
  const height = isDucking ? HERO.duckingHeight : HERO.height;
  return { x, y: y + HERO.height - height, width: HERO.width, height };
}

function fallSpeed(vy: number, isJump: boolean, isDown: boolean): number {
  const before = isJump ? vy : Math.max(vy, -SHORT_JUMP_SPEED);
  const after = Math.min(before + 1, MAX_FALL_SPEED);
  return isDown ? Math.max(after, MIN_DIVE_SPEED) : after;
}

/** Where the hero stands after it ran `vx` pixels: where it was when something is in its way. */
function moveAcross(level: Level, { x, y }: GameState, vx: number): number {
  const target = x + vx;
  const column = Math.floor((vx > 0 ? target + HERO.width - 1 : target) / TILE);
  const [top, bottom] = [Math.floor(y / TILE), Math.floor((y + HERO.height - 1) / TILE)];
  for (let row = top; row <= bottom; row++) {
    if (isSolid(tileAt(level, column, row))) return x;
  }
  return target;
}

type Fall = { readonly x: number; readonly y: number; readonly vy: number };

/** Falls or rises `vy` pixels, or until something is in the way; then the speed is gone. */
function moveDown(level: Level, { x, y, vy }: Fall, isDown: boolean): { readonly y: number; readonly vy: number } {
  const target = y + vy;
  if (vy > 0) {
    const [before, row] = [y + HERO.height, Math.floor((target + HERO.height - 1) / TILE)];
    // Planks carry who comes from above.
    const lands = carries(level, x, row, isDown || before > row * TILE);
    return lands ? { y: row * TILE - HERO.height, vy: 0 } : { y: target, vy };
  }
  const row = Math.floor(target / TILE);
  if (target < 0) return { y: 0, vy: 0 };
  const hits = vy < 0 && isOver(level, x, row, isSolid);
  return hits ? { y: (row + 1) * TILE, vy: 0 } : { y: target, vy };
}

function carries(level: Level, x: number, row: number, onlySolid: boolean): boolean {
  return isOver(level, x, row, onlySolid ? isSolid : isCarrying);
}

function isCarrying(tile: number): boolean {
  return isSolid(tile) || tile === Tile.plank;
}

/** Whether one of the cells of a row, where the hero's columns are, is of a kind. */
function isOver(level: Level, x: number, row: number, isOfKind: (tile: number) => boolean): boolean {
  const last = Math.floor((x + HERO.width - 1) / TILE);
  for (let column = Math.floor(x / TILE); column <= last; column++) {
    if (isOfKind(tileAt(level, column, row))) return true;
  }
  return false;
}

/** What becomes of the hero where it now is, `before` being its old y: coin, then hazards, then enemies. */
export function settle(level: Level, before: number, moved: GameState): GameState {
  const box = heroBox(moved);
  if (overlap(box, level.coin)) return { ...moved, outcome: "coin" };
  if (isInHazard(level, box)) return { ...moved, outcome: "died" };
  for (const [i, enemy] of level.enemies.entries()) {
    if ((moved.defeated & (1 << i)) !== 0) continue;
    const other = enemyAt(enemy, moved.steps);
    if (!overlap(box, other)) continue;
    const isStomped = enemy.kind !== "saw" && moved.y > before && before + HERO.height <= other.y + STOMP_REACH;
    if (!isStomped) return { ...moved, outcome: "died" };
    return { ...moved, vy: -BOUNCE_SPEED, defeated: moved.defeated | (1 << i) };
  }
  return moved;
}

/** Whether the hero is in spikes or liquid, a pixel of its sides not counted, or below the view. */
function isInHazard(level: Level, { x, y, width, height }: Box): boolean {
  const feet = y + height;
  const row = Math.floor((feet - 1) / TILE);
  if (row >= ROWS) return true;
  const last = Math.floor((x + width - 2) / TILE);
  for (let column = Math.floor((x + 1) / TILE); column <= last; column++) {
    const tile = tileAt(level, column, row);
    const depth = feet - (row + 1) * TILE;
    if (tile === Tile.spikes && depth > -SPIKE_HEIGHT) return true;
    if (tile === Tile.liquid && depth > -LIQUID_HEIGHT) return true;
  }
  return false;
}
