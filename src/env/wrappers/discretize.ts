import { z } from "zod";

import { ConfigError } from "../../core/errors.ts";
import { parseOptions } from "../../core/options.ts";
import type { Env, EnvInfo } from "../env.ts";
import type { Mode } from "../reply.ts";
import type { NumericType } from "../spaces/box.ts";
import type { Box } from "../spaces/box.ts";
import { Discrete, MultiDiscrete } from "../spaces/discrete.ts";
import type { Space } from "../spaces/space.ts";
import { registerWrapper } from "../wrapper-registry.ts";
import { expectAction, member } from "./action-transforms.ts";
import { expectBounded, fillBox } from "./boxes.ts";
import type { NumericArray } from "../spaces/arrays.ts";
import { TransformAction } from "./transform-action.ts";
import { TransformObservation } from "./transform-observation.ts";

const bins = z.int().min(2);

const DiscretizeConfig = z.strictObject({
  bins: z
    .union([bins, z.array(bins)])
    .describe("equal parts of each element's range: as many for all, or one per element"),
  multidiscrete: z.boolean().default(false).describe("one number per element, instead of one for all"),
});
/** What a user writes. */
export type DiscretizeOptions = z.input<typeof DiscretizeConfig>;

/** A bin number for all elements, or one per element. */
export type Bin = number | Int32Array;

/** A bounded box cut into equal bins, and back to the bins' centres. */
class Grid {
  readonly space: Space<Bin>;
  readonly #box: Box<NumericType>;
  /** Bins of each element. */
  readonly #bins: Int32Array;

  constructor(box: Box<NumericType>, { bins, multidiscrete }: z.infer<typeof DiscretizeConfig>, where: string) {
    if (typeof bins !== "number" && bins.length !== box.low.length) {
      throw new ConfigError(`${where}: bins must be one number or ${box.low.length}, got ${bins.length}`);
    }
    this.#box = box;
    this.#bins = Int32Array.from(box.low, (_, i) => (typeof bins === "number" ? bins : Number(bins[i])));
    const all = this.#bins.reduce((product, count) => product * count, 1);
    this.space = multidiscrete ? new MultiDiscrete(this.#bins) : new Discrete(all);
  }

  binOf(values: ArrayLike<number>): Bin {
    const parts = this.#bins.map((count, i) => {
      const low = Number(this.#box.low[i]);
      const part = Math.floor(((Number(values[i]) - low) / (Number(this.#box.high[i]) - low)) * count);
      return Math.min(Math.max(part, 0), count - 1);
    });
    if (this.space instanceof MultiDiscrete) return parts;
    return parts.reduce((index, part, i) => index * Number(this.#bins[i]) + part, 0);
  }

  centreOf(bin: Bin): NumericArray {
    const parts = typeof bin === "number" ? this.#unravel(bin) : bin;
    return fillBox(this.#box, (i) => {
      const low = Number(this.#box.low[i]);
      return low + ((Number(parts[i]) + 0.5) / Number(this.#bins[i])) * (Number(this.#box.high[i]) - low);
    });
  }

  /** The parts of a number whose last part counts fastest. */
  #unravel(bin: number): Int32Array {
    let rest = bin;
    const parts = new Int32Array(this.#bins.length);
    for (let i = parts.length - 1; i >= 0; i--) {
      const count = Number(this.#bins[i]);
      parts[i] = rest % count;
      rest = Math.floor(rest / count);
    }
    return parts;
  }
}

/** Shows which bin a bounded array falls into; the uppermost bin holds the upper bound. */
export class DiscretizeObservation<Act, Info = EnvInfo, M extends Mode = "sync"> extends TransformObservation<
  Bin,
  NumericArray,
  Act,
  Info,
  M
> {
  /** @throws ConfigError unless observations are bounded arrays and there are 2 bins or more for each element. */
  constructor(env: Env<NumericArray, Act, Info, M>, options: DiscretizeOptions) {
    const config = parseOptions(DiscretizeConfig, options, "DiscretizeObservation");
    const box = expectBounded(env.observationSpace, "DiscretizeObservation");
    const grid = new Grid(box, config, "DiscretizeObservation");
    super(env, (obs) => grid.binOf(obs), grid.space);
    this.record("DiscretizeObservation", config);
  }
}

registerWrapper(
  "DiscretizeObservation",
  (env: Env<NumericArray, unknown, unknown, Mode>, options: DiscretizeOptions) =>
    new DiscretizeObservation(env, options),
);

/** Takes the number of a bin as an action: the environment gets the bin's centre. */
export class DiscretizeAction<Obs, InnerAct, Info = EnvInfo, M extends Mode = "sync"> extends TransformAction<
  Obs,
  Bin,
  InnerAct,
  Info,
  M
> {
  /** @throws ConfigError unless actions are bounded arrays and there are 2 bins or more for each element. */
  constructor(env: Env<Obs, InnerAct, Info, M>, options: DiscretizeOptions) {
    const config = parseOptions(DiscretizeConfig, options, "DiscretizeAction");
    const inner = env.actionSpace;
    const grid = new Grid(expectBounded(inner, "DiscretizeAction"), config, "DiscretizeAction");
    const centre = (bin: Bin): InnerAct => {
      expectAction(grid.space, bin, "DiscretizeAction");
      return member(inner, grid.centreOf(bin));
    };
    super(env, centre, grid.space);
    this.record("DiscretizeAction", config);
  }
}

registerWrapper("DiscretizeAction", (env, options: DiscretizeOptions) => new DiscretizeAction(env, options));
