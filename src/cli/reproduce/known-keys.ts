import type { ActionPairs } from "../../agents/index.ts";

/**
 * The keys that the steps of a video are called by, as an agent's own actions 0..count-1: in the dream each is the latent action
 * that stands for its key most often, in the real game the key itself. An agent of latent actions would have to tell apart
 * what is one key, and its keys would be draws.
 */
export class KnownKeys {
  readonly #keys: readonly number[];
  readonly #latents: readonly number[];

  /** Of the steps' latent actions and the keys that they are called, each [N]. */
  constructor({ latentActions, actions }: ActionPairs) {
    const latentsOf = new Map<number, number[]>();
    for (let step = 0; step < actions.length; step++) {
      const [key, latent] = [Number(actions[step]), Number(latentActions[step])];
      const counts = latentsOf.get(key) ?? [];
      counts[latent] = (counts[latent] ?? 0) + 1;
      latentsOf.set(key, counts);
    }
    this.#keys = [...latentsOf.keys()].toSorted((a, b) => a - b);
    this.#latents = this.#keys.map((key) => {
      const counts = Array.from(latentsOf.get(key) ?? [], (count) => count ?? 0);
      return counts.indexOf(Math.max(...counts));
    });
  }

  /** How many keys there are. */
  get count(): number {
    return this.#keys.length;
  }

  /** The agent's action for a key. */
  ofKey(key: number): number {
    return this.#keys.indexOf(key);
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
