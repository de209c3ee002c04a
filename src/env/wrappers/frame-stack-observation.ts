import { z } from "zod";

import { ConfigError } from "../../core/errors.ts";
import { parseOptions } from "../../core/options.ts";
import { isRecord } from "../../core/record.ts";
import type { Env, EnvInfo, ResetArgs, ResetResult, StepResult } from "../env.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import type { Space } from "../spaces/space.ts";
import { concatenate } from "../spaces/batching.ts";
import { batchSpace } from "../vector/batch.ts";
import type { BatchOf } from "../spaces/rows.ts";
import { registerWrapper } from "../wrapper-registry.ts";
import { EnvLayer } from "../wrapper.ts";
import { zeroValue } from "./zero-value.ts";

const FrameStackObservationConfig = z.strictObject({
  stackSize: z.int().positive().describe("how many of the latest observations are shown"),
  paddingType: z.enum(["reset", "zero"]).default("reset").describe("what stands before an episode's first observation"),
});
/** What a user writes. `padding`, a member of the space, stands before an episode's first observation instead. */
export type FrameStackObservationOptions<Obs> = z.input<typeof FrameStackObservationConfig> & {
  readonly padding?: Obs;
};

/**
 * Shows the latest `stackSize` observations as a batch, oldest first. Before an episode's first observation stand copies
 * of it, zeros, or a value of the user's own.
 */
export class FrameStackObservation<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends EnvLayer<
  BatchOf<Obs>,
  Act,
  Info,
  M,
  Env<Obs, Act, Info, M>
> {
  readonly observationSpace: Space<BatchOf<Obs>>;
  readonly #config: z.infer<typeof FrameStackObservationConfig>;
  readonly #padding: { readonly obs: Obs } | null;
  #frames: readonly Obs[] = [];

  /** @throws ConfigError for a stack of none, or a padding outside the observation space. */
  constructor(env: Env<Obs, Act, Info, M>, options: FrameStackObservationOptions<Obs>) {
    super(env);
    const space = env.observationSpace;
    this.#config = parseOptions(FrameStackObservationConfig, withoutPadding(options), "FrameStackObservation");
    const { padding } = options;
    if (padding !== undefined && !space.contains(padding)) {
      throw new ConfigError("FrameStackObservation: padding must be a member of the observation space");
    }
    this.#padding = padding === undefined ? null : { obs: padding };
    this.observationSpace = batchSpace(space, this.#config.stackSize);
    if (padding === undefined) this.record("FrameStackObservation", this.#config);
  }

  get actionSpace(): Space<Act> {
    return this.env.actionSpace;
  }

  reset(args?: ResetArgs): Reply<ResetResult<BatchOf<Obs>, Info>, M> {
    return andThen<ResetResult<Obs, Info>, ResetResult<BatchOf<Obs>, Info>, M>(this.env.reset(args), ([obs, info]) => {
      const first = this.#before(obs);
      this.#frames = Array.from({ length: this.#config.stackSize }, () => first);
      return [this.#push(obs), info];
    });
  }

  step(action: Act): Reply<StepResult<BatchOf<Obs>, Info>, M> {
    return andThen<StepResult<Obs, Info>, StepResult<BatchOf<Obs>, Info>, M>(
      this.env.step(action),
      ([obs, ...rest]) => [this.#push(obs), ...rest],
    );
  }

  #push(obs: Obs): BatchOf<Obs> {
    this.#frames = [...this.#frames.slice(1), obs];
    return concatenate(this.env.observationSpace, this.#frames);
  }

  #before(obs: Obs): Obs {
    if (this.#padding !== null) return this.#padding.obs;
    return this.#config.paddingType === "zero" ? zeroValue(this.env.observationSpace) : obs;
  }
}

/** Padding is of the environment's own type. What is no record stays as it is, to be refused. */
function withoutPadding(options: FrameStackObservationOptions<unknown>): object {
  if (!isRecord(options)) return options;
  const { padding: _, ...rest } = options;
  return rest;
}

registerWrapper(
  "FrameStackObservation",
  (env, options: FrameStackObservationOptions<unknown>) => new FrameStackObservation(env, options),
);
