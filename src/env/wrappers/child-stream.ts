import type { Rng } from "../../core/rng.ts";
import type { AnyEnv } from "../wrapper.ts";

/**
 * A wrapper's own random stream, a child of its environment's: equal seeds give equal numbers, and the environment draws
 * what it would draw without the wrapper. It starts anew whenever the environment's does, by a seeded reset or because
 * `env.rng` was set.
 */
export class ChildStream {
  readonly #env: Pick<AnyEnv, "rng">;
  readonly #label: string;
  #parent: Rng | null = null;
  #rng: Rng | null = null;

  constructor(env: Pick<AnyEnv, "rng">, label: string) {
    this.#env = env;
    this.#label = label;
  }

  get rng(): Rng {
    const parent = this.#env.rng;
    if (this.#rng === null || parent !== this.#parent) this.#rng = parent.split(this.#label);
    this.#parent = parent;
    return this.#rng;
  }
}
