import { z } from "zod";

import { drawAnsi } from "../../env/ansi.ts";
import { BaseEnv } from "../../env/base-env.ts";
import type { EnvMetadata, RenderFrame, ResetResult, StepResult } from "../../env/env.ts";
import type { Box } from "../../env/spaces/box.ts";
import type { Space } from "../../env/spaces/space.ts";
import { Canvas } from "./canvas.ts";
import { createRows } from "./task.ts";
import type { Rows, Task } from "./task.ts";

/** The ways in which the classic environments show themselves. */
export const ClassicRenderMode = z.enum(["rgb_array", "ansi"]).nullable().default(null);
export type ClassicRenderMode = z.infer<typeof ClassicRenderMode>;

/** A text shows one pixel of ten, or it would not fit into a terminal. */
const ANSI_SCALE = 0.1;

/** One episode of a classic task at a time. Observations are float32; the state behind them is float64. */
export class ClassicEnv<Act extends number | Float32Array> extends BaseEnv<Float32Array, Act> {
  override readonly metadata: EnvMetadata;
  override readonly renderMode: ClassicRenderMode;
  readonly observationSpace: Box<"float32">;
  readonly actionSpace: Space<Act>;
  readonly #task: Task<Act>;
  readonly #rows: Rows;

  constructor(task: Task<Act>, renderMode: ClassicRenderMode) {
    super();
    this.metadata = task.metadata;
    this.renderMode = renderMode;
    this.observationSpace = task.observationSpace;
    this.actionSpace = task.actionSpace;
    this.#task = task;
    this.#rows = createRows(1, task.stateSize);
  }

  /** The exact state, float64, as a copy. To plan ahead, step the task itself. */
  get state(): Float64Array {
    return this.#rows.states.slice();
  }

  protected begin(options: Readonly<Record<string, unknown>>): ResetResult<Float32Array, Record<string, never>> {
    this.#task.begin(this.#rows, 0, this.rng, options);
    return [this.#observe(), {}];
  }

  protected advance(action: Act): StepResult<Float32Array, Record<string, never>> {
    const rows = this.#rows;
    this.#task.advance(rows, 0, typeof action === "number" ? action : Number(action[0]));
    return [this.#observe(), Number(rows.rewards[0]), rows.terminated[0] === 1, false, {}];
  }

  protected override draw(): RenderFrame {
    return draw(this.#task, this.#rows.states, this.renderMode);
  }

  #observe(): Float32Array {
    const obs = new Float32Array(this.observationSpace.low.length);
    this.#task.observe(this.#rows, 0, obs);
    return obs;
  }
}

/** One row of a task as a render mode shows it; null without one. */
export function draw(task: Task<unknown>, state: Float64Array, renderMode: ClassicRenderMode): RenderFrame {
  if (renderMode === null) return null;
  const canvas = new Canvas(task.size, renderMode === "ansi" ? ANSI_SCALE : 1);
  task.paint(canvas, state);
  return renderMode === "ansi" ? drawAnsi(canvas.frame()) : canvas.frame();
}
