import { z } from "zod";

import { ClosedError, ConfigError, InvalidActionError, ShapeError } from "../../core/errors.ts";
import { concatFrames } from "../../core/frames.ts";
import type { Frames } from "../../core/frames.ts";
import { describe, shorten } from "../describe.ts";
import type {
  EnvInfo,
  EnvMetadata,
  RenderFrame,
  RenderMode,
  ResetResult,
  VectorEnv,
  VectorMetadata,
  VectorStepResult,
} from "../env.ts";
import { Episodes } from "../episodes.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import type { Space } from "../spaces/space.ts";
import type { EnvSpec } from "../spec.ts";
import { batchInfos, finalInfo } from "./batch-info.ts";
import { batchSpace, concatenateRows, readRows } from "./batch.ts";
import type { BatchOf } from "./batch.ts";
import { planReset } from "./reset-plan.ts";
import type { VectorResetArgs } from "./reset-plan.ts";
import type { RowCommand, RowOutcome, RowQuestion } from "./row-command.ts";

/** The options that all vector environments over single ones share. */
export const RowVectorConfig = z.strictObject({
  autoresetMode: z
    .enum(["NextStep", "SameStep", "Disabled"])
    .default("NextStep")
    .describe("when a finished row starts anew: with the next step, within the last one, or by reset only"),
});
export type RowVectorConfig = z.infer<typeof RowVectorConfig>;

/** What the environments of all rows have in common. */
export type RowTemplate<Obs, Act> = {
  readonly observationSpace: Space<Obs>;
  readonly actionSpace: Space<Act>;
  readonly metadata: EnvMetadata;
  readonly renderMode: RenderMode;
};

/**
 * What environments have in common.
 * @throws ConfigError when there is none, or their spaces differ.
 */
export function commonTemplate<Obs, Act>(envs: readonly RowTemplate<Obs, Act>[]): RowTemplate<Obs, Act> {
  const [first, ...others] = envs;
  if (first === undefined) throw new ConfigError("vector environment: at least one environment is needed, got none");
  for (const [i, env] of others.entries()) {
    for (const name of ["observationSpace", "actionSpace"] as const) {
      const [expected, got] = [JSON.stringify(first[name]), JSON.stringify(env[name])];
      if (expected === got) continue;
      throw new ConfigError(
        `vector environment: every ${name} must be ${shorten(expected)}, got ${shorten(got)} in environment ${i + 1}`,
      );
    }
  }
  return first;
}

/** Actions of a batch: the batched action space's, or a list with one action per row. */
export type ActionsOf<Act> = BatchOf<Act> | readonly Act[];

/**
 * A vector environment over single ones, wherever these live: a subclass carries commands to them and brings the
 * outcomes back. Everything else is here: which rows start when, batches, infos, and refusing misuse before anything
 * changes.
 */
export abstract class RowVectorEnv<Obs, Act, M extends Mode>
  implements VectorEnv<BatchOf<Obs>, ActionsOf<Act>, EnvInfo, M>, Disposable
{
  readonly numEnvs: number;
  readonly metadata: VectorMetadata;
  readonly renderMode: RenderMode;
  spec: EnvSpec | null = null;
  readonly observationSpace: Space<BatchOf<Obs>>;
  readonly actionSpace: Space<BatchOf<Act>>;
  readonly singleObservationSpace: Space<Obs>;
  readonly singleActionSpace: Space<Act>;
  readonly #episodes: Episodes;
  /** The current observation of each row. */
  readonly #observations: Obs[] = [];
  #isHalfway = false;
  #isClosed = false;

  constructor(numEnvs: number, template: RowTemplate<Obs, Act>, { autoresetMode }: RowVectorConfig) {
    this.numEnvs = numEnvs;
    this.metadata = { ...template.metadata, autoresetMode };
    this.renderMode = template.renderMode;
    this.singleObservationSpace = template.observationSpace;
    this.singleActionSpace = template.actionSpace;
    this.observationSpace = batchSpace(template.observationSpace, numEnvs);
    this.actionSpace = batchSpace(template.actionSpace, numEnvs);
    this.#episodes = new Episodes(numEnvs, autoresetMode);
  }

  /** Carries out commands, at most one per row. Returns their outcomes, in order. */
  protected abstract command(commands: readonly RowCommand<Act>[]): Reply<readonly RowOutcome<Obs>[], M>;

  /** Asks one question of every row. Returns the answers, in order. */
  protected abstract ask(questions: readonly RowQuestion[]): Reply<readonly unknown[], M>;

  /** Frees the environments. Called once. */
  protected abstract closeRows(): void;

  /** Runs `work` when the calls before it are done. */
  protected abstract inTurn<T>(work: () => Reply<T, M>): Reply<T, M>;

  get unwrapped(): this {
    return this;
  }

  get closed(): boolean {
    return this.#isClosed;
  }

  /**
   * Starts episodes: of all rows, or of those that `options.reset_mask` flags; the others stay as they are. The other
   * options go to the environments. Their infos are batched for the rows that were reset.
   * @throws ConfigError for seeds or a mask that do not fit; ResetNeededError for a mask while a row without its flag has
   * not begun an episode. Nothing has changed then.
   */
  reset(args: VectorResetArgs = {}): Reply<ResetResult<BatchOf<Obs>, EnvInfo>, M> {
    return this.inTurn(() => {
      this.#expectOpen("reset");
      const { rows, seeds, options } = planReset(args, this.numEnvs);
      this.#episodes.expectStarted("reset", rows);
      const commands = rows.map((row) => {
        const seed = seeds[row] ?? undefined;
        return { kind: "reset", row, args: { seed, options } } as const;
      });
      return andThen<readonly RowOutcome<Obs>[], ResetResult<BatchOf<Obs>, EnvInfo>, M>(
        this.command(commands),
        (outcomes) => {
          this.#episodes.start(rows);
          this.#keep(rows, outcomes);
          return [this.observe(this.#observations), batchInfos(this.#infosOf(rows, outcomes))];
        },
      );
    });
  }

  /**
   * One step of every row. A row that starts anew ignores its action and is paid 0.
   * @throws InvalidActionError unless there is one member of the action space per row; ResetNeededError when a row has
   * not begun an episode, or has ended and autoreset is off. Nothing has changed then.
   */
  step(actions: ActionsOf<Act>): Reply<VectorStepResult<BatchOf<Obs>, EnvInfo>, M> {
    return this.inTurn(() => {
      this.#expectOpen("step");
      const rowActions = this.#rowActions(actions);
      this.#episodes.beginStep();
      const commands = rowActions.map((action, row): RowCommand<Act> =>
        this.#episodes.hasEnded(row) ? { kind: "reset", row, args: {} } : { kind: "step", row, action },
      );
      return andThen<readonly RowOutcome<Obs>[], VectorStepResult<BatchOf<Obs>, EnvInfo>, M>(
        this.#commandWithinStep(commands),
        (outcomes) => this.#endStep(outcomes),
      );
    });
  }

  /** What each environment shows, one behind the other; null when one shows nothing. */
  render(): Reply<RenderFrame, M> {
    return this.inTurn(() => {
      this.#expectOpen("render");
      this.#episodes.expectStarted("render");
      return andThen<readonly unknown[], RenderFrame, M>(this.#askAll("render", []), joinFrames);
    });
  }

  /**
   * What a method of each environment returns, called with `args`; of an attribute, its value.
   * @throws ConfigError when an environment, with its wrappers, has no such attribute.
   */
  call(name: string, ...args: readonly unknown[]): Reply<readonly unknown[], M> {
    return this.inTurn(() => {
      this.#expectOpen("call");
      return this.#askAll(name, args);
    });
  }

  /** An attribute's value in each environment. */
  getAttr(name: string): Reply<readonly unknown[], M> {
    return this.call(name);
  }

  /**
   * Sets an attribute of each environment: to one value per row, given as a list, or to the same.
   * @throws ConfigError for a list of another length, or an attribute that cannot be set.
   */
  setAttr(name: string, value: unknown): Reply<void, M> {
    return this.inTurn(() => {
      this.#expectOpen("setAttr");
      const values: readonly unknown[] = Array.isArray(value) ? value : this.#rows().map(() => value);
      if (values.length !== this.numEnvs) {
        throw new ConfigError(`setAttr: a list must have ${this.numEnvs} values, one per row, got ${values.length}`);
      }
      const questions = values.map((own, row) => ({ kind: "set", row, name, value: own }) as const);
      return andThen<readonly unknown[], void, M>(this.ask(questions), () => undefined);
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.closeRows();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  toString(): string {
    return `${this.constructor.name}(${this.spec?.id ?? "instance"}, numEnvs=${this.numEnvs})`;
  }

  /** The rows' observations as a batch. */
  protected observe(observations: readonly Obs[]): BatchOf<Obs> {
    return concatenateRows(this.singleObservationSpace, observations);
  }

  #endStep(outcomes: readonly RowOutcome<Obs>[]): Reply<VectorStepResult<BatchOf<Obs>, EnvInfo>, M>;
  #endStep(outcomes: readonly RowOutcome<Obs>[]): unknown {
    const rewards = Float64Array.from(outcomes, ([, reward]) => reward);
    const terminated = Uint8Array.from(outcomes, ([, , flag]) => Number(flag));
    const truncated = Uint8Array.from(outcomes, ([, , , flag]) => Number(flag));
    const infos = outcomes.map(([, , , , info]) => info);
    this.#episodes.advance(terminated, truncated);
    this.#keep(this.#rows(), outcomes);
    const ended = this.#episodes.endStep();
    if (ended.length === 0)
      return [this.observe(this.#observations), rewards, terminated, truncated, batchInfos(infos)];
    return andThen<readonly RowOutcome<Obs>[], VectorStepResult<BatchOf<Obs>, EnvInfo>, M>(
      this.#commandWithinStep(ended.map((row) => ({ kind: "reset", row, args: {} }))),
      (started) => {
        const lastObs = this.#rows().map((row) => (ended.includes(row) ? this.#observations[row] : null));
        const final = finalInfo(
          lastObs,
          infos.map((info, row) => (ended.includes(row) ? info : undefined)),
        );
        this.#episodes.start(ended);
        this.#keep(ended, started);
        for (const [i, row] of ended.entries()) infos[row] = started[i]?.[4];
        return [this.observe(this.#observations), rewards, terminated, truncated, { ...batchInfos(infos), ...final }];
      },
    );
  }

  /** A step that fails half-way leaves rows where nobody knows: the next call then finds no episode. */
  #commandWithinStep(commands: readonly RowCommand<Act>[]): Reply<readonly RowOutcome<Obs>[], M> {
    this.#isHalfway = true;
    return andThen<readonly RowOutcome<Obs>[], readonly RowOutcome<Obs>[], M>(this.command(commands), (outcomes) => {
      this.#isHalfway = false;
      return outcomes;
    });
  }

  #expectOpen(where: string): void {
    if (this.#isClosed) throw new ClosedError(`${where}: the environment is closed - make a new one`);
    if (this.#isHalfway) this.#episodes.abandon();
    this.#isHalfway = false;
  }

  #rowActions(actions: ActionsOf<Act>): readonly Act[] {
    const { numEnvs, singleActionSpace: space } = this;
    if (isListOf(space, actions, numEnvs)) return actions;
    if (this.actionSpace.contains(actions)) return readRows(space, actions, numEnvs);
    const rule = `${numEnvs} members of ${shorten(JSON.stringify(space))}, in a list or as their batch`;
    throw new InvalidActionError(`step: actions must be ${rule}, got ${describe(actions)}`);
  }

  #askAll(name: string, args: readonly unknown[]): Reply<readonly unknown[], M> {
    return this.ask(this.#rows().map((row) => ({ kind: "call", row, name, args })));
  }

  #keep(rows: readonly number[], outcomes: readonly RowOutcome<Obs>[]): void {
    for (const [i, [obs]] of outcomes.entries()) {
      const row = rows[i];
      if (row !== undefined) this.#observations[row] = obs;
    }
  }

  #infosOf(rows: readonly number[], outcomes: readonly RowOutcome<Obs>[]): unknown[] {
    return this.#rows().map((row) => outcomes[rows.indexOf(row)]?.[4]);
  }

  #rows(): number[] {
    return Array.from({ length: this.numEnvs }, (_, row) => row);
  }
}

/** Whether a value is a list of so many members of a space. */
export function isListOf<T>(space: Space<T>, value: unknown, length: number): value is readonly T[] {
  return Array.isArray(value) && value.length === length && value.every((member) => space.contains(member));
}

/** One picture, text or nothing out of those of all rows. @throws ShapeError for anything else, or a mixture. */
function joinFrames(shown: readonly unknown[]): RenderFrame {
  if (shown.includes(null)) return null;
  const texts = shown.filter((frame) => typeof frame === "string");
  if (texts.length === shown.length) return texts.join("\n\n");
  const frames = shown.filter(isFrames);
  if (frames.length === shown.length) return concatFrames(frames);
  throw new ShapeError("render: environments must all return frames, or all texts, got something else - mend them");
}

function isFrames(value: unknown): value is Frames {
  return typeof value === "object" && value !== null && "data" in value && "count" in value;
}
