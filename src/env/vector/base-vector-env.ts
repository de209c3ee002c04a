import { z } from "zod";

import { ClosedError } from "../../core/errors.ts";
import type {
  EnvInfo,
  RenderFrame,
  RenderMode,
  ResetResult,
  VectorEnv,
  VectorMetadata,
  VectorResetArgs,
  VectorStepResult,
} from "../env.ts";
import { Episodes } from "../episodes.ts";
import { andThen, attempt } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import { iterate } from "../spaces/batching.ts";
import type { BatchOf } from "../spaces/rows.ts";
import type { Space } from "../spaces/space.ts";
import type { EnvSpec } from "../spec.ts";
import { warn } from "../warn.ts";
import type { ActionsOf } from "./actions.ts";
import { batchInfos } from "./batch-info.ts";
import { batchSpace } from "./batch.ts";
import { PendingCall, type PendingName } from "./pending-call.ts";
import type { RowTemplate } from "./row-template.ts";
import { planReset } from "./reset-plan.ts";
import type { ResetPlan } from "./reset-plan.ts";

/** The options that all vector environments share. */
export const VectorConfig = z.strictObject({
  autoresetMode: z
    .enum(["NextStep", "SameStep", "Disabled"])
    .default("NextStep")
    .describe("when a finished row starts anew: with the next step, within the last one, or by reset only"),
});

/** The size of a batch, and how its episodes end and begin. */
export type BatchPlan = {
  readonly numEnvs: number;
  readonly autoresetMode: VectorMetadata["autoresetMode"];
  /** Steps after which a row is truncated; null where the rows know themselves. */
  readonly maxEpisodeSteps: number | null;
};

/** What a step of all rows writes, all zeros before: float64 [B] and flags uint8 [B]. */
export type BatchOutcome = {
  readonly rewards: Float64Array;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
};

/**
 * Steps every row but those in `restarting`, which begin an episode instead and write nothing. Returns an info per row,
 * or none at all.
 */
export type StepWork<M extends Mode> = (
  restarting: readonly number[],
  outcome: BatchOutcome,
) => Reply<readonly unknown[], M>;

/**
 * What all vector environments share: which rows start when, seeds and masks, batches of infos, and refusing misuse
 * before anything changes. A subclass says how rows begin, how they go on, and how they look.
 */
export abstract class BaseVectorEnv<Obs, Act, M extends Mode, Info = EnvInfo>
  implements VectorEnv<BatchOf<Obs>, ActionsOf<Act>, Info, M>, Disposable
{
  abstract readonly mode: M;
  readonly numEnvs: number;
  readonly metadata: VectorMetadata;
  readonly renderMode: RenderMode;
  spec: EnvSpec | null = null;
  readonly observationSpace: Space<BatchOf<Obs>>;
  readonly actionSpace: Space<BatchOf<Act>>;
  readonly singleObservationSpace: Space<Obs>;
  readonly singleActionSpace: Space<Act>;
  /** Where each row stands; a subclass that restores states writes it. */
  protected readonly episodes: Episodes;
  /** What `stepAsync` and its like have begun. */
  protected readonly pending = new PendingCall();
  /** Set while a call moves rows on: one that throws meanwhile leaves them where nobody knows. */
  protected isHalfway = false;
  #isClosed = false;

  constructor(template: RowTemplate<Obs, Act>, { numEnvs, autoresetMode, maxEpisodeSteps }: BatchPlan) {
    this.numEnvs = numEnvs;
    this.metadata = { ...template.metadata, autoresetMode };
    this.renderMode = template.renderMode;
    this.singleObservationSpace = template.observationSpace;
    this.singleActionSpace = template.actionSpace;
    this.observationSpace = template.batchedObservationSpace ?? batchSpace(template.observationSpace, numEnvs);
    this.actionSpace = batchSpace(template.actionSpace, numEnvs);
    this.episodes = new Episodes(numEnvs, autoresetMode, maxEpisodeSteps ?? Infinity);
  }

  /** Puts rows at the start of an episode. Returns an info for each of them, or none at all. */
  protected abstract startRows(plan: ResetPlan): Reply<readonly unknown[], M>;

  /** Reads a batch of actions and refuses bad ones. Returns what the step then does; nothing has changed yet. */
  protected abstract prepareStep(actions: ActionsOf<Act>): StepWork<M>;

  /** The current observations. */
  protected abstract observe(): Reply<BatchOf<Obs>, M>;

  /** The current states as the render mode shows them. */
  protected abstract draw(): Reply<RenderFrame, M>;

  /** Frees what the rows hold. Called once. */
  protected free(): void {}

  /**
   * Runs a call: `prepare` now, which reads what the caller gave and may write over, then `work` with what it returns.
   * Calls that answer with promises wait between the two for the calls before them.
   */
  protected inTurn<P, T>(prepare: () => P, work: (prepared: P) => Reply<T, M>): Reply<T, M> {
    return work(prepare());
  }

  get unwrapped(): this {
    return this;
  }

  get closed(): boolean {
    return this.#isClosed;
  }

  /**
   * Starts episodes: of all rows, or of those that `options.reset_mask` flags; the others stay as they are. The other
   * options go to the rows. The info is that of the rows that were reset.
   * @throws ConfigError for seeds or a mask that do not fit; ResetNeededError for a mask while a row without its flag has
   * not begun an episode. Nothing has changed then.
   */
  reset(args: VectorResetArgs = {}): Reply<ResetResult<BatchOf<Obs>, Info>, M> {
    return this.inTurn(
      () => {
        this.expectIdle("reset");
        return this.planReset(args);
      },
      (plan) => {
        this.expectOpen("reset");
        this.episodes.expectStarted("reset", plan.rows);
        return andThen<readonly unknown[], ResetResult<BatchOf<Obs>, Info>, M>(this.startRows(plan), (infos) => {
          this.episodes.start(plan.rows);
          return andThen<BatchOf<Obs>, ResetResult<BatchOf<Obs>, Info>, M>(this.observe(), (obs) => [
            obs,
            this.#told(this.#spread(plan.rows, infos)),
          ]);
        });
      },
    );
  }

  /**
   * One step of every row. A row that starts anew ignores its action and is paid 0.
   * @throws InvalidActionError unless there is one member of the action space per row; ResetNeededError when a row has
   * not begun an episode, or has ended and autoreset is off. Nothing has changed then.
   */
  step(actions: ActionsOf<Act>): Reply<VectorStepResult<BatchOf<Obs>, Info>, M> {
    return this.inTurn(
      () => {
        this.expectIdle("step");
        return this.prepareStep(actions);
      },
      (work) => {
        this.expectOpen("step");
        const restarting = this.episodes.beginStep();
        const outcome = emptyOutcome(this.numEnvs);
        this.isHalfway = true;
        return andThen<readonly unknown[], VectorStepResult<BatchOf<Obs>, Info>, M>(
          work(restarting, outcome),
          (infos) => this.#endStep(outcome, infos),
        );
      },
    );
  }

  /**
   * Begins a step, which goes on while the caller does something else; `stepWait` returns what came of it, or throws. Until
   * then every call but `close` is refused. Where environments answer at once, the step is done when this returns.
   * @throws AlreadyPendingCallError while a call is pending; ClosedError after `close`.
   */
  stepAsync(actions: ActionsOf<Act>): void {
    this.expectIdle("stepAsync");
    this.pending.begin<M>("step", () => this.step(actions));
  }

  /** Waits for the step that `stepAsync` began. @throws NoAsyncCallError when none is pending; whatever `step` throws. */
  stepWait(): Reply<VectorStepResult<BatchOf<Obs>, Info>, M> {
    return this.endPending("step");
  }

  /** Begins a reset, as `stepAsync` a step. */
  resetAsync(args?: VectorResetArgs): void {
    this.expectIdle("resetAsync");
    this.pending.begin<M>("reset", () => this.reset(args));
  }

  /** Waits for the reset that `resetAsync` began. @throws NoAsyncCallError when none is pending; whatever `reset` throws. */
  resetWait(): Reply<ResetResult<BatchOf<Obs>, Info>, M> {
    return this.endPending("reset");
  }

  /** What the rows show, one behind the other; null without a render mode. */
  render(): Reply<RenderFrame, M> {
    return this.whenOpen("render", () => {
      this.episodes.expectStarted("render");
      return this.draw();
    });
  }

  close(): void {
    if (this.#isClosed) return;
    if (this.pending.isRunning) warn("close: a call that was begun is still pending - wait for it before");
    this.pending.drop();
    this.#isClosed = true;
    this.free();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Closes when the calls that are under way are done; nobody waits for what was begun. */
  protected async closeAfter(done: Promise<unknown>): Promise<void> {
    await done;
    this.pending.drop();
    this.close();
  }

  /** `SyncVectorEnv(CartPole-v1, numEnvs=4)`. */
  toString(): string {
    return `${this.constructor.name}(${this.spec?.id ?? "instance"}, numEnvs=${this.numEnvs})`;
  }

  /** Reads what `reset` was given. @throws ConfigError for what breaks a rule. */
  protected planReset(args: VectorResetArgs): ResetPlan {
    return planReset(args, this.numEnvs);
  }

  /** Runs a call that reads nothing of the caller's. @throws ClosedError after `close`. */
  protected whenOpen<T>(where: string, work: () => Reply<T, M>): Reply<T, M> {
    return this.inTurn(
      () => this.expectIdle(where),
      () => {
        this.expectOpen(where);
        return work();
      },
    );
  }

  /** Before a call changes anything, in its turn. @throws ClosedError after `close`. */
  protected expectOpen(where: string): void {
    this.#expectNotClosed(where);
    if (this.isHalfway) this.episodes.abandon();
    this.isHalfway = false;
  }

  /** The answer of a call that was begun, given as this environment's mode gives answers. */
  protected endPending<T>(name: PendingName): Reply<T, M>;
  protected endPending(name: PendingName): unknown {
    return attempt<unknown, Mode>(this.mode, () => {
      this.#expectNotClosed(`${name}Wait`);
      return this.pending.end(name);
    });
  }

  /** When a call is made. @throws ClosedError after `close`; AlreadyPendingCallError while a call is pending. */
  protected expectIdle(where: string): void {
    this.#expectNotClosed(where);
    this.pending.expectNone(where);
  }

  #expectNotClosed(where: string): void {
    if (this.#isClosed) throw new ClosedError(`${where}: the environment is closed - make a new one`);
  }

  /** Counts the step, and starts the rows that start within the step that ended them. */
  #endStep(outcome: BatchOutcome, infos: readonly unknown[]): Reply<VectorStepResult<BatchOf<Obs>, Info>, M>;
  #endStep(outcome: BatchOutcome, infos: readonly unknown[]): unknown {
    this.episodes.advance(outcome.terminated, outcome.truncated);
    const ended = this.episodes.endStep();
    return andThen<BatchOf<Obs>, unknown, M>(this.observe(), (obs) => {
      if (ended.length === 0) return this.#finish(outcome, obs, this.#told(infos));
      const final = this.#finalInfo(ended, obs, infos);
      return andThen<readonly unknown[], unknown, M>(
        this.startRows({ rows: ended, seeds: [], options: {} }),
        (begun) => {
          this.episodes.start(ended);
          const started = this.#spread(ended, begun);
          const current = infos.map((info, row) => (ended.includes(row) ? started[row] : info));
          return andThen<BatchOf<Obs>, unknown, M>(this.observe(), (first) =>
            this.#finish(outcome, first, this.#told(current, final)),
          );
        },
      );
    });
  }

  #finish(
    { rewards, terminated, truncated }: BatchOutcome,
    obs: BatchOf<Obs>,
    info: Info,
  ): VectorStepResult<BatchOf<Obs>, Info> {
    this.isHalfway = false;
    return [obs, rewards, terminated, truncated, info];
  }

  /** What the rows that ended showed and told last. */
  #finalInfo(ended: readonly number[], obs: BatchOf<Obs>, infos: readonly unknown[]): EnvInfo {
    const flags = new Uint8Array(this.numEnvs);
    for (const row of ended) flags[row] = 1;
    const last = iterate(this.singleObservationSpace, obs);
    return {
      final_obs: last.map((one, row) => (flags[row] === 1 ? one : null)),
      _final_obs: flags,
      final_info: batchInfos(infos.map((info, row) => (flags[row] === 1 ? info : null))),
      _final_info: flags.slice(),
    };
  }

  /** The info of the batch. */
  #told(infos: readonly unknown[], final?: EnvInfo): Info;
  #told(infos: readonly unknown[], final: EnvInfo = {}): unknown {
    return { ...batchInfos(infos), ...final };
  }

  /** Infos of some rows at their places in the batch; none for none. */
  #spread(rows: readonly number[], infos: readonly unknown[]): unknown[] {
    const spread = new Array<unknown>(infos.length === 0 ? 0 : this.numEnvs).fill(null);
    for (const [i, info] of infos.entries()) spread[rows[i] ?? i] = info;
    return spread;
  }
}

function emptyOutcome(numEnvs: number): BatchOutcome {
  return {
    rewards: new Float64Array(numEnvs),
    terminated: new Uint8Array(numEnvs),
    truncated: new Uint8Array(numEnvs),
  };
}
