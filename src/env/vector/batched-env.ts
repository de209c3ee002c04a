import { z } from "zod";

import { parseOptions } from "../../core/options.ts";
import type { Rng } from "../../core/rng.ts";
import type { RenderFrame } from "../env.ts";
import { entropySeed, seededRng } from "../seeding.ts";
import type { BatchOf } from "../spaces/rows.ts";
import { actionBatch } from "./actions.ts";
import type { ActionsOf } from "./actions.ts";
import { BaseVectorEnv, VectorConfig } from "./base-vector-env.ts";
import type { BatchOutcome, StepWork } from "./base-vector-env.ts";
import type { RowTemplate } from "./row-template.ts";
import type { ResetPlan } from "./reset-plan.ts";

export type { BatchOutcome } from "./base-vector-env.ts";

const NO_INFOS: readonly unknown[] = Object.freeze([]);

/** The options that all native vector environments share: what `makeVec` passes on. */
export const BatchedConfig = VectorConfig.extend({
  numEnvs: z.int().positive().default(1).describe("rows of the batch"),
  maxEpisodeSteps: z.int().positive().nullable().default(null).describe("steps after which a row is truncated"),
});

/** What makes a native vector environment. */
export type BatchedOptions = z.input<typeof BatchedConfig>;

/** A row's random numbers, and the seed that began them. */
type Stream = { readonly rng: Rng; readonly seed: number };

/**
 * A vector environment that steps all rows in one loop over typed arrays: thousands of cheap environments without an
 * object for each. Row `i` draws from a random stream of its own, as environment `i` of a `SyncVectorEnv` does, so both
 * play the same episodes for the same seeds.
 */
export abstract class BatchedEnv<Obs, Act> extends BaseVectorEnv<Obs, Act, "sync"> {
  readonly mode = "sync";
  readonly #streams: (Stream | undefined)[] = [];
  /** The rows that the current step starts anew, flags [B]. */
  readonly #idle: Uint8Array;

  /** `template`: spaces, metadata and render mode of one row. @throws ConfigError for an option that breaks a rule. */
  constructor(template: RowTemplate<Obs, Act>, options: BatchedOptions) {
    super(template, parseOptions(BatchedConfig, options, "BatchedEnv"));
    this.#idle = new Uint8Array(this.numEnvs);
  }

  /** Puts a row at the start of an episode. Refuses bad options before anything else; all randomness is from `rng`. */
  protected abstract begin(row: number, rng: Rng, options: Readonly<Record<string, unknown>>): void;

  /**
   * One step of every row whose flag in `idle` is 0, under a member of the action space. The other rows are about to
   * begin an episode: they draw nothing and write nothing.
   */
  protected abstract advance(actions: BatchOf<Act>, idle: Uint8Array, outcome: BatchOutcome): void;

  /** The current observations, in memory of their own. */
  protected abstract override observe(): BatchOf<Obs>;

  protected draw(): RenderFrame {
    return null;
  }

  /** The seed of each row's stream, -1 where it has none yet. */
  get rngSeeds(): readonly number[] {
    return Array.from(this.#idle, (_, row) => this.#streams[row]?.seed ?? -1);
  }

  protected startRows({ rows, seeds, options }: ResetPlan): readonly unknown[] {
    for (const row of rows) this.#begin(row, seeds[row] ?? null, options);
    return NO_INFOS;
  }

  protected prepareStep(actions: ActionsOf<Act>): StepWork<"sync"> {
    const batch = actionBatch(this, actions);
    return (restarting, outcome) => {
      for (const row of restarting) this.#idle[row] = 1;
      try {
        this.advance(batch, this.#idle, outcome);
      } finally {
        for (const row of restarting) this.#idle[row] = 0;
      }
      for (const row of restarting) this.#begin(row, null, {});
      return NO_INFOS;
    };
  }

  /** A seed takes effect only if the row begins: a refused reset leaves the stream as it was. */
  #begin(row: number, seed: number | null, options: Readonly<Record<string, unknown>>): void {
    const stream = (seed === null ? this.#streams[row] : undefined) ?? newStream(seed ?? entropySeed());
    this.begin(row, stream.rng, options);
    this.#streams[row] = stream;
  }
}

function newStream(seed: number): Stream {
  return { rng: seededRng(seed, "reset"), seed };
}
