import type { Actor } from "../../agents/index.ts";
import type { Rng } from "../../core/rng.ts";
import { Action, ACTIONS } from "../../games/platformer/game.ts";

/** Presses any key of the platformer, [0, 7), drawn anew in every step and row. */
export function randomActor(rng: Rng): Actor {
  return blindActor(() => rng.integer(ACTIONS.length));
}

/**
 * The share of steps in which `runAndJumpActor` presses jump, each drawn by itself. Chosen on easy training levels, as
 * strong as such a control can be: it solves three in ten there, where 0.2 solves one; anything from 0.6 to 0.9 does as well,
 * and so do runs of steps with and without jump (a Markov chain), longer ones less.
 */
const JUMP_SHARE = 0.7;

/**
 * Runs right for ever, and jumps at random: what an agent can owe to the habit alone, without a look at the picture or any
 * learning.
 */
export function runAndJumpActor(rng: Rng): Actor {
  return blindActor(() => (rng.uniform() < JUMP_SHARE ? Action.rightJump : Action.right));
}

/** An action for each row of a batch, whatever it shows. */
function blindActor(draw: () => number): Actor {
  return { act: (_obs, { starts } = {}) => Int32Array.from({ length: starts?.length ?? 1 }, draw) };
}
