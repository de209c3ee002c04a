import { ResetNeededError } from "../../core/errors.ts";
import { stepGame } from "./game.ts";
import { generateLevel } from "./generate-level.ts";
import type { PlatformerState } from "./platformer-env.ts";
import { Scene } from "./scene.ts";

/** What an action in [0, 7) leads to in a saved state: equal answers look the same, pixel by pixel. */
export type VisibleOutcome = (state: PlatformerState, action: number) => string;

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
    // Two letters a pixel: a picture that can be compared, exact where a checksum would not be.
    return String.fromCharCode(...new Uint16Array(pixels.buffer, pixels.byteOffset, pixels.length * 2));
  };
}
