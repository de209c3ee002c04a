import { z } from "zod";

import { ConfigError, ShapeError } from "../../core/errors.ts";
import { concatFrames } from "../../core/frames.ts";
import type { Frames } from "../../core/frames.ts";
import type { RenderFrame } from "../env.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import { writeRow } from "../spaces/batching.ts";
import type { BatchOf } from "../spaces/rows.ts";
import { actionList } from "./actions.ts";
import type { ActionsOf } from "./actions.ts";
import { BaseVectorEnv, VectorConfig } from "./base-vector-env.ts";
import type { BatchOutcome, StepWork } from "./base-vector-env.ts";
import type { RowTemplate } from "./row-template.ts";
import { copyBatch, emptyBatch } from "./batch.ts";
import type { ResetPlan } from "./reset-plan.ts";
import type { RowCommand, RowOutcome, RowQuestion } from "./row-command.ts";

/** The options that all vector environments over single ones share. */
export const RowVectorConfig = VectorConfig.extend({
  copy: z
    .boolean()
    .default(true)
    .describe("whether each call returns observations in memory of their own, not in memory that the next overwrites"),
  observationMode: z
    .enum(["same", "different"])
    .default("same")
    .describe("whether all observation spaces must be equal, or only their dtypes and shapes"),
});
export type RowVectorConfig = z.infer<typeof RowVectorConfig>;

/**
 * A vector environment over single ones, wherever these live: a subclass carries commands to them and brings the
 * outcomes back.
 */
export abstract class RowVectorEnv<Obs, Act, M extends Mode> extends BaseVectorEnv<Obs, Act, M> {
  readonly #copies: boolean;
  /** The current observations, row by row. */
  readonly #batch: BatchOf<Obs>;

  /** `batch`: where the observations are written, by `place` or by somebody who shares its memory. */
  constructor(
    template: RowTemplate<Obs, Act>,
    numEnvs: number,
    { autoresetMode, copy }: RowVectorConfig,
    batch: BatchOf<Obs> = emptyBatch(template.observationSpace, numEnvs),
  ) {
    super(template, { numEnvs, autoresetMode, maxEpisodeSteps: null });
    this.#copies = copy;
    this.#batch = batch;
  }

  /** Carries out commands, at most one per row, and places the observations. Returns the outcomes, in order. */
  protected abstract command(commands: readonly RowCommand<Act>[]): Reply<readonly RowOutcome[], M>;

  /** Asks one question of every row. Returns the answers, in order. */
  protected abstract ask(questions: readonly RowQuestion[]): Reply<readonly unknown[], M>;

  /**
   * What a method of each environment returns, called with `args`; of an attribute, its value.
   * @throws ConfigError when an environment, with its wrappers, has no such attribute.
   */
  call(name: string, ...args: readonly unknown[]): Reply<readonly unknown[], M> {
    return this.whenOpen("call", () => this.#askAll(name, args));
  }

  /** Begins a `call`, as `stepAsync` a step. */
  callAsync(name: string, ...args: readonly unknown[]): void {
    this.expectIdle("callAsync");
    this.pending.begin<M>("call", () => this.call(name, ...args));
  }

  /** Waits for what `callAsync` began. @throws NoAsyncCallError when none is pending; whatever `call` throws. */
  callWait(): Reply<readonly unknown[], M> {
    return this.endPending("call");
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
    return this.whenOpen("setAttr", () => {
      const values: readonly unknown[] = Array.isArray(value) ? value : new Array(this.numEnvs).fill(value);
      if (values.length !== this.numEnvs) {
        throw new ConfigError(`setAttr: a list must have ${this.numEnvs} values, one per row, got ${values.length}`);
      }
      const questions = values.map((own, row) => ({ kind: "set", row, name, value: own }) as const);
      return andThen<readonly unknown[], void, M>(this.ask(questions), () => undefined);
    });
  }

  protected startRows({ rows, seeds, options }: ResetPlan): Reply<readonly unknown[], M> {
    const commands = rows.map(
      (row) => ({ kind: "reset", row, args: { seed: seeds[row] ?? undefined, options } }) as const,
    );
    return andThen<readonly RowOutcome[], readonly unknown[], M>(this.command(commands), (outcomes) =>
      outcomes.map(([, , , info]) => info),
    );
  }

  protected prepareStep(actions: ActionsOf<Act>): StepWork<M> {
    const list = actionList(this, actions);
    return (restarting, outcome) => {
      const commands = list.map((action, row): RowCommand<Act> => ({ kind: "step", row, action }));
      for (const row of restarting) commands[row] = { kind: "reset", row, args: {} };
      return andThen<readonly RowOutcome[], readonly unknown[], M>(this.command(commands), (outcomes) =>
        record(outcomes, outcome),
      );
    };
  }

  /** At once in either mode, which `andThen` takes as well. */
  protected observe(): Reply<BatchOf<Obs>, M>;
  protected observe(): unknown {
    return this.#copies ? copyBatch(this.#batch) : this.#batch;
  }

  protected draw(): Reply<RenderFrame, M> {
    return andThen<readonly unknown[], RenderFrame, M>(this.#askAll("render", []), joinFrames);
  }

  /** Writes a row's current observation. @throws ShapeError for one of another type or size than the space's. */
  protected place(row: number, obs: unknown): void {
    writeRow(this.singleObservationSpace, this.#batch, row, obs);
  }

  #askAll(name: string, args: readonly unknown[]): Reply<readonly unknown[], M> {
    return this.ask(Array.from({ length: this.numEnvs }, (_, row) => ({ kind: "call", row, name, args })));
  }
}

/** Writes what came of each row into a batch's outcome. Returns the infos. */
function record(outcomes: readonly RowOutcome[], { rewards, terminated, truncated }: BatchOutcome): unknown[] {
  return outcomes.map(([reward, isTerminated, isTruncated, info], row) => {
    rewards[row] = reward;
    terminated[row] = Number(isTerminated);
    truncated[row] = Number(isTruncated);
    return info;
  });
}

/** One picture, text or nothing out of those of all rows. @throws ShapeError for anything else, or a mixture. */
function joinFrames(shown: readonly unknown[]): RenderFrame {
  if (shown.every((frame) => frame === null)) return null;
  const texts = shown.filter((frame) => typeof frame === "string");
  if (texts.length === shown.length) return texts.join("\n\n");
  const frames = shown.filter(isFrames);
  if (frames.length === shown.length) return concatFrames(frames);
  throw new ShapeError("render: environments must all return frames, or all texts, got something else - mend them");
}

function isFrames(value: unknown): value is Frames {
  return typeof value === "object" && value !== null && "data" in value && "count" in value;
}
