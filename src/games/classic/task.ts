import type { Rng } from "../../core/rng.ts";
import type { EnvMetadata } from "../../env/env.ts";
import type { Box } from "../../env/spaces/box.ts";
import type { Space } from "../../env/spaces/space.ts";
import type { Canvas, Size } from "./canvas.ts";

/**
 * Episodes side by side, which a task reads and writes in place: what is true of row `i` lies at `i`.
 * states: float64 [B, stateSize]; rewards: float64 [B] and terminated: uint8 [B], 0 or 1, of the last step.
 */
export type Rows = {
  readonly states: Float64Array;
  readonly rewards: Float64Array;
  readonly terminated: Uint8Array;
};

/**
 * The rules of a classic environment, for one row of many. A single environment is a batch of one row, so that both
 * forms play by the same numbers.
 */
export interface Task<Act> {
  /** Float64 numbers that describe one row. */
  readonly stateSize: number;
  readonly observationSpace: Box<"float32">;
  readonly actionSpace: Space<Act>;
  readonly metadata: EnvMetadata;
  /** Width and height of the picture, in pixels. */
  readonly size: Size;
  /** Puts a row at the start of an episode. @throws ConfigError for an option that breaks a rule, before anything changes. */
  begin(rows: Rows, row: number, rng: Rng, options: Readonly<Record<string, unknown>>): void;
  /** One step of a row under an action that the space contains (an array's only element). */
  advance(rows: Rows, row: number, action: number): void;
  /** Writes a row's observation at its place in `obs`, float32 [B, ...observationSpace.shape]. */
  observe(rows: Rows, row: number, obs: Float32Array): void;
  /** Draws one row; state: float64 [stateSize]. */
  paint(canvas: Canvas, state: Float64Array): void;
}

/** Rows of zeros. */
export function createRows(numRows: number, stateSize: number): Rows {
  return {
    states: new Float64Array(numRows * stateSize),
    rewards: new Float64Array(numRows),
    terminated: new Uint8Array(numRows),
  };
}
