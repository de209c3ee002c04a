import { z } from "zod";

import { parseOptions } from "../../core/options.ts";

import type { Env, EnvInfo, ResetArgs, ResetResult, StepResult } from "../env.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import type { EnvSpec } from "../spec.ts";
import { registerWrapper } from "../wrapper-registry.ts";
import { Wrapper } from "../wrapper.ts";

const TimeLimitConfig = z.strictObject({
  maxEpisodeSteps: z.int().positive().describe("steps after which an episode is truncated"),
});
/** What a user writes. */
export type TimeLimitOptions = z.input<typeof TimeLimitConfig>;

/**
 * Truncates an episode after `maxEpisodeSteps` steps, whether or not the last one also terminates it. The limit is part
 * of the environment's spec.
 */
export class TimeLimit<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends Wrapper<Obs, Act, Info, M> {
  readonly maxEpisodeSteps: number;
  #steps = 0;

  /** @throws ConfigError unless the limit is a positive integer. */
  constructor(env: Env<Obs, Act, Info, M>, options: TimeLimitOptions) {
    super(env);
    this.maxEpisodeSteps = parseOptions(TimeLimitConfig, options, "TimeLimit").maxEpisodeSteps;
    this.record("TimeLimit", { maxEpisodeSteps: this.maxEpisodeSteps });
  }

  /** The spec's own limit stands within its other wrappers: around these, this one is a wrapper like any other. */
  protected override extendSpec(spec: EnvSpec): EnvSpec {
    if (spec.additionalWrappers.length > 0) return super.extendSpec(spec);
    return { ...spec, maxEpisodeSteps: Math.min(this.maxEpisodeSteps, spec.maxEpisodeSteps ?? Infinity) };
  }

  override reset(args?: ResetArgs): Reply<ResetResult<Obs, Info>, M> {
    return andThen<ResetResult<Obs, Info>, ResetResult<Obs, Info>, M>(this.env.reset(args), (result) => {
      this.#steps = 0;
      return result;
    });
  }

  override step(action: Act): Reply<StepResult<Obs, Info>, M> {
    return andThen<StepResult<Obs, Info>, StepResult<Obs, Info>, M>(this.env.step(action), this.#count);
  }

  /** Made once: a step is hot. */
  readonly #count = (result: StepResult<Obs, Info>): StepResult<Obs, Info> => {
    this.#steps += 1;
    if (this.#steps < this.maxEpisodeSteps) return result;
    const [obs, reward, terminated, , info] = result;
    return [obs, reward, terminated, true, info];
  };
}

registerWrapper("TimeLimit", (env, options: TimeLimitOptions) => new TimeLimit(env, options));
