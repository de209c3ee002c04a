import { z } from "zod";

import { ClosedError, InvalidActionError } from "../../core/errors.ts";
import { parseOptions } from "../../core/options.ts";
import type { Rng } from "../../core/rng.ts";
import { describe, shorten } from "../describe.ts";
import type {
  EnvInfo,
  RenderFrame,
  RenderMode,
  ResetResult,
  VectorEnv,
  VectorMetadata,
  VectorStepResult,
} from "../env.ts";
import { Episodes } from "../episodes.ts";
import { entropySeed, seededRng } from "../seeding.ts";
import type { Space } from "../spaces/space.ts";
import type { EnvSpec } from "../spec.ts";
import { finalInfo } from "./batch-info.ts";
import { batchSpace, concatenateRows, readRows } from "./batch.ts";
import type { BatchOf } from "./batch.ts";
import { planReset } from "./reset-plan.ts";
import type { VectorResetArgs } from "./reset-plan.ts";
import { isListOf, RowVectorConfig } from "./row-vector-env.ts";
import type { ActionsOf, RowTemplate } from "./row-vector-env.ts";

/** The options that all native vector environments share: what `makeVec` passes on. */
export const BatchedConfig = RowVectorConfig.extend({
  numEnvs: z.int().positive().default(1).describe("rows of the batch"),
  maxEpisodeSteps: z.int().positive().nullable().default(null).describe("steps after which a row is truncated"),
});
export type BatchedOptions = z.input<typeof BatchedConfig>;

/** What a step of all rows writes, all zeros before: float64 [B] and flags uint8 [B]. */
export type BatchOutcome = {
  readonly rewards: Float64Array;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
};

/**
 * A vector environment that steps all rows in one loop over typed arrays: thousands of cheap environments without an
 * object for each. A subclass says how a row begins, how all go on, and how they look; here is the rest of the
 * contract. Row `i` draws from a random stream of its own, as environment `i` of a `SyncVectorEnv` does, so both play
 * the same episodes for the same seeds.
 */
export abstract class BatchedEnv<Obs, Act> implements VectorEnv<BatchOf<Obs>, ActionsOf<Act>>, Disposable {
  readonly numEnvs: number;
  readonly metadata: VectorMetadata;
  readonly renderMode: RenderMode;
  spec: EnvSpec | null = null;
  readonly observationSpace: Space<BatchOf<Obs>>;
  readonly actionSpace: Space<BatchOf<Act>>;
  readonly singleObservationSpace: Space<Obs>;
  readonly singleActionSpace: Space<Act>;
  readonly #episodes: Episodes;
  readonly #streams: ({ readonly rng: Rng; readonly seed: number } | undefined)[] = [];
  /** The rows that the current step starts anew, flags [B]. */
  readonly #idle: Uint8Array;
  #isHalfway = false;
  #isClosed = false;

  /** `template`: spaces, metadata and render mode of one row. @throws ConfigError for an option that breaks a rule. */
  constructor(template: RowTemplate<Obs, Act>, options: BatchedOptions) {
    const { numEnvs, maxEpisodeSteps, autoresetMode } = parseOptions(BatchedConfig, options, "BatchedEnv");
    this.numEnvs = numEnvs;
    this.metadata = { ...template.metadata, autoresetMode };
    this.renderMode = template.renderMode;
    this.singleObservationSpace = template.observationSpace;
    this.singleActionSpace = template.actionSpace;
    this.observationSpace = batchSpace(template.observationSpace, numEnvs);
    this.actionSpace = batchSpace(template.actionSpace, numEnvs);
    this.#episodes = new Episodes(numEnvs, autoresetMode, maxEpisodeSteps ?? Infinity);
    this.#idle = new Uint8Array(numEnvs);
  }

  /** Puts a row at the start of an episode. Refuses bad options before anything else; all randomness is from `rng`. */
  protected abstract begin(row: number, rng: Rng, options: Readonly<Record<string, unknown>>): void;

  /**
   * One step of every row whose flag in `idle` is 0, under a member of the action space. The other rows are about to
   * begin an episode: they draw nothing and write nothing.
   */
  protected abstract advance(actions: BatchOf<Act>, idle: Uint8Array, outcome: BatchOutcome): void;

  /** The current observations, in memory of their own. */
  protected abstract observe(): BatchOf<Obs>;

  /** The current states as the render mode shows them. */
  protected draw(): RenderFrame {
    return null;
  }

  get unwrapped(): this {
    return this;
  }

  get closed(): boolean {
    return this.#isClosed;
  }

  /** The seed of each row's stream, -1 where it has none yet. */
  get rngSeeds(): readonly number[] {
    return Array.from(this.#idle, (_, row) => this.#streams[row]?.seed ?? -1);
  }

  /**
   * Starts episodes: of all rows, or of those that `options.reset_mask` flags. The other options go to each row.
   * @throws ConfigError for seeds or a mask that do not fit; ResetNeededError for a mask while a row without its flag has
   * not begun an episode. Nothing has changed then.
   */
  reset(args: VectorResetArgs = {}): ResetResult<BatchOf<Obs>, EnvInfo> {
    this.#expectOpen("reset");
    const { rows, seeds, options } = planReset(args, this.numEnvs);
    this.#episodes.expectStarted("reset", rows);
    for (const row of rows) this.#begin(row, seeds[row] ?? null, options);
    this.#episodes.start(rows);
    return [this.observe(), {}];
  }

  /**
   * One step of every row. A row that starts anew ignores its action and is paid 0.
   * @throws InvalidActionError unless there is one member of the action space per row; ResetNeededError when a row has
   * not begun an episode, or has ended and autoreset is off. Nothing has changed then.
   */
  step(actions: ActionsOf<Act>): VectorStepResult<BatchOf<Obs>, EnvInfo> {
    this.#expectOpen("step");
    const batch = this.#batchOf(actions);
    const restarting = this.#episodes.beginStep();
    const { numEnvs } = this;
    const [rewards, terminated, truncated] = [
      new Float64Array(numEnvs),
      new Uint8Array(numEnvs),
      new Uint8Array(numEnvs),
    ];
    this.#isHalfway = true;
    for (const row of restarting) this.#idle[row] = 1;
    this.advance(batch, this.#idle, { rewards, terminated, truncated });
    this.#restart(restarting);
    this.#episodes.advance(terminated, truncated);
    const ended = this.#episodes.endStep();
    const info = ended.length === 0 ? {} : this.#endEpisodes(ended);
    this.#isHalfway = false;
    return [this.observe(), rewards, terminated, truncated, info];
  }

  render(): RenderFrame {
    this.#expectOpen("render");
    this.#episodes.expectStarted("render");
    return this.draw();
  }

  close(): void {
    this.#isClosed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Starts rows within the step that ended them. Returns what they ended with. */
  #endEpisodes(ended: readonly number[]): EnvInfo {
    const last = readRows(this.singleObservationSpace, this.observe(), this.numEnvs);
    this.#restart(ended);
    this.#episodes.start(ended);
    const flags = new Set(ended);
    return finalInfo(
      last.map((obs, row) => (flags.has(row) ? obs : null)),
      last.map((_, row) => (flags.has(row) ? {} : undefined)),
    );
  }

  #restart(rows: readonly number[]): void {
    for (const row of rows) {
      this.#begin(row, null, {});
      this.#idle[row] = 0;
    }
  }

  /** A seed takes effect only if the row begins: a refused reset changes nothing. */
  #begin(row: number, seed: number | null, options: Readonly<Record<string, unknown>>): void {
    const stream = seed === null ? (this.#streams[row] ?? newStream(entropySeed())) : newStream(seed);
    this.begin(row, stream.rng, options);
    this.#streams[row] = stream;
  }

  #batchOf(actions: ActionsOf<Act>): BatchOf<Act> {
    if (this.actionSpace.contains(actions)) return actions;
    const { numEnvs, singleActionSpace: space } = this;
    if (isListOf(space, actions, numEnvs)) return concatenateRows(space, actions);
    const rule = `${numEnvs} members of ${shorten(JSON.stringify(space))}, in a list or as their batch`;
    throw new InvalidActionError(`step: actions must be ${rule}, got ${describe(actions)}`);
  }

  #expectOpen(where: string): void {
    if (this.#isClosed) throw new ClosedError(`${where}: the environment is closed - make a new one`);
    if (!this.#isHalfway) return;
    // A step that threw half-way leaves rows where nobody knows.
    this.#isHalfway = false;
    this.#idle.fill(0);
    this.#episodes.abandon();
  }
}

function newStream(seed: number): { readonly rng: Rng; readonly seed: number } {
  return { rng: seededRng(seed, "reset"), seed };
}
