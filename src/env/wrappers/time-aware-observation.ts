import { z } from "zod";

import { ConfigError } from "../../core/errors.ts";
import { parseOptions } from "../../core/options.ts";
import type { Env, EnvInfo, ResetArgs, ResetResult, StepResult } from "../env.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import { Box } from "../spaces/box.ts";
import { DictSpace } from "../spaces/dict.ts";
import { flatten, flattenSpace } from "../spaces/flatten.ts";
import type { Space } from "../spaces/space.ts";
import { TupleSpace } from "../spaces/tuple.ts";
import { registerWrapper } from "../wrapper-registry.ts";
import { EnvLayer } from "../wrapper.ts";
import type { AnyEnv } from "../wrapper.ts";
import { TimeLimit } from "./time-limit.ts";

const TimeAwareObservationConfig = z.strictObject({
  flatten: z.boolean().default(true).describe("one row of numbers with the time at its end, instead of a record"),
  normalizeTime: z.boolean().default(false).describe("as a share of the limit, in [0, 1], instead of in steps"),
  dictTimeKey: z.string().min(1).default("time").describe("the record's key of the time"),
});
/** What a user writes. */
export type TimeAwareObservationOptions = z.input<typeof TimeAwareObservationConfig>;
type Config = z.infer<typeof TimeAwareObservationConfig>;

/** With `flatten` a row of numbers, float32, the time the last; without, a record or a tuple. */
export type WithTime = Float32Array | Readonly<Record<string, unknown>> | readonly unknown[];

/** How the time is joined to an observation. A method, so that each way may name the observations that it knows. */
type Join = { readonly space: Space<WithTime>; apply(obs: unknown, now: number): WithTime };

/**
 * Shows the steps since the episode's beginning beside each observation. With `flatten` the observation is flattened to
 * float32, with the time at its end; without, records get one more key, tuples one more element, and everything else becomes `{ obs, time }`, where the
 * time is a float32 array [1].
 */
export class TimeAwareObservation<Act, Info = EnvInfo, M extends Mode = "sync"> extends EnvLayer<
  WithTime,
  Act,
  Info,
  M,
  Env<unknown, Act, Info, M>
> {
  readonly observationSpace: Space<WithTime>;
  readonly #config: Config;
  readonly #join: Join;
  /** What one step adds to the time. */
  readonly #unit: number;
  #steps = 0;

  /** @throws ConfigError without a time limit; with `flatten` where observations vary in size. */
  constructor(env: Env<unknown, Act, Info, M>, options: TimeAwareObservationOptions = {}) {
    super(env);
    this.#config = parseOptions(TimeAwareObservationConfig, options, "TimeAwareObservation");
    const limit = timeLimitOf(env);
    this.#unit = this.#config.normalizeTime ? 1 / limit : 1;
    const time = new Box({ low: 0, high: this.#config.normalizeTime ? 1 : limit, shape: [1], dtype: "float32" });
    this.#join = this.#config.flatten
      ? flatJoin(env.observationSpace, time)
      : partJoin(env.observationSpace, time, this.#config.dictTimeKey);
    this.observationSpace = this.#join.space;
    this.record("TimeAwareObservation", this.#config);
  }

  get actionSpace(): Space<Act> {
    return this.env.actionSpace;
  }

  reset(args?: ResetArgs): Reply<ResetResult<WithTime, Info>, M> {
    return andThen<ResetResult<unknown, Info>, ResetResult<WithTime, Info>, M>(this.env.reset(args), ([obs, info]) => {
      this.#steps = 0;
      return [this.#join.apply(obs, 0), info];
    });
  }

  step(action: Act): Reply<StepResult<WithTime, Info>, M> {
    return andThen<StepResult<unknown, Info>, StepResult<WithTime, Info>, M>(
      this.env.step(action),
      ([obs, ...rest]) => {
        this.#steps += 1;
        return [this.#join.apply(obs, this.#steps * this.#unit), ...rest];
      },
    );
  }
}

registerWrapper(
  "TimeAwareObservation",
  (env, options: TimeAwareObservationOptions) => new TimeAwareObservation(env, options),
);

function flatJoin(space: Space<unknown>, time: Box): Join {
  const flat = flattenSpace(space);
  const low = [...flat.low, 0];
  const high = [...flat.high, Number(time.high[0])];
  return {
    space: new Box({ low, high, shape: [low.length], dtype: "float32" }),
    apply: (obs, now) => Float32Array.of(...flatten(space, obs), now),
  };
}

function partJoin(space: Space<unknown>, time: Box, key: string): Join {
  if (space instanceof TupleSpace) {
    const spaces: readonly Space<unknown>[] = space.spaces;
    return {
      space: new TupleSpace([...spaces, time]),
      apply: (obs: readonly unknown[], now) => [...obs, Float32Array.of(now)],
    };
  }
  const inner: Readonly<Record<string, Space<unknown>>> = space instanceof DictSpace ? space.spaces : { obs: space };
  if (key in inner) {
    throw new ConfigError(`TimeAwareObservation: dictTimeKey must be new to the observation, got ${key}`);
  }
  const withTime = (obs: object, now: number): WithTime => ({ ...obs, [key]: Float32Array.of(now) });
  return {
    space: new DictSpace<Readonly<Record<string, unknown>>>({ ...inner, [key]: time }),
    apply: space instanceof DictSpace ? withTime : (obs, now) => withTime({ obs }, now),
  };
}

/** The steps after which an episode is truncated, as the spec or a `TimeLimit` within says. @throws ConfigError */
function timeLimitOf(env: AnyEnv): number {
  if (env instanceof TimeLimit) return env.maxEpisodeSteps;
  const limit = env.spec?.maxEpisodeSteps ?? null;
  if (limit !== null) return limit;
  if (env instanceof EnvLayer) return timeLimitOf(env.env);
  throw new ConfigError("TimeAwareObservation: episodes must have a time limit, got none - put a TimeLimit inside");
}
