import { Action } from "../games/platformer/game.ts";

/** Steps that one press of jump or down lasts. */
const [JUMP_STEPS, DUCK_STEPS] = [7, 4];

/**
 * What the hero does when a person presses keys in a terminal, which tells no release: left and right run on until down
 * stops them; up or space jumps as high as can be.
 */
export class GameKeys {
  #direction: "left" | "right" | null = null;
  #jumpSteps = 0;
  #duckSteps = 0;

  /** A key by Node's name. Returns whether it means anything here. */
  press(key: string): boolean {
    if (key === "left" || key === "right") {
      this.#direction = key;
      this.#duckSteps = 0;
    } else if (key === "up" || key === "space") this.#jumpSteps = JUMP_STEPS;
    else if (key === "down") {
      this.#direction = null;
      this.#duckSteps = DUCK_STEPS;
    } else return false;
    return true;
  }

  /** Lets go of everything. */
  release(): void {
    this.#direction = null;
    this.#jumpSteps = 0;
    this.#duckSteps = 0;
  }

  /** The action of the next step. */
  next(): number {
    if (this.#jumpSteps > 0) {
      this.#jumpSteps -= 1;
      if (this.#direction === null) return Action.jump;
      return this.#direction === "left" ? Action.leftJump : Action.rightJump;
    }
    if (this.#duckSteps > 0) {
      this.#duckSteps -= 1;
      return Action.down;
    }
    return this.#direction === null ? Action.noop : Action[this.#direction];
  }
}
