import type { Rng } from "../core/rng.ts";

/** Steps that a stumble takes at the least and at the most. */
const STUMBLE = [1, 8] as const;

/** Makes a player stumble now and then: hold a random action for a few steps. */
export class Stumbles<Act> {
  readonly #rng: Rng;
  readonly #probability: number;
  readonly #draw: () => Act;
  #held: { readonly action: Act } | null = null;
  #stepsLeft = 0;

  /** `probability`: in [0, 1), that a step of the player's own begins a stumble; `draw` chooses what is held. */
  constructor(rng: Rng, probability: number, draw: () => Act) {
    this.#rng = rng;
    this.#probability = probability;
    this.#draw = draw;
  }

  /** What is held in the present step; null where the player chooses. */
  next(): { readonly action: Act } | null {
    if (this.#stepsLeft === 0 && this.#rng.uniform() < this.#probability) {
      const [min, max] = STUMBLE;
      this.#stepsLeft = min + this.#rng.integer(max - min + 1);
      this.#held = { action: this.#draw() };
    }
    if (this.#stepsLeft === 0) return null;
    this.#stepsLeft -= 1;
    return this.#held;
  }
}
