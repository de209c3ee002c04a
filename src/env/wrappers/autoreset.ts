import type { Env, EnvInfo, ResetArgs, ResetResult, StepResult } from "../env.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import { registerWrapper } from "../wrapper-registry.ts";
import { Wrapper } from "../wrapper.ts";

/**
 * Starts the next episode by itself: the step after an end ignores its action, resets, and returns the reset's
 * observation and info with reward 0 and both flags false.
 */
export class Autoreset<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends Wrapper<Obs, Act, Info, M> {
  #ended = false;

  constructor(env: Env<Obs, Act, Info, M>) {
    super(env);
    this.record("Autoreset", {});
  }

  override reset(args?: ResetArgs): Reply<ResetResult<Obs, Info>, M> {
    return andThen<ResetResult<Obs, Info>, ResetResult<Obs, Info>, M>(this.env.reset(args), (result) => {
      this.#ended = false;
      return result;
    });
  }

  override step(action: Act): Reply<StepResult<Obs, Info>, M> {
    if (this.#ended) {
      return andThen<ResetResult<Obs, Info>, StepResult<Obs, Info>, M>(this.reset(), ([obs, info]) => [
        obs,
        0,
        false,
        false,
        info,
      ]);
    }
    return andThen<StepResult<Obs, Info>, StepResult<Obs, Info>, M>(this.env.step(action), (result) => {
      this.#ended = result[2] || result[3];
      return result;
    });
  }
}

registerWrapper("Autoreset", (env) => new Autoreset(env));
