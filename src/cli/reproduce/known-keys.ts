import type { ActionDictionary } from "../../agents/index.ts";

/**
 * The keys that labels call latent actions by, as an agent's own actions 0..count-1: in the dream each is the latent action
 * that stands for its key most often, in the real game the key itself. An agent of latent actions would have to tell apart
 * what is one key, and its keys would be draws.
 */
export class KnownKeys {
  readonly #keys: readonly number[];
  readonly #names: Int32Array;
  readonly #latents: readonly number[];

  constructor(dictionary: ActionDictionary) {
    const { counts } = dictionary.toJSON();
    this.#names = dictionary.translate([...counts.keys()]);
    this.#keys = [...new Set(this.#names)].toSorted((a, b) => a - b);
    this.#latents = this.#keys.map((key) => {
      const shares = counts.map((row) => row[key] ?? 0);
      return shares.indexOf(Math.max(...shares));
    });
  }

  /** How many keys there are. */
  get count(): number {
    return this.#keys.length;
  }

  /** The agent's action for what a latent action is called. */
  ofLatent(latent: number): number {
    return this.#keys.indexOf(Number(this.#names[latent]));
  }

  /** The latent action for an action of the agent's. */
  latent(action: number): number {
    return Number(this.#latents[action]);
  }

  /** The real action for an action of the agent's. */
  key(action: number): number {
    return Number(this.#keys[action]);
  }
}
