import { VectorWrapper, Wrapper, type Env, type Mode, type Reply, type VectorEnv } from "../../env/index.ts";
import type { StepResult, VectorStepResult } from "../../env/index.ts";

/** Steps that were taken, of all environments of one purpose. */
export type StepCount = { steps: number };

/** Counts the steps of an environment. */
export class CountSteps<M extends Mode> extends Wrapper<unknown, unknown, unknown, M> {
  readonly #count: StepCount;

  constructor(env: Env<unknown, unknown, unknown, M>, count: StepCount) {
    super(env);
    this.#count = count;
  }

  override step(action: unknown): Reply<StepResult<unknown, unknown>, M> {
    this.#count.steps += 1;
    return this.env.step(action);
  }
}

/** Counts the steps of all rows of a vector environment. */
export class VectorCountSteps<M extends Mode> extends VectorWrapper<unknown, unknown, unknown, M> {
  readonly #count: StepCount;

  constructor(env: VectorEnv<unknown, unknown, unknown, M>, count: StepCount) {
    super(env);
    this.#count = count;
  }

  override step(actions: unknown): Reply<VectorStepResult<unknown, unknown>, M> {
    this.#count.steps += this.numEnvs;
    return this.env.step(actions);
  }
}
