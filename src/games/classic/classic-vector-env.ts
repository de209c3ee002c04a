import type { z } from "zod";

import { parseOptions } from "../../core/options.ts";
import type { Rng } from "../../core/rng.ts";
import type { RenderFrame } from "../../env/env.ts";
import { BatchedConfig, BatchedEnv } from "../../env/vector/batched-env.ts";
import type { BatchOutcome } from "../../env/vector/batched-env.ts";
import { draw, RenderConfig } from "./render.ts";
import type { Task } from "./task.ts";

/** What makes a batch of a task, beside the task's own options. */
export const ClassicVectorConfig = BatchedConfig.extend(RenderConfig.shape);
export type ClassicVectorOptions = z.input<typeof ClassicVectorConfig>;

/** Episodes of a task side by side, in one loop: row `i` plays as a `ClassicEnv` that was seeded with its seed. */
export class ClassicVectorEnv<Act extends number | Float32Array> extends BatchedEnv<Float32Array, Act> {
  readonly #task: Task<Act>;
  readonly #config: RenderConfig;
  readonly #states: Float64Array;

  /** @throws ConfigError for an option that breaks a rule. */
  constructor(task: Task<Act>, options: ClassicVectorOptions = {}) {
    const { renderMode, ...batch } = parseOptions(ClassicVectorConfig, options, new.target.name);
    const { observationSpace, actionSpace, metadata } = task;
    super({ observationSpace, actionSpace, metadata, renderMode }, batch);
    this.#task = task;
    this.#config = { renderMode };
    this.#states = new Float64Array(this.numEnvs * task.stateSize);
  }

  /** The exact states, float64 [B, stateSize], as a copy. */
  get states(): Float64Array {
    return this.#states.slice();
  }

  protected begin(row: number, rng: Rng, options: Readonly<Record<string, unknown>>): void {
    this.#task.begin(this.#states, row, rng, options);
  }

  protected advance(actions: ArrayLike<number>, idle: Uint8Array, outcome: BatchOutcome): void {
    const [task, states] = [this.#task, this.#states];
    for (let row = 0; row < idle.length; row++) {
      if (idle[row] === 0) task.advance(states, row, Number(actions[row]), outcome);
    }
  }

  protected observe(): Float32Array {
    const [task, states] = [this.#task, this.#states];
    const obs = new Float32Array(this.numEnvs * task.observationSpace.low.length);
    for (let row = 0; row < this.numEnvs; row++) task.observe(states, row, obs);
    return obs;
  }

  protected override draw(): RenderFrame {
    return draw(this.#task, this.#states, this.#config);
  }
}
