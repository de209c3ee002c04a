import { z } from "zod";

import { Box } from "../spaces/box.ts";
import type { Space } from "../spaces/space.ts";
import { expectBox } from "./boxes.ts";
import { expectSize, RunningMeanStd } from "./running-mean-std.ts";

/** The options of `NormalizeObservation`, after parsing. */
export const NormalizeObservationConfig = z.strictObject({
  epsilon: z.number().positive().default(1e-8).describe("added to the variance before its root is taken"),
});
/** What a user writes. */
export type NormalizeObservationOptions = z.input<typeof NormalizeObservationConfig>;

/** Counts observations and moves them to mean 0 and variance 1: what the single and the vector wrapper share. */
export class ObservationNormalizer {
  /** Of single observations, float32 and unbounded. */
  readonly space: Box;
  #rms: RunningMeanStd;
  readonly #epsilon: number;

  /** @throws ConfigError unless `space`, that of single observations, is a Box. */
  constructor(space: Space<unknown>, { epsilon }: z.infer<typeof NormalizeObservationConfig>) {
    const { shape, low } = expectBox(space, "NormalizeObservation");
    this.space = new Box({ low: -Infinity, high: Infinity, shape, dtype: "float32" });
    this.#rms = new RunningMeanStd(low.length);
    this.#epsilon = epsilon;
  }

  get rms(): RunningMeanStd {
    return this.#rms;
  }

  set rms(rms: RunningMeanStd) {
    this.#rms = expectSize(rms, this.#rms.mean.length, "NormalizeObservation: obsRms");
  }

  /** Any number of observations, one behind the other. */
  normalize(rows: ArrayLike<number>): Float32Array {
    const { mean, var: variance } = this.#rms;
    const deviation = variance.map((each) => Math.sqrt(each + this.#epsilon));
    return Float32Array.from({ length: rows.length }, (_, i) => {
      const element = i % mean.length;
      return (Number(rows[i]) - Number(mean[element])) / Number(deviation[element]);
    });
  }
}
