import type { Rng } from "../../core/rng.ts";
import type { EnvMetadata } from "../../env/env.ts";
import type { Box } from "../../env/spaces/box.ts";
import type { Space } from "../../env/spaces/space.ts";
import type { BatchOutcome } from "../../env/vector/batched-env.ts";
import type { Canvas, Size } from "./canvas.ts";

/** What the last step paid, float64 [B], and which rows it ended, uint8 [B]. A limit of steps is no part of a task. */
export type TaskOutcome = Omit<BatchOutcome, "truncated">;

/**
 * The rules of a classic environment, for one row of many. A single environment is a batch of one row, so that both
 * forms play by the same numbers; to plan ahead, call `advance` on a copy of the states.
 *
 * states: float64 [B, stateSize], written in place.
 */
export interface Task<Act> {
  /** Numbers that describe one row. */
  readonly stateSize: number;
  readonly observationSpace: Box;
  readonly actionSpace: Space<Act>;
  readonly metadata: EnvMetadata;
  /** Width and height of the picture, in pixels. */
  readonly size: Size;
  /** Puts a row at the start of an episode. @throws ConfigError for an option that breaks a rule, before anything changes. */
  begin(states: Float64Array, row: number, rng: Rng, options: Readonly<Record<string, unknown>>): void;
  /** One step of a row under an action that the space contains (an array's only element). */
  advance(states: Float64Array, row: number, action: number, outcome: TaskOutcome): void;
  /** Writes a row's observation at its place in `obs`, float32 [B, ...observationSpace.shape]. */
  observe(states: Float64Array, row: number, obs: Float32Array): void;
  /** Draws one row; state: float64 [stateSize]. */
  paint(canvas: Canvas, state: Float64Array): void;
}
