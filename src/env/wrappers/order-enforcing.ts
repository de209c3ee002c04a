import { z } from "zod";

import { ResetNeededError } from "../../core/errors.ts";
import { parseOptions } from "../../core/options.ts";
import type { Env, EnvInfo, RenderFrame, ResetArgs, ResetResult, StepResult } from "../env.ts";
import { andThen, attempt } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import type { EnvSpec } from "../spec.ts";
import { Wrapper } from "../wrapper.ts";

const OrderEnforcingConfig = z.strictObject({
  disableRenderOrderEnforcing: z.boolean().default(false).describe("allow render before the first reset"),
});
/** What a user writes. */
export type OrderEnforcingOptions = z.input<typeof OrderEnforcingConfig>;

/** Refuses `step` and `render` before the first `reset`. */
export class OrderEnforcing<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends Wrapper<Obs, Act, Info, M> {
  readonly #rendersBeforeReset: boolean;
  #hasReset = false;

  constructor(env: Env<Obs, Act, Info, M>, options: OrderEnforcingOptions = {}) {
    super(env);
    const config = parseOptions(OrderEnforcingConfig, options, "OrderEnforcing");
    this.#rendersBeforeReset = config.disableRenderOrderEnforcing;
  }

  /** Whether an episode was ever begun. */
  get hasReset(): boolean {
    return this.#hasReset;
  }

  protected override extendSpec(spec: EnvSpec): EnvSpec {
    return { ...spec, orderEnforce: true };
  }

  override reset(args?: ResetArgs): Reply<ResetResult<Obs, Info>, M> {
    return andThen<ResetResult<Obs, Info>, ResetResult<Obs, Info>, M>(this.env.reset(args), (result) => {
      this.#hasReset = true;
      return result;
    });
  }

  /** @throws ResetNeededError before the first reset. */
  override step(action: Act): Reply<StepResult<Obs, Info>, M> {
    if (!this.#hasReset) return this.#refuse("step");
    return this.env.step(action);
  }

  /** @throws ResetNeededError before the first reset, unless that is allowed. */
  override render(): Reply<RenderFrame, M> {
    if (!this.#hasReset && !this.#rendersBeforeReset) return this.#refuse("render");
    return this.env.render();
  }

  #refuse<T>(where: string): Reply<T, M> {
    return attempt<T, M>(this.mode, () => {
      throw new ResetNeededError(`${where}: no episode has begun - call reset first`);
    });
  }
}
