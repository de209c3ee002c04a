import { BaseEnv, Box, Discrete } from "../../../src/env/index.ts";
import type { ResetResult, StepResult } from "../../../src/env/index.ts";

/**
 * Gymnasium's environment of the golden traces: an observation is the number of steps, a reward is the action, and the
 * episode ends after `length` steps. `reset({ options: { start } })` counts from elsewhere.
 */
export class CountingEnv extends BaseEnv<Float32Array, number> {
  override readonly metadata = { renderModes: ["ansi"], renderFps: 7 };
  override readonly renderMode = "ansi";
  readonly observationSpace = new Box({ low: 0, high: 100, shape: [1], dtype: "float32" });
  readonly actionSpace = new Discrete(10);
  length: number;
  numClosed = 0;
  #steps = 0;

  constructor(length = Infinity) {
    super();
    this.length = length;
  }

  add(a: number, b: number): number {
    return a + b + this.#steps;
  }

  protected begin({ start = 0 }: Readonly<Record<string, unknown>>): ResetResult<Float32Array, { started: true }> {
    this.#steps = Number(start);
    return [this.#observe(), { started: true }];
  }

  protected advance(action: number): StepResult<Float32Array, { step: number }> {
    this.#steps += 1;
    return [this.#observe(), action, this.#steps === this.length, false, { step: this.#steps }];
  }

  protected override draw(): string {
    return String(this.#steps);
  }

  override close(): void {
    super.close();
    this.numClosed += 1;
  }

  #observe(): Float32Array {
    return Float32Array.of(this.#steps);
  }
}

/** For worker threads, which make environments by the name of a module's function. */
export function counting({ length = Infinity }: { readonly length?: number }): CountingEnv {
  return new CountingEnv(length);
}
