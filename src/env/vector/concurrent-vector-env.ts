import type { z } from "zod";

import { parseOptions } from "../../core/options.ts";
import type { Env } from "../env.ts";
import type { Mode } from "../reply.ts";
import { expectFactories } from "./expect-factories.ts";
import { commonTemplate } from "./row-template.ts";
import { answer, obey } from "./row-command.ts";
import type { RowCommand, RowOutcome, RowQuestion } from "./row-command.ts";
import { actionList } from "./actions.ts";
import type { ActionsOf } from "./actions.ts";
import type { StepWork } from "./base-vector-env.ts";
import { copyBatch } from "./batch.ts";
import { RowVectorConfig, RowVectorEnv } from "./row-vector-env.ts";
import { settleAll, Turns } from "./turns.ts";

/** What makes a `ConcurrentVectorEnv`. */
export type ConcurrentVectorOptions = z.input<typeof RowVectorConfig>;

/** An environment of either mode. */
type AnyModeEnv<Obs, Act> = Env<Obs, Act, unknown, Mode>;

/**
 * Environments side by side that answer with promises (a device, another machine): each call goes to all rows at once
 * and waits for all. Calls run in the order in which they were made.
 */
export class ConcurrentVectorEnv<Obs, Act> extends RowVectorEnv<Obs, Act, "async"> implements AsyncDisposable {
  readonly mode = "async";
  readonly envs: readonly AnyModeEnv<Obs, Act>[];
  readonly #turns = new Turns();

  private constructor(envs: readonly AnyModeEnv<Obs, Act>[], config: RowVectorConfig) {
    super(commonTemplate(envs, config.observationMode), envs.length, config);
    this.envs = envs;
  }

  /**
   * `factories` make one environment each, or promise one.
   * @throws ConfigError without any factory, for environments whose spaces differ and for options that break a rule.
   */
  static async create<Obs, Act>(
    factories: readonly (() => AnyModeEnv<Obs, Act> | Promise<AnyModeEnv<Obs, Act>>)[],
    options: ConcurrentVectorOptions = {},
  ): Promise<ConcurrentVectorEnv<Obs, Act>> {
    const config = parseOptions(RowVectorConfig, options, "ConcurrentVectorEnv");
    const made = expectFactories(factories, "ConcurrentVectorEnv").map(async (factory) => factory());
    try {
      return new ConcurrentVectorEnv(await settleAll(made), config);
    } catch (error) {
      for (const result of await Promise.allSettled(made)) if (result.status === "fulfilled") result.value.close();
      throw error;
    }
  }

  /** Closes after the calls that are under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.closeAfter(this.#turns.done());
  }

  protected command(commands: readonly RowCommand<Act>[]): Promise<RowOutcome[]> {
    return settleAll(commands.map(async (command) => obey(this.envs, command, (row, obs) => this.place(row, obs))));
  }

  protected ask(questions: readonly RowQuestion[]): Promise<unknown[]> {
    return settleAll(questions.map(async (question) => answer(this.envs, question)));
  }

  protected override free(): void {
    for (const env of this.envs) env.close();
  }

  /** The actions are ours: the caller may write over theirs while the step waits. */
  protected override prepareStep(actions: ActionsOf<Act>): StepWork<"async"> {
    return super.prepareStep(copyBatch(actionList(this, actions)));
  }

  protected override async inTurn<P, T>(prepare: () => P, work: (prepared: P) => Promise<T>): Promise<T> {
    const prepared = prepare();
    return this.#turns.run(() => work(prepared));
  }
}
