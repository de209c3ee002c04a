import { parseOptions } from "../../core/options.ts";
import type { Env, EnvInfo } from "../env.ts";
import type { Mode } from "../reply.ts";
import { registerWrapper } from "../wrapper-registry.ts";
import { clip, rescaleActions } from "./action-transforms.ts";
import { RescaleConfig, rescaleToJSON } from "./box-observations.ts";
import type { RescaleOptions } from "./box-observations.ts";
import { TransformAction } from "./transform-action.ts";

/** Takes any finite numbers as an action, float32, and cuts them to the environment's bounds. */
export class ClipAction<Obs, InnerAct, Info = EnvInfo, M extends Mode = "sync"> extends TransformAction<
  Obs,
  Float32Array,
  InnerAct,
  Info,
  M
> {
  /** @throws ConfigError unless the action space is a Box. */
  constructor(env: Env<Obs, InnerAct, Info, M>) {
    const { apply, space } = clip(env.actionSpace);
    super(env, apply, space);
    this.record("ClipAction", {});
  }
}

registerWrapper("ClipAction", (env) => new ClipAction(env));

/** Takes actions in [min, max], float32, and moves them linearly to the environment's bounds. */
export class RescaleAction<Obs, InnerAct, Info = EnvInfo, M extends Mode = "sync"> extends TransformAction<
  Obs,
  Float32Array,
  InnerAct,
  Info,
  M
> {
  /** @throws ConfigError unless the action space is a Box, and for equal bounds, or where infinite and finite ones meet. */
  constructor(env: Env<Obs, InnerAct, Info, M>, options: RescaleOptions) {
    const config = parseOptions(RescaleConfig, options, "RescaleAction");
    const { apply, space } = rescaleActions(env.actionSpace, config);
    super(env, apply, space);
    this.record("RescaleAction", rescaleToJSON(config));
  }
}

registerWrapper("RescaleAction", (env, options: RescaleOptions) => new RescaleAction(env, options));
