import { z } from "zod";

import { parseOptions } from "../../core/options.ts";
import type { Env, EnvInfo, ResetArgs, ResetResult } from "../env.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import type { Space } from "../spaces/space.ts";
import { registerWrapper } from "../wrapper-registry.ts";
import { ObservationWrapper } from "../wrapper.ts";
import { zeroValue } from "./zero-value.ts";

const DelayObservationConfig = z.strictObject({
  delay: z.int().nonnegative().describe("steps after which an observation is shown"),
});
/** What a user writes. */
export type DelayObservationOptions = z.input<typeof DelayObservationConfig>;

/** Shows every observation `delay` steps late, and zeros before an episode's first one. */
export class DelayObservation<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends ObservationWrapper<
  Obs,
  Obs,
  Act,
  Info,
  M
> {
  readonly #config: z.infer<typeof DelayObservationConfig>;
  #hidden: Obs[] = [];

  /** @throws ConfigError unless `delay` is a non-negative integer. */
  constructor(env: Env<Obs, Act, Info, M>, options: DelayObservationOptions) {
    super(env);
    this.#config = parseOptions(DelayObservationConfig, options, "DelayObservation");
    this.record("DelayObservation", this.#config);
  }

  get observationSpace(): Space<Obs> {
    return this.env.observationSpace;
  }

  override reset(args?: ResetArgs): Reply<ResetResult<Obs, Info>, M> {
    return andThen<ResetResult<Obs, Info>, ResetResult<Obs, Info>, M>(this.env.reset(args), ([obs, info]) => {
      this.#hidden = [];
      return [this.observation(obs), info];
    });
  }

  observation(obs: Obs): Obs {
    this.#hidden.push(obs);
    const [oldest] = this.#hidden;
    if (oldest === undefined || this.#hidden.length <= this.#config.delay) return zeroValue(this.observationSpace);
    this.#hidden.shift();
    return oldest;
  }
}

registerWrapper("DelayObservation", (env, options: DelayObservationOptions) => new DelayObservation(env, options));
