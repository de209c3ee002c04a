import type { Env, EnvInfo, RenderFrame, ResetArgs, ResetResult, StepResult } from "../../../src/env/env.ts";
import { BaseEnv } from "../../../src/env/index.ts";
import type { AsyncEnv, RenderMode } from "../../../src/env/index.ts";
import type { Space } from "../../../src/env/spaces/space.ts";

/** What a `ScriptedEnv` does; `t` is the number of steps since the reset, 0 for the reset itself. */
export type Script<Obs, Act> = {
  readonly observationSpace: Space<Obs>;
  readonly actionSpace: Space<Act>;
  readonly obs: (t: number, action: Act | null) => Obs;
  readonly reward?: (t: number, action: Act) => number;
  /** Steps until `terminated`; none by default. */
  readonly length?: number;
  readonly info?: (t: number) => EnvInfo;
  readonly renderMode?: RenderMode;
  readonly draw?: (t: number) => RenderFrame;
};

/** An environment whose every answer is a function of the step's number and action. */
export class ScriptedEnv<Obs, Act> extends BaseEnv<Obs, Act> {
  readonly observationSpace: Space<Obs>;
  readonly actionSpace: Space<Act>;
  override readonly renderMode: RenderMode;
  override readonly metadata = { renderModes: ["rgb_array", "ansi", "human"], renderFps: 10 };
  readonly #script: Script<Obs, Act>;
  /** The actions that arrived, since the construction. */
  readonly actions: Act[] = [];
  resets = 0;
  #t = 0;

  constructor(script: Script<Obs, Act>) {
    super();
    this.#script = script;
    this.observationSpace = script.observationSpace;
    this.actionSpace = script.actionSpace;
    this.renderMode = script.renderMode ?? null;
  }

  protected begin(): ResetResult<Obs, EnvInfo> {
    this.#t = 0;
    this.resets += 1;
    return [this.#script.obs(0, null), this.#script.info?.(0) ?? {}];
  }

  protected advance(action: Act): StepResult<Obs, EnvInfo> {
    this.actions.push(action);
    this.#t += 1;
    const { obs, reward = () => 1, length = Infinity, info = () => ({}) } = this.#script;
    return [obs(this.#t, action), reward(this.#t, action), this.#t >= length, false, info(this.#t)];
  }

  protected override draw(): RenderFrame {
    return this.#script.draw?.(this.#t) ?? null;
  }
}

/** The same environment with promises. */
export function promising<Obs, Act>(env: Env<Obs, Act>): AsyncEnv<Obs, Act> {
  return {
    metadata: env.metadata,
    renderMode: env.renderMode,
    spec: env.spec,
    observationSpace: env.observationSpace,
    actionSpace: env.actionSpace,
    rng: env.rng,
    rngSeed: env.rngSeed,
    get unwrapped() {
      return this;
    },
    reset: async (args?: ResetArgs) => env.reset(args),
    step: async (action: Act) => env.step(action),
    render: async () => env.render(),
    close: () => env.close(),
  };
}
