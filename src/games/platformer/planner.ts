import { Action, isGrounded, RUN_SPEED, settle, stepGame } from "./game.ts";
import type { GameState } from "./game.ts";
import { HERO, ROWS, TILE } from "./level.ts";
import type { Level } from "./level.ts";

/** How to search. */
export type PlannerOptions = {
  /** Steps that each action of a plan is held. */
  readonly hold: number;
  /** States to look at before the best way so far has to do. */
  readonly maxStates: number;
  /**
   * Steps that the hero may run on by mistake, whenever it stands, without being lost. Above 0 it also stays clear, by a
   * step's run and a little of its height, of what kills and of the edges it lands behind. Default 0.
   */
  readonly margin?: number;
};

type Node = { readonly state: GameState; readonly action: number; readonly parent: Node | null };

/** The last is tried first where all seem equal: plain running. */
const TRIED = [
  Action.down,
  Action.left,
  Action.leftJump,
  Action.noop,
  Action.jump,
  Action.rightJump,
  Action.right,
] as const;
/** Above 1 the search hurries to the coin instead of finding the very shortest way. */
const GREED = 1.5;
/** A place may be visited again after so many steps: enemies have moved on. */
const PATIENCE = 8;
/** Pixels that a careful hero stays above what kills: half a jump's first step. */
const CLEARANCE = 3;

/**
 * The actions that lead from `state` to the coin, one per step, found by a best-first search over the game itself; or,
 * where the search ends before, those that lead furthest. Empty when every way is deadly.
 */
export function planToCoin(level: Level, state: GameState, { hold, maxStates, margin = 0 }: PlannerOptions): number[] {
  const open = new CostQueue<Node>();
  const visited = new Set<number>();
  let best: Node = { state, action: 0, parent: null };
  let node: Node | undefined = best;
  for (let count = 0; node !== undefined && count < maxStates; count++) {
    if (remaining(level, node.state) < remaining(level, best.state)) best = node;
    if (node.state.outcome === "coin") return actionsTo(node);
    for (const action of TRIED) {
      const next =
        margin > 0 ? holdClear(level, node.state, action, hold) : holdAction(level, node.state, action, hold);
      if (next === null || next.outcome === "died") continue;
      const key = placeInTime(next);
      if (visited.has(key)) continue;
      if (margin > 0 && isReckless(level, next, margin)) continue;
      visited.add(key);
      open.push({ state: next, action, parent: node }, Math.floor(next.steps + GREED * remaining(level, next)));
    }
    node = open.pop();
  }
  return actionsTo(best);
}

/** Steps that running to the coin takes at the least. */
function remaining({ coin }: Level, { x, outcome }: GameState): number {
  return outcome === "coin" ? 0 : Math.max(Math.abs(coin.x - x) / RUN_SPEED, 1);
}

/** Whether the hero stands where running on to the right for some steps would be its end. */
function isReckless(level: Level, state: GameState, margin: number): boolean {
  if (state.outcome !== "playing" || !isGrounded(level, state)) return false;
  const later = holdAction(level, state, Action.right, margin);
  return later.outcome === "died" || (later.outcome === "playing" && isOverPit(level, later));
}

/** Where the hero might as well be: a step earlier or later on its way, and a little lower. */
const NEARLY = [
  { dx: -RUN_SPEED, dy: 0 },
  { dx: RUN_SPEED, dy: 0 },
  { dx: 0, dy: CLEARANCE },
] as const;

/** Whether a step from `before` ends where it nearly kills, or lands nearly beside what carries. */
function isClose(level: Level, before: GameState, now: GameState): boolean {
  if (now.outcome !== "playing") return false;
  const isNearDeath = NEARLY.some(({ dx, dy }) => {
    const near = { ...now, x: now.x + dx, y: now.y + dy };
    return settle(level, before.y + dy, near).outcome === "died";
  });
  const lands = before.vy > 0 && isGrounded(level, now);
  return isNearDeath || (lands && isOverPit(level, { x: now.x - RUN_SPEED, y: now.y }));
}

/** Whether nothing below the hero carries. */
function isOverPit(level: Level, { x, y }: Pick<GameState, "x" | "y">): boolean {
  for (let feet = Math.ceil((y + HERO.height) / TILE) * TILE; feet < ROWS * TILE; feet += TILE) {
    if (isGrounded(level, { x, y: feet - HERO.height })) return false;
  }
  return true;
}

/** The same way by the plainest keys: of those that lead to the same state, the first of `PLAINEST`. */
export function withPlainKeys(level: Level, state: GameState, plan: readonly number[]): number[] {
  let now = state;
  return plan.map((action) => {
    const before = now;
    const next = (now = stepGame(level, before, action));
    return PLAINEST.find((plain) => isEqual(stepGame(level, before, plain), next)) ?? action;
  });
}

/** Who learns from a player would have to guess which of the keys that change nothing it holds. */
const PLAINEST = [
  Action.right,
  Action.noop,
  Action.left,
  Action.rightJump,
  Action.jump,
  Action.leftJump,
  Action.down,
] as const;

function isEqual(a: GameState, b: GameState): boolean {
  return a.x === b.x && a.y === b.y && a.vy === b.vy && a.defeated === b.defeated && a.outcome === b.outcome;
}

function holdAction(level: Level, state: GameState, action: number, steps: number): GameState {
  let next = state;
  for (let i = 0; i < steps && next.outcome === "playing"; i++) next = stepGame(level, next, action);
  return next;
}

/** The same; null where one of the steps comes too close to what kills. */
function holdClear(level: Level, state: GameState, action: number, steps: number): GameState | null {
  let next = state;
  for (let i = 0; i < steps && next.outcome === "playing"; i++) {
    const before = next;
    next = stepGame(level, before, action);
    if (isClose(level, before, next)) return null;
  }
  return next;
}

function placeInTime({ x, y, vy, steps }: GameState): number {
  return ((Math.floor(steps / PATIENCE) * 16 + vy + 8) * 128 + y + 16) * 2048 + x;
}

function actionsTo(node: Node): number[] {
  const actions: number[] = [];
  for (let last = node; last.parent !== null; last = last.parent) {
    const steps = last.state.steps - last.parent.state.steps;
    for (let i = 0; i < steps; i++) actions.push(last.action);
  }
  return actions.toReversed();
}

/** Items by an integer cost from 0 on; the cheapest come out first, of these the latest. */
class CostQueue<T> {
  readonly #buckets: T[][] = [];
  #lowest = 0;

  push(item: T, cost: number): void {
    (this.#buckets[cost] ??= []).push(item);
    this.#lowest = Math.min(this.#lowest, cost);
  }

  pop(): T | undefined {
    while (this.#lowest < this.#buckets.length) {
      const item = this.#buckets[this.#lowest]?.pop();
      if (item !== undefined) return item;
      this.#lowest++;
    }
    return undefined;
  }
}
