import { ResetNeededError } from "../core/errors.ts";
import type { AutoresetMode } from "./env.ts";

/** Where a row may stand: before its first reset, within an episode, or behind its end. Stored by its place here. */
export const PHASES = ["fresh", "running", "ended"] as const;
const [FRESH, RUNNING, ENDED] = [0, 1, 2] as const;
const NO_ROWS: readonly number[] = Object.freeze([]);

/** Where one row stands. */
export type EpisodePhase = (typeof PHASES)[number];

/** One row's counters, as plain data. */
export type EpisodeState = { readonly phase: EpisodePhase; readonly steps: number };

/**
 * The one autoreset state machine: steps per episode, the horizon, and which rows a step starts anew.
 *
 * Every vector environment drives it in this order: `beginStep` says which rows the step starts instead of stepping
 * them, `advance` takes the flags of all rows, `endStep` says which rows to start before the step returns, and `start`
 * notes rows that were reset otherwise. Nothing is allocated while no episode ends.
 */
export class Episodes {
  readonly #mode: AutoresetMode;
  readonly #horizon: number;
  readonly #phases: Uint8Array;
  readonly #steps: Float64Array;
  #numFresh: number;
  #numEnded = 0;

  /** `horizon`: steps after which an episode is truncated; Infinity for none. */
  constructor(numEnvs: number, mode: AutoresetMode, horizon = Infinity) {
    this.#mode = mode;
    this.#horizon = horizon;
    this.#phases = new Uint8Array(numEnvs);
    this.#steps = new Float64Array(numEnvs);
    this.#numFresh = numEnvs;
  }

  /** Steps since each row's reset, float64 [B], in memory of its own. */
  get steps(): Float64Array {
    return this.#steps.slice();
  }

  /** Whether a row's episode is over. */
  hasEnded(row: number): boolean {
    return this.#phases[row] === ENDED;
  }

  /** @throws ResetNeededError unless every row was reset once, or is about to be. */
  expectStarted(where: string, starting: readonly number[] = NO_ROWS): void {
    if (this.#numFresh === 0) return;
    const fresh = this.#rowsIn(FRESH).find((row) => !starting.includes(row));
    if (fresh === undefined) return;
    const which = this.#phases.length === 1 ? "no episode has begun" : `environment ${fresh} has not begun an episode`;
    throw new ResetNeededError(`${where}: ${which} - call reset first`);
  }

  /**
   * The rows that this step starts anew instead of stepping them.
   * @throws ResetNeededError when a row was never reset, or has ended and autoreset is off.
   */
  beginStep(): readonly number[] {
    this.expectStarted("step");
    if (this.#numEnded === 0) return NO_ROWS;
    const ended = this.#rowsIn(ENDED);
    if (this.#mode !== "Disabled") return ended;
    if (this.#phases.length === 1) throw new ResetNeededError("step: the episode is over - call reset first");
    throw new ResetNeededError(
      `step: the episode of environment ${ended[0]} is over and autoreset is off - call reset with its reset_mask`,
    );
  }

  /** Notes that rows were put at the start of an episode. */
  start(rows: readonly number[]): void {
    for (const row of rows) this.#set(row, RUNNING, 0);
  }

  /**
   * Counts one step of every row, but for the rows of `beginStep`, which now begin an episode. Sets `truncated` where the
   * horizon cuts. Both: flags of this step, uint8 [B].
   */
  advance(terminated: Uint8Array, truncated: Uint8Array): void {
    const [phases, steps] = [this.#phases, this.#steps];
    for (let row = 0; row < phases.length; row++) {
      if (phases[row] === ENDED) {
        this.#set(row, RUNNING, 0);
        continue;
      }
      const count = Number(steps[row]) + 1;
      steps[row] = count;
      if (count >= this.#horizon) truncated[row] = 1;
      if (terminated[row] === 1 || truncated[row] === 1) this.#set(row, ENDED, count);
    }
  }

  /** The rows to start before the step returns; `start` them. */
  endStep(): readonly number[] {
    return this.#mode === "SameStep" && this.#numEnded > 0 ? this.#rowsIn(ENDED) : NO_ROWS;
  }

  /** Forgets all episodes: after a step that failed half-way, nobody knows where the rows stand. */
  abandon(): void {
    for (let row = 0; row < this.#phases.length; row++) this.#set(row, FRESH, 0);
  }

  getState(): EpisodeState[] {
    return Array.from(this.#phases, (phase, row) => ({
      phase: PHASES[phase] ?? "fresh",
      steps: Number(this.#steps[row]),
    }));
  }

  setState(row: number, { phase, steps }: EpisodeState): void {
    this.#set(row, PHASES.indexOf(phase), steps);
  }

  #set(row: number, phase: number, steps: number): void {
    const before = this.#phases[row];
    this.#numFresh += Number(phase === FRESH) - Number(before === FRESH);
    this.#numEnded += Number(phase === ENDED) - Number(before === ENDED);
    this.#phases[row] = phase;
    this.#steps[row] = steps;
  }

  #rowsIn(phase: number): number[] {
    const rows: number[] = [];
    for (let row = 0; row < this.#phases.length; row++) if (this.#phases[row] === phase) rows.push(row);
    return rows;
  }
}
