import type { Env, EnvInfo, RenderFrame, ResetArgs, ResetResult, StepResult } from "../env.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import type { EnvSpec } from "../spec.ts";
import { Wrapper } from "../wrapper.ts";
import { checkRender, checkReset, checkSpaces, checkStep } from "./passive-checks.ts";

/**
 * Holds an environment to its contract while it is used: the spaces when it is wrapped, the results of the first
 * `reset`, `step` and `render`. What agents cannot live with throws `GenieError`; the rest is a warning on the console.
 */
export class PassiveEnvChecker<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends Wrapper<Obs, Act, Info, M> {
  #resetChecked = false;
  #stepChecked = false;
  #renderChecked = false;

  /** @throws GenieError for an environment without its spaces, or with something else in their place. */
  constructor(env: Env<Obs, Act, Info, M>) {
    super(env);
    checkSpaces(env);
  }

  protected override extendSpec(spec: EnvSpec): EnvSpec {
    return { ...spec, disableEnvChecker: false };
  }

  override reset(args?: ResetArgs): Reply<ResetResult<Obs, Info>, M> {
    if (this.#resetChecked) return this.env.reset(args);
    return andThen<ResetResult<Obs, Info>, ResetResult<Obs, Info>, M>(this.env.reset(args), (result) => {
      this.#resetChecked = true;
      checkReset(this.env, result);
      return result;
    });
  }

  override step(action: Act): Reply<StepResult<Obs, Info>, M> {
    if (this.#stepChecked) return this.env.step(action);
    return andThen<StepResult<Obs, Info>, StepResult<Obs, Info>, M>(this.env.step(action), (result) => {
      this.#stepChecked = true;
      checkStep(this.env, result);
      return result;
    });
  }

  override render(): Reply<RenderFrame, M> {
    if (this.#renderChecked) return this.env.render();
    return andThen<RenderFrame, RenderFrame, M>(this.env.render(), (frame) => {
      this.#renderChecked = true;
      checkRender(this.env, frame);
      return frame;
    });
  }
}
