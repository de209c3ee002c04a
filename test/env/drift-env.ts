import { z } from "zod";

import { parseOptions } from "../../src/core/options.ts";
import { BaseEnv, Box, Discrete } from "../../src/env/index.ts";
import type { EnvInfo, RenderFrame, ResetResult, StepResult } from "../../src/env/index.ts";

const DriftConfig = z.strictObject({
  scale: z.number().default(1),
  length: z.int().positive().default(1000),
  renderMode: z.enum(["rgb_array", "ansi"]).nullable().default(null),
});
export type DriftOptions = z.input<typeof DriftConfig>;

/** A number that drifts by the action and by chance, and ends after `length` steps. */
export class DriftEnv extends BaseEnv<Float32Array, number> {
  override readonly metadata = { renderModes: ["rgb_array", "ansi"], renderFps: 10 };
  override readonly renderMode: "rgb_array" | "ansi" | null;
  readonly observationSpace = new Box({ low: -1e6, high: 1e6, shape: [1], dtype: "float32" });
  readonly actionSpace = new Discrete(3);
  readonly scale: number;
  readonly #length: number;
  #position = 0;
  #steps = 0;
  closed = 0;

  constructor(options: DriftOptions = {}) {
    super();
    const { scale, length, renderMode } = parseOptions(DriftConfig, options, "DriftEnv");
    this.scale = scale;
    this.#length = length;
    this.renderMode = renderMode;
  }

  protected begin({ start = 0 }: Readonly<Record<string, unknown>>): ResetResult<Float32Array, EnvInfo> {
    this.#position = Number(start) + this.rng.uniform();
    this.#steps = 0;
    return [Float32Array.of(this.#position), {}];
  }

  protected advance(action: number): StepResult<Float32Array, EnvInfo> {
    this.#position += this.scale * (action - 1) + this.rng.uniform();
    this.#steps += 1;
    return [Float32Array.of(this.#position), this.#position, this.#steps === this.#length, false, {}];
  }

  protected override draw(): RenderFrame {
    return this.renderMode === null ? null : `at ${this.#position}`;
  }

  override close(): void {
    this.closed += 1;
    super.close();
  }
}
