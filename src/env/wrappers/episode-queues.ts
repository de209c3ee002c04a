/** One finished episode: the sum of its rewards, its steps, and the seconds that it took. */
export type EpisodeStatistics = { readonly r: number; readonly l: number; readonly t: number };

/** Tells seconds since some moment. */
export type Clock = () => number;

/** The time that a program has been running. */
export const secondsNow: Clock = () => performance.now() / 1000;

/** Statistics of the latest episodes, oldest first; entry `i` of each list is of the same episode. */
export class EpisodeQueues {
  readonly #capacity: number;
  #episodes: EpisodeStatistics[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  push(episode: EpisodeStatistics): void {
    if (this.#episodes.length === this.#capacity) this.#episodes.shift();
    this.#episodes.push(episode);
  }

  /** Sums of rewards. */
  get returns(): number[] {
    return this.#episodes.map(({ r }) => r);
  }

  /** Steps. */
  get lengths(): number[] {
    return this.#episodes.map(({ l }) => l);
  }

  /** Seconds. */
  get times(): number[] {
    return this.#episodes.map(({ t }) => t);
  }
}
