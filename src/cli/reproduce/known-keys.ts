import type { ActionPairs } from "../../agents/index.ts";

/** Of the steps, those that a key must be the name of: fewer are names gone wrong, or too few to learn when to press it. */
const MIN_SHARE = 0.01;

/**
 * The keys that the steps of a video are called by, as an agent's own actions 0..count-1, but for the rarest: in the real game each is
 * the key itself, in the dream the latent action that stands for its key most often, of those that stand for no other key more often,
 * if there are any. An agent of latent actions would have to tell apart what is one key, and its keys would be draws.
 */
export class KnownKeys {
  readonly #keys: readonly number[];
  readonly #latents: readonly number[];

  /** Of the steps' latent actions and the keys that they are called, each [N]. */
  constructor({ latentActions, actions }: ActionPairs) {
    const named = Array.from(actions);
    const shareOf = (key: number): number => named.filter((name) => name === key).length / named.length;
    this.#keys = [...new Set(named)].filter((key) => shareOf(key) >= MIN_SHARE).toSorted((a, b) => a - b);
    // Not spread into Math.max: a video has more steps than a call may have arguments.
    const numLatents = Array.from(latentActions).reduce((most, latent) => Math.max(most, latent + 1), 0);
    const counts = this.#keys.map(() => new Array<number>(numLatents).fill(0));
    for (let step = 0; step < actions.length; step++) {
      const [row, latent] = [counts[this.ofKey(Number(actions[step]))], Number(latentActions[step])];
      if (row) row[latent] = (row[latent] ?? 0) + 1;
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

  /** The agent's action for a key; -1 for a rare one. */
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
