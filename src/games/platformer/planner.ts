import { Action, RUN_SPEED, stepGame } from "./game.ts";
import type { GameState } from "./game.ts";
import type { Level } from "./level.ts";

/** How to search. */
export type PlannerOptions = {
  /** Steps that each action of a plan is held. */
  readonly hold: number;
  /** States to look at before the best way so far has to do. */
  readonly maxStates: number;
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

/**
 * The actions that lead from `state` to the coin, one per step, found by a best-first search over the game itself; or,
 * where the search ends before, those that lead furthest. Empty when every way is deadly.
 */
export function planToCoin(level: Level, state: GameState, { hold, maxStates }: PlannerOptions): number[] {
  const open = new CostQueue<Node>();
  const visited = new Set<number>();
  let best: Node = { state, action: 0, parent: null };
  let node: Node | undefined = best;
  for (let count = 0; node !== undefined && count < maxStates; count++) {
    if (remaining(level, node.state) < remaining(level, best.state)) best = node;
    if (node.state.outcome === "coin") return actionsTo(node);
    for (const action of TRIED) {
      const next = holdAction(level, node.state, action, hold);
      const key = placeInTime(next);
      if (next.outcome === "died" || visited.has(key)) continue;
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

function holdAction(level: Level, state: GameState, action: number, steps: number): GameState {
  let next = state;
  for (let i = 0; i < steps && next.outcome === "playing"; i++) next = stepGame(level, next, action);
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
