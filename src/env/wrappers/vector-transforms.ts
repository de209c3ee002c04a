import type { EnvInfo, VectorEnv } from "../env.ts";
import { expectFunction } from "../layer.ts";
import type { Mode } from "../reply.ts";
import type { Space } from "../spaces/space.ts";
import { VectorActionWrapper, VectorObservationWrapper, VectorRewardWrapper } from "../vector-wrapper.ts";
import { concatenate, expectSpace, iterate } from "../spaces/batching.ts";
import { invalidActions } from "../vector/actions.ts";
import { batchSpace } from "../vector/batch.ts";
import type { BatchOf } from "../spaces/rows.ts";

/** A function of one value. As a method, whose parameter is compared in both directions: rows of a batch have no type. */
type RowFunction = { apply(value: unknown): unknown }["apply"];

/**
 * Shows `func` of every row's observation, of the last ones in SameStep mode too. `Obs` and `InnerObs` are single
 * observations.
 */
export class VectorTransformObservation<
  Obs,
  InnerObs,
  Act,
  Info = EnvInfo,
  M extends Mode = "sync",
> extends VectorObservationWrapper<BatchOf<Obs>, BatchOf<InnerObs>, Act, Info, M> {
  readonly observationSpace: Space<BatchOf<Obs>>;
  readonly #space: Space<Obs>;
  readonly #func: RowFunction;

  /** `space` is that of what `func` returns. `func` must leave its argument alone. */
  constructor(env: VectorEnv<BatchOf<InnerObs>, Act, Info, M>, func: (obs: InnerObs) => Obs, space: Space<Obs>) {
    super(env);
    expectFunction(func, new.target.name);
    this.#func = func;
    this.#space = expectSpace(space, new.target.name);
    this.observationSpace = batchSpace(space, env.numEnvs);
  }

  override get singleObservationSpace(): Space<Obs> {
    return this.#space;
  }

  observations(batch: BatchOf<InnerObs>): BatchOf<Obs>;
  observations(batch: unknown): unknown {
    const rows = iterate(this.env.singleObservationSpace, batch);
    return concatenate<unknown>(this.#space, rows.map(this.#func));
  }

  finalObservation(obs: unknown): unknown {
    return this.#func(obs);
  }
}

/** Takes other actions: every row's environment gets `func` of its own. `Act` and `InnerAct` are single actions. */
export class VectorTransformAction<
  Obs,
  Act,
  InnerAct,
  Info = EnvInfo,
  M extends Mode = "sync",
> extends VectorActionWrapper<Obs, BatchOf<Act> | readonly Act[], BatchOf<InnerAct>, Info, M> {
  readonly actionSpace: Space<BatchOf<Act>>;
  readonly #space: Space<Act>;
  readonly #func: RowFunction;

  /** `space` is that of what `func` takes. `func` must leave its argument alone. */
  constructor(env: VectorEnv<Obs, BatchOf<InnerAct>, Info, M>, func: (action: Act) => InnerAct, space: Space<Act>) {
    super(env);
    expectFunction(func, new.target.name);
    this.#func = func;
    this.#space = expectSpace(space, new.target.name);
    this.actionSpace = batchSpace(space, env.numEnvs);
  }

  override get singleActionSpace(): Space<Act> {
    return this.#space;
  }

  /** @throws InvalidActionError unless there is one member of the single action space per row. */
  actions(actions: BatchOf<Act> | readonly Act[]): BatchOf<InnerAct>;
  actions(actions: unknown): unknown {
    const rows: readonly unknown[] = Array.isArray(actions) ? actions : this.#rows(actions);
    if (rows.length !== this.numEnvs || !rows.every((row) => this.#space.contains(row))) this.#refuse(actions);
    return concatenate(this.env.singleActionSpace, rows.map(this.#func));
  }

  #rows(batch: unknown): readonly unknown[] {
    if (!this.actionSpace.contains(batch)) this.#refuse(batch);
    return iterate<unknown>(this.#space, batch);
  }

  #refuse(actions: unknown): never {
    throw invalidActions(this, actions);
  }
}

/** Pays `func` of every reward. A row that was reset is paid nothing, whatever `func` makes of 0. */
export class VectorTransformReward<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends VectorRewardWrapper<
  Obs,
  Act,
  Info,
  M
> {
  readonly #func: (reward: number) => number;

  constructor(env: VectorEnv<Obs, Act, Info, M>, func: (reward: number) => number) {
    super(env);
    expectFunction(func, new.target.name);
    this.#func = func;
  }

  rewards(rewards: Float64Array, rows: readonly number[]): Float64Array {
    const paid = rewards.slice();
    for (const row of rows) paid[row] = this.#func(Number(rewards[row]));
    return paid;
  }
}
