import { ClosedError, ConfigError, InvalidActionError, ResetNeededError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import type {
  Env,
  EnvInfo,
  EnvMetadata,
  RenderFrame,
  RenderMode,
  ResetArgs,
  ResetResult,
  Space,
  StepResult,
} from "../../src/env/index.ts";
import { Box, Discrete } from "../../src/env/index.ts";

/** Where an environment stands. */
export type Phase = "fresh" | "running" | "ended" | "closed";

/** Everything that a `SpaceEnv` goes on from. */
export type SpaceEnvState = {
  readonly phase: Phase;
  readonly steps: number;
  readonly rng: ReturnType<Rng["getState"]>;
};

/** What may be changed about a `SpaceEnv`; `horizon` in steps. */
export type SpaceEnvOptions = {
  readonly observationSpace?: Space<unknown>;
  readonly actionSpace?: Space<unknown>;
  readonly renderMode?: RenderMode;
  readonly horizon?: number;
};

/**
 * A sound environment on any two spaces: observations are drawn from their space, every action does the same, and an
 * episode ends by chance, at the latest at its horizon. Every member may be replaced by a broken one.
 */
export class SpaceEnv implements Env {
  readonly metadata: EnvMetadata = { renderModes: ["rgb_array", "ansi"], renderFps: 4 };
  readonly spec = null;
  readonly observationSpace: Space<unknown>;
  readonly actionSpace: Space<unknown>;
  readonly renderMode: RenderMode;
  rng = new Rng("nobody's seed");
  rngSeed = -1;
  #phase: Phase = "fresh";
  #steps = 0;
  readonly #horizon: number;

  constructor({
    observationSpace = new Box({ low: 0, high: 1, shape: [2], dtype: "float32" }),
    actionSpace = new Discrete(4),
    renderMode = null,
    horizon = 20,
  }: SpaceEnvOptions = {}) {
    this.observationSpace = observationSpace;
    this.actionSpace = actionSpace;
    this.renderMode = renderMode;
    this.#horizon = horizon;
  }

  get unwrapped(): this {
    return this;
  }

  reset({ seed }: ResetArgs = {}): ResetResult<unknown, EnvInfo> {
    this.expect("reset", ["fresh", "running", "ended"]);
    if (seed !== undefined) this.restart(seed);
    this.#phase = "running";
    this.#steps = 0;
    return [this.observe(), { steps: 0 }];
  }

  step(action: unknown): StepResult<unknown, EnvInfo> {
    this.expect("step", ["running"]);
    if (!this.actionSpace.contains(action)) throw new InvalidActionError("step: the action is not in the space");
    this.#steps += 1;
    const terminated = this.rng.uniform() < 0.05;
    const truncated = this.#steps === this.#horizon;
    if (terminated || truncated) this.#phase = "ended";
    return [this.observe(), this.rng.uniform(), terminated, truncated, { steps: this.#steps }];
  }

  render(): RenderFrame {
    this.expect("render", ["running", "ended"]);
    return this.draw();
  }

  /** The frame as the render mode shows it. */
  draw(): RenderFrame {
    if (this.renderMode === null) return null;
    return this.renderMode === "ansi" ? "." : { data: new Uint8Array(12), count: 1, height: 2, width: 2 };
  }

  getState(): SpaceEnvState {
    return { phase: this.#phase, steps: this.#steps, rng: this.rng.getState() };
  }

  setState({ phase, steps, rng }: SpaceEnvState): void {
    this.#phase = phase;
    this.#steps = steps;
    this.rng = Rng.fromState(rng);
  }

  close(): void {
    this.#phase = "closed";
  }

  /** An observation, by the random stream. */
  observe(): unknown {
    this.observationSpace.seed(this.rng.integer(2 ** 31));
    return this.observationSpace.sample();
  }

  /** Starts the random stream. */
  restart(seed: number): void {
    if (!Number.isSafeInteger(seed) || seed < 0) throw new ConfigError(`reset: got seed ${seed}`);
    this.rng = new Rng(seed);
    this.rngSeed = seed;
  }

  /** Refuses what the phase does not allow. */
  expect(where: string, phases: readonly Phase[]): void {
    if (phases.includes(this.#phase)) return;
    if (this.#phase === "closed") throw new ClosedError(`${where}: the environment is closed`);
    throw new ResetNeededError(`${where}: reset first`);
  }
}
