import { ResetNeededError } from "../core/errors.ts";
import type { AutoresetMode } from "./env.ts";

/** Where one row stands: before its first reset, within an episode, or behind its end. */
export type EpisodePhase = "fresh" | "running" | "ended";

/** One row's counters, as plain data. */
export type EpisodeState = { readonly phase: EpisodePhase; readonly steps: number };

/**
 * The bookkeeping of a vector environment: steps per episode, the horizon, and which rows autoreset starts anew.
 * Every kind of vector environment drives the same one: `beginStep`, `advance`, and `start` for rows that were reset.
 */
export class Episodes {
  readonly #mode: AutoresetMode;
  readonly #horizon: number;
  readonly #rows: { phase: EpisodePhase; steps: number }[];

  /** `horizon`: steps after which an episode is truncated; Infinity for none. */
  constructor(numEnvs: number, mode: AutoresetMode, horizon: number) {
    this.#mode = mode;
    this.#horizon = horizon;
    this.#rows = Array.from({ length: numEnvs }, () => ({ phase: "fresh", steps: 0 }));
  }

  /** Steps since the row's reset, float64 [B]. */
  get steps(): Float64Array {
    return Float64Array.from(this.#rows, ({ steps }) => steps);
  }

  /** Throws `ResetNeededError` unless every row was reset once, or is about to be. */
  expectStarted(where: string, starting: readonly number[] = []): void {
    const fresh = this.#where("fresh").find((row) => !starting.includes(row));
    if (fresh !== undefined)
      throw new ResetNeededError(`${where}: environment ${fresh} has no frame yet - call reset first`);
  }

  /**
   * The rows that this step has to start anew instead of stepping them.
   * @throws ResetNeededError when a row was never reset, or has ended and autoreset is off.
   */
  beginStep(): number[] {
    this.expectStarted("step");
    const ended = this.#where("ended");
    if (this.#mode === "Disabled" && ended.length > 0) {
      throw new ResetNeededError(`step: the episode of environment ${ended[0]} is over - call reset first`);
    }
    return ended;
  }

  /** Puts rows at the start of an episode. */
  start(rows: readonly number[]): void {
    for (const row of rows) this.#rows[row] = { phase: "running", steps: 0 };
  }

  /** Counts one step of every row but those that were started anew. Returns the rows that the horizon cuts, uint8 [B]. */
  advance(terminated: Uint8Array, restarted: readonly number[]): Uint8Array {
    return Uint8Array.from(this.#rows, (row, i) => {
      if (restarted.includes(i)) return 0;
      row.steps += 1;
      const truncated = row.steps >= this.#horizon;
      if (truncated || terminated[i] === 1) row.phase = "ended";
      return truncated ? 1 : 0;
    });
  }

  /** The rows to start anew before the step returns. */
  endStep(): number[] {
    return this.#mode === "SameStep" ? this.#where("ended") : [];
  }

  getState(): EpisodeState[] {
    return this.#rows.map((row) => ({ ...row }));
  }

  setState(row: number, state: EpisodeState): void {
    this.#rows[row] = { ...state };
  }

  #where(wanted: EpisodePhase): number[] {
    return this.#rows.flatMap(({ phase }, i) => (phase === wanted ? [i] : []));
  }
}
