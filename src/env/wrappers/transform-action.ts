import type { Env, EnvInfo } from "../env.ts";
import { expectFunction } from "../layer.ts";
import type { Mode } from "../reply.ts";
import { expectSpace } from "../spaces/batching.ts";
import type { Space } from "../spaces/space.ts";
import { ActionWrapper } from "../wrapper.ts";

/** Takes other actions: the environment gets `func` of them. */
export class TransformAction<Obs, Act, InnerAct, Info = EnvInfo, M extends Mode = "sync"> extends ActionWrapper<
  Obs,
  Act,
  InnerAct,
  Info,
  M
> {
  readonly actionSpace: Space<Act>;
  readonly #func: (action: Act) => InnerAct;

  /** `actionSpace` is that of what `func` takes. `func` must leave its argument alone. */
  constructor(env: Env<Obs, InnerAct, Info, M>, func: (action: Act) => InnerAct, actionSpace: Space<Act>) {
    super(env);
    expectFunction(func, new.target.name);
    this.#func = func;
    this.actionSpace = expectSpace(actionSpace, new.target.name);
  }

  action(action: Act): InnerAct {
    return this.#func(action);
  }
}
