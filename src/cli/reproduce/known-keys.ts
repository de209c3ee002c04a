import type { ActionPairs } from "../../agents/index.ts";

/**
 * The keys that the steps of a video are called by, as an agent's own actions 0..count-1: in the real game each is the key itself, in
 * the dream the latent action that stands for its key most often, of those that stand for no other key more often, if there are any.
 * An agent of latent actions would have to tell apart what is one key, and its keys would be draws.
 */
export class KnownKeys {
  readonly #keys: readonly number[];
  readonly #latents: readonly number[];

  /** Of the steps' latent actions and the keys that they are called, each [N]. */
  constructor({ latentActions, actions }: ActionPairs) {
    this.#keys = [...new Set(Array.from(actions))].toSorted((a, b) => a - b);
    const numLatents = Math.max(...Array.from(latentActions)) + 1;
    const counts = this.#keys.map(() => new Array<number>(numLatents).fill(0));
    for (let step = 0; step < actions.length; step++) {
      const [row, latent] = [counts[this.ofKey(Number(actions[step]))] ?? [], Number(latentActions[step])];
      row[latent] = (row[latent] ?? 0) + 1;
    }
    const most = Array.from({ length: numLatents }, (_, latent) => Math.max(...counts.map((row) => row[latent] ?? 0)));
    this.#latents = counts.map((row) => {
      const own = row.map((count, latent) => (count === most[latent] ? count : 0));
      const best = Math.max(...own) > 0 ? own : row;
      return best.indexOf(Math.max(...best));
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
