import { z } from "zod";

import { parseOptions } from "../../core/options.ts";
import type { Env, EnvInfo, StepResult } from "../env.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import { registerWrapper } from "../wrapper-registry.ts";
import { Wrapper } from "../wrapper.ts";
import { expectBox, fillBox } from "./boxes.ts";
import type { NumericArray } from "../spaces/arrays.ts";

const RepeatActionConfig = z.strictObject({
  numRepeats: z.int().positive().describe("steps that an action is held for; fewer where the episode ends"),
});
/** What a user writes. */
export type RepeatActionOptions = z.input<typeof RepeatActionConfig>;

/** Holds every action for `numRepeats` steps, or to the episode's end: rewards add up, the rest is of the last step. */
export class RepeatAction<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends Wrapper<Obs, Act, Info, M> {
  readonly #config: z.infer<typeof RepeatActionConfig>;

  /** @throws ConfigError unless `numRepeats` is a positive integer. */
  constructor(env: Env<Obs, Act, Info, M>, options: RepeatActionOptions) {
    super(env);
    this.#config = parseOptions(RepeatActionConfig, options, "RepeatAction");
    this.record("RepeatAction", this.#config);
  }

  override step(action: Act): Reply<StepResult<Obs, Info>, M> {
    return repeat(this.env, action, this.#config.numRepeats);
  }
}

registerWrapper("RepeatAction", (env, options: RepeatActionOptions) => new RepeatAction(env, options));

const MaxAndSkipObservationConfig = z.strictObject({
  skip: z.int().min(2).default(4).describe("steps that an action is held for; fewer where the episode ends"),
});
/** What a user writes. */
export type MaxAndSkipObservationOptions = z.input<typeof MaxAndSkipObservationConfig>;

/**
 * Holds every action for `skip` steps, as `RepeatAction` does, and shows the element-wise maximum of the last two
 * observations: sprites that are drawn in every other frame only are then always seen.
 */
export class MaxAndSkipObservation<
  Obs extends NumericArray,
  Act,
  Info = EnvInfo,
  M extends Mode = "sync",
> extends Wrapper<Obs, Act, Info, M> {
  readonly #config: z.infer<typeof MaxAndSkipObservationConfig>;

  /** @throws ConfigError unless observations are arrays and `skip` is an integer of at least 2. */
  constructor(env: Env<Obs, Act, Info, M>, options: MaxAndSkipObservationOptions = {}) {
    super(env);
    this.#config = parseOptions(MaxAndSkipObservationConfig, options, "MaxAndSkipObservation");
    expectBox(env.observationSpace, "MaxAndSkipObservation");
    this.record("MaxAndSkipObservation", this.#config);
  }

  override step(action: Act): Reply<StepResult<Obs, Info>, M> {
    const lastTwo: Obs[] = [];
    const keep = (obs: Obs): void => {
      if (lastTwo.push(obs) > 2) lastTwo.shift();
    };
    return andThen<StepResult<Obs, Info>, StepResult<Obs, Info>, M>(
      repeat(this.env, action, this.#config.skip, keep),
      ([, ...rest]) => [this.#maximum(lastTwo), ...rest],
    );
  }

  #maximum(frames: readonly Obs[]): Obs;
  #maximum(frames: readonly NumericArray[]): NumericArray {
    const box = expectBox(this.observationSpace, "MaxAndSkipObservation");
    return fillBox(box, (i) => Math.max(...frames.map((frame) => Number(frame[i]))));
  }
}

registerWrapper(
  "MaxAndSkipObservation",
  (env: Env<NumericArray, unknown, unknown, Mode>, options: MaxAndSkipObservationOptions) =>
    new MaxAndSkipObservation(env, options),
);

/** Up to `count` steps with one action; `seen` gets each observation. */
function repeat<Obs, Act, Info, M extends Mode>(
  env: Env<Obs, Act, Info, M>,
  action: Act,
  count: number,
  seen: (obs: Obs) => void = () => {},
): Reply<StepResult<Obs, Info>, M> {
  let total = 0;
  let left = count;
  const next = (result: StepResult<Obs, Info>): StepResult<Obs, Info> | Reply<StepResult<Obs, Info>, M> => {
    const [obs, reward, terminated, truncated, info] = result;
    seen(obs);
    total += reward;
    left -= 1;
    if (left === 0 || terminated || truncated) return [obs, total, terminated, truncated, info];
    return go();
  };
  const go = () => andThen<StepResult<Obs, Info>, StepResult<Obs, Info>, M>(env.step(action), next);
  return go();
}
