import { parseOptions } from "../../core/options.ts";
import { BaseEnv } from "../../env/base-env.ts";
import type { EnvMetadata, RenderFrame, RenderMode, ResetResult, StepResult } from "../../env/env.ts";
import type { Box } from "../../env/spaces/box.ts";
import type { Space } from "../../env/spaces/space.ts";
import { draw, RenderConfig } from "./render.ts";
import type { RenderOptions } from "./render.ts";
import type { Task } from "./task.ts";

type NoInfo = Record<string, never>;

/** One episode of a task at a time. Observations are float32; the state behind them is float64. */
export class ClassicEnv<Act extends number | Float32Array> extends BaseEnv<Float32Array, Act> {
  override readonly metadata: EnvMetadata;
  override readonly renderMode: RenderMode;
  readonly observationSpace: Box;
  readonly actionSpace: Space<Act>;
  readonly #task: Task<Act>;
  readonly #config: RenderConfig;
  readonly #state: Float64Array;
  readonly #outcome = { rewards: new Float64Array(1), terminated: new Uint8Array(1) };

  /** @throws ConfigError for an option that breaks a rule. */
  constructor(task: Task<Act>, options: RenderOptions = {}) {
    super();
    this.#config = parseOptions(RenderConfig, options, new.target.name);
    this.metadata = task.metadata;
    this.renderMode = this.#config.renderMode;
    this.observationSpace = task.observationSpace;
    this.actionSpace = task.actionSpace;
    this.#task = task;
    this.#state = new Float64Array(task.stateSize);
  }

  /** The exact state, float64, as a copy. */
  get state(): Float64Array {
    return this.#state.slice();
  }

  protected begin(options: Readonly<Record<string, unknown>>): ResetResult<Float32Array, NoInfo> {
    this.#task.begin(this.#state, 0, this.rng, options);
    return [this.#observe(), {}];
  }

  protected advance(action: Act): StepResult<Float32Array, NoInfo> {
    const outcome = this.#outcome;
    this.#task.advance(this.#state, 0, typeof action === "number" ? action : Number(action[0]), outcome);
    return [this.#observe(), Number(outcome.rewards[0]), outcome.terminated[0] === 1, false, {}];
  }

  protected override draw(): RenderFrame {
    return draw(this.#task, this.#state, this.#config);
  }

  #observe(): Float32Array {
    const obs = new Float32Array(this.observationSpace.low.length);
    this.#task.observe(this.#state, 0, obs);
    return obs;
  }
}
