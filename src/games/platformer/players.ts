import type { Rng } from "../../core/rng.ts";
import { Stumbles } from "../stumbles.ts";
import { Action, ACTIONS, stepGame } from "./game.ts";
import type { GameState } from "./game.ts";
import type { Level } from "./level.ts";
import { planToCoin, withPlainKeys } from "./planner.ts";
import type { Game } from "./platformer-env.ts";

/** Who plays: says an action in [0, 7) for the present of a game, once a step. */
export type Player = { act(game: Game): number };

/** Presses any keys, and holds them for a while: 8 steps on average. */
export class RandomPlayer implements Player {
  readonly #rng: Rng;
  readonly #stickiness: number;
  #action: number;

  /** `stickiness`: the probability in [0, 1) that the next action is the last one again. */
  constructor(rng: Rng, { stickiness = 0.875 }: { readonly stickiness?: number } = {}) {
    this.#rng = rng;
    this.#stickiness = stickiness;
    this.#action = rng.integer(ACTIONS.length);
  }

  act(): number {
    if (this.#rng.uniform() >= this.#stickiness) this.#action = this.#rng.integer(ACTIONS.length);
    return this.#action;
  }
}

/** Knows the level, the enemies' ways and the rules, and plans the way to the coin with them. */
export class ExpertPlayer implements Player {
  #way: readonly number[] = [];
  /** The state in which the plan's first action is due. */
  #expected: Game | null = null;

  act({ level, state }: Game): number {
    const isOnPlan = this.#expected !== null && isSame(this.#expected, { level, state });
    if (!isOnPlan || this.#way.length === 0) this.#way = this.plan(level, state);
    const [action = 0, ...rest] = this.#way;
    this.#way = rest;
    this.#expected = { level, state: stepGame(level, state, action) };
    return action;
  }

  /** The way from here: coarse first; where that leads nowhere, finer. */
  protected plan(level: Level, state: GameState): number[] {
    const coarse = planToCoin(level, state, { hold: 3, maxStates: 4000 });
    return coarse.length > 0 ? coarse : planToCoin(level, state, { hold: 1, maxStates: 4000 });
  }
}

/** Steps that a careful expert could run on by mistake. */
const MARGIN = 3;

/**
 * An expert that is easier to learn from: it jumps a little before it must, keeps clear of what kills, and holds no key
 * that changes nothing but right. Where no such way leads to the coin, it plays like the other.
 */
export class CarefulExpert extends ExpertPlayer {
  protected override plan(level: Level, state: GameState): number[] {
    for (const hold of [3, 1]) {
      const way = planToCoin(level, state, { hold, maxStates: 4000, margin: MARGIN });
      if (leadsToCoin(level, state, way)) return withPlainKeys(level, state, way);
    }
    return withPlainKeys(level, state, super.plan(level, state));
  }
}

function leadsToCoin(level: Level, state: GameState, way: readonly number[]): boolean {
  let now = state;
  for (const action of way) if (now.outcome === "playing") now = stepGame(level, now, action);
  return now.outcome === "coin";
}

/** A careful expert that is now and then made to hold a random action for a few steps, and then goes on from there. */
export class DisturbedExpert implements Player {
  /** 1 for each step so far that was the expert's own, 0 for a stumble. */
  readonly weights: number[] = [];
  readonly #expert = new CarefulExpert();
  readonly #stumbles: Stumbles<number>;

  /** `disturbance`: the probability in [0, 1) that a step of the expert's own begins one. */
  constructor(rng: Rng, { disturbance }: { readonly disturbance: number }) {
    this.#stumbles = new Stumbles(rng, disturbance, () => rng.integer(ACTIONS.length));
  }

  act(game: Game): number {
    const stumble = this.#stumbles.next();
    this.weights.push(Number(stumble === null));
    return stumble === null ? this.#expert.act(game) : stumble.action;
  }
}

function isSame(a: Game, b: Game): boolean {
  if (a.level !== b.level) return false;
  const [p, q] = [a.state, b.state];
  return p.steps === q.steps && p.x === q.x && p.y === q.y && p.vy === q.vy && p.defeated === q.defeated;
}

/** What a mixed player does for a while: how often, and for how many steps at least and at most. */
const MOODS = [
  { name: "plan", share: 0.45, steps: [20, 80] },
  { name: "random", share: 0.2, steps: [10, 50] },
  { name: "rush", share: 0.12, steps: [10, 40] },
  { name: "return", share: 0.15, steps: [8, 30] },
  { name: "rest", share: 0.04, steps: [4, 16] },
  { name: "duck", share: 0.04, steps: [4, 16] },
] as const;
type Mood = (typeof MOODS)[number];
/** Steps that a mixed player runs against a wall. */
const PATIENCE = 3;

/**
 * Plays like a person who tries things: follows a plan for a while, then presses anything, runs on without looking, goes
 * back, or stands and ducks. It fails often enough to show how, and comes far enough to show whole levels.
 */
export class MixedPlayer implements Player {
  readonly #rng: Rng;
  readonly #moods: { readonly [N in Mood["name"]]: Player };
  #player: Player;
  #stepsLeft = 0;
  /** Where it last was, and the steps since it ran from there in vain. */
  #stuck = { x: 0, steps: 0 };

  constructor(rng: Rng) {
    this.#rng = rng;
    const random = new RandomPlayer(rng);
    /** Runs, and jumps about half of the time. */
    const hopper = (run: number, jump: number) => ({ act: () => (random.act() % 2 === 0 ? run : jump) });
    this.#moods = {
      plan: new ExpertPlayer(),
      random,
      rush: hopper(Action.right, Action.rightJump),
      return: hopper(Action.left, Action.leftJump),
      rest: { act: () => Action.noop },
      duck: { act: () => Action.down },
    };
    this.#player = this.#moods.plan;
  }

  act(game: Game): number {
    if (this.#stepsLeft === 0) this.#changeMood();
    this.#stepsLeft--;
    const action = this.#player.act(game);
    this.#noteProgress(game.state.x, ACTIONS[action]?.direction ?? 0);
    return action;
  }

  /** Nobody pushes against a wall for long. */
  #noteProgress(x: number, direction: number): void {
    const isStuck = direction !== 0 && x === this.#stuck.x;
    this.#stuck = { x, steps: isStuck ? this.#stuck.steps + 1 : 0 };
    if (this.#stuck.steps >= PATIENCE) this.#stepsLeft = 0;
  }

  #changeMood(): void {
    let drawn = this.#rng.uniform();
    const { name, steps } = MOODS.find(({ share }) => (drawn -= share) < 0) ?? MOODS[0];
    const [min, max] = steps;
    this.#player = this.#moods[name];
    this.#stepsLeft = min + this.#rng.integer(max - min + 1);
  }
}

const CREATE = {
  random: (rng: Rng): Player => new RandomPlayer(rng),
  mixed: (rng: Rng): Player => new MixedPlayer(rng),
  expert: (): Player => new ExpertPlayer(),
} as const;

/** The players by name, the weakest first. */
export const PLAYERS = ["random", "mixed", "expert"] as const;
export type PlayerName = (typeof PLAYERS)[number];

/** A player for one episode; its choices come from `rng`. */
export function createPlayer(name: PlayerName, rng: Rng): Player {
  return CREATE[name](rng);
}
