import { z } from "zod";

import { parseOptions } from "../../core/options.ts";
import type { Env, EnvInfo, ResetArgs, ResetResult, StepResult } from "../env.ts";
import { andThen, attempt } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import { registerWrapper } from "../wrapper-registry.ts";
import { Wrapper } from "../wrapper.ts";
import { expectAction } from "./action-transforms.ts";
import { ChildStream } from "./child-stream.ts";

const duration = z.int().positive();

const StickyActionConfig = z.strictObject({
  repeatActionProbability: z.number().min(0).lt(1).describe("how often an action sticks"),
  repeatActionDuration: z
    .union([
      duration,
      z.tuple([duration, duration]).refine(([low, high]) => low < high, { error: "the range must not be empty" }),
    ])
    .default(1)
    .describe("how many steps it then sticks for: always as many, or drawn from [low, high)"),
});
/** What a user writes. */
export type StickyActionOptions = z.input<typeof StickyActionConfig>;

/**
 * Now and then repeats the last action instead of taking the new one (Machado et al., 2018). Draws from a stream of its
 * own, a child of the environment's.
 */
export class StickyAction<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends Wrapper<Obs, Act, Info, M> {
  readonly #config: z.infer<typeof StickyActionConfig>;
  readonly #stream: ChildStream;
  /** The action that may stick; none before an episode's first step. */
  #last: { readonly action: Act } | null = null;
  #stepsLeft = 0;

  /** @throws ConfigError for a probability outside [0, 1), or a duration that is not positive. */
  constructor(env: Env<Obs, Act, Info, M>, options: StickyActionOptions) {
    super(env);
    this.#config = parseOptions(StickyActionConfig, options, "StickyAction");
    this.#stream = new ChildStream(env, "StickyAction");
    this.record("StickyAction", this.#config);
  }

  override reset(args?: ResetArgs): Reply<ResetResult<Obs, Info>, M> {
    return andThen<ResetResult<Obs, Info>, ResetResult<Obs, Info>, M>(this.env.reset(args), (result) => {
      this.#forget();
      return result;
    });
  }

  /** @throws InvalidActionError for an action outside the space, even where the last one would stick. */
  override step(action: Act): Reply<StepResult<Obs, Info>, M> {
    return attempt<StepResult<Obs, Info>, M>(this.mode, () => {
      expectAction(this.actionSpace, action, "StickyAction");
      const taken = this.#choose(action);
      return andThen<StepResult<Obs, Info>, StepResult<Obs, Info>, M>(this.env.step(taken), (result) => {
        this.#last = { action: taken };
        if (result[2] || result[3]) this.#forget();
        return result;
      });
    });
  }

  #choose(action: Act): Act {
    if (this.#last === null) return action;
    const { rng } = this.#stream;
    if (this.#stepsLeft === 0 && rng.uniform() < this.#config.repeatActionProbability) {
      const { repeatActionDuration: steps } = this.#config;
      this.#stepsLeft = typeof steps === "number" ? steps : steps[0] + rng.integer(steps[1] - steps[0]);
    }
    if (this.#stepsLeft === 0) return action;
    this.#stepsLeft -= 1;
    return this.#last.action;
  }

  #forget(): void {
    this.#last = null;
    this.#stepsLeft = 0;
  }
}

registerWrapper("StickyAction", (env, options: StickyActionOptions) => new StickyAction(env, options));
