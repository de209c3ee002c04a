import { DataError, ResetNeededError } from "../../core/errors.ts";
import { Action, startGame, stepGame } from "./game.ts";
import { generateLevel } from "./generate-level.ts";
import type { Difficulty } from "./level.ts";
import type { PlatformerState } from "./platformer-env.ts";
import { Scene } from "./scene.ts";

/** A game to branch from: all of `PlatformerState` but the levels that come later. */
export type BranchState = Pick<PlatformerState, "level" | "difficulty" | "game">;

/** What an action in [0, 7) leads to in a saved state: equal answers look the same, pixel by pixel. */
export type VisibleOutcome = (state: BranchState, action: number) => string;

/**
 * Tells by branching what the next frame of a saved state shows under any action, as the `nextState` of `effectAccuracy`.
 * The level last asked for is kept: ask for states of one level together.
 *
 * What it returns throws ResetNeededError for a state in which the episode is over.
 */
export function visibleOutcomes(): VisibleOutcome {
  let scene: Scene | null = null;
  return ({ level, difficulty, game }, action) => {
    if (game.outcome !== "playing") {
      throw new ResetNeededError(`visibleOutcomes: the episode must go on, got one that ended by "${game.outcome}"`);
    }
    if (scene?.level.number !== level || scene.level.difficulty !== difficulty) {
      scene = new Scene(generateLevel(level, difficulty));
    }
    const { pixels } = scene.draw(stepGame(scene.level, game, action));
    // A letter a byte: a picture that can be compared, exact where a checksum would not be.
    return Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength).toString("latin1");
  };
}

/** What was played: a level from its start. */
export type PlayedLevel = {
  readonly level: number;
  readonly difficulty: Difficulty;
  /** The action of each step, in [0, 7), [T]. */
  readonly actions: ArrayLike<number>;
};

/**
 * The state that each action of a recorded episode was taken in, in order: the game is deterministic, so that actions
 * tell all.
 * @throws DataError when the episode is over before the actions are.
 */
export function* replayStates({ level, difficulty, actions }: PlayedLevel): Generator<BranchState> {
  const plan = generateLevel(level, difficulty);
  let game = startGame(plan);
  for (let step = 0; step < actions.length; step++) {
    if (game.outcome !== "playing") {
      throw new DataError(
        `replayStates: ${difficulty} level ${level} must last ${actions.length} steps, got its end after ${step} - ` +
          "it was recorded by another version of the game, or the name or difficulty is another's",
      );
    }
    yield { level, difficulty, game };
    game = stepGame(plan, game, actions[step] ?? Action.noop);
  }
}
