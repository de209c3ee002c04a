import type { z } from "zod";

import { parseOptions } from "../../core/options.ts";
import type { Env } from "../env.ts";
import { expectFactories } from "./expect-factories.ts";
import { commonTemplate } from "./row-template.ts";
import type { ObservationMode } from "./row-template.ts";
import { answer, obey } from "./row-command.ts";
import type { RowCommand, RowOutcome, RowQuestion } from "./row-command.ts";
import { RowVectorConfig, RowVectorEnv } from "./row-vector-env.ts";

/** What makes a `SyncVectorEnv`. */
export type SyncVectorOptions = z.input<typeof RowVectorConfig>;

/**
 * Environments side by side that are stepped one after another, in this thread. A row behaves as its environment would
 * alone.
 */
export class SyncVectorEnv<Obs, Act> extends RowVectorEnv<Obs, Act, "sync"> {
  readonly mode = "sync";
  readonly envs: readonly Env<Obs, Act, unknown>[];

  /**
   * `factories` make one environment each; see `RowVectorConfig` for the options.
   * @throws ConfigError without any factory, and for environments whose spaces differ.
   */
  constructor(factories: readonly (() => Env<Obs, Act, unknown>)[], options: SyncVectorOptions = {}) {
    const config = parseOptions(RowVectorConfig, options, "SyncVectorEnv");
    const { envs, template } = makeAll(factories, config.observationMode);
    super(template, envs.length, config);
    this.envs = envs;
  }

  /** The seed of each row's stream, -1 where it is not known. */
  get rngSeeds(): readonly number[] {
    return this.envs.map(({ rngSeed }) => rngSeed);
  }

  protected command(commands: readonly RowCommand<Act>[]): RowOutcome[] {
    return commands.map((command) => obey(this.envs, command, (row, obs) => this.place(row, obs)));
  }

  protected ask(questions: readonly RowQuestion[]): unknown[] {
    return questions.map((question) => answer(this.envs, question));
  }

  protected override free(): void {
    for (const env of this.envs) env.close();
  }
}

/** Nobody could close these environments if they did not fit, or if the next could not be made. */
function makeAll<Obs, Act>(factories: readonly (() => Env<Obs, Act, unknown>)[], mode: ObservationMode) {
  const envs: Env<Obs, Act, unknown>[] = [];
  try {
    for (const factory of expectFactories(factories, "SyncVectorEnv")) envs.push(factory());
    return { envs, template: commonTemplate(envs, mode) };
  } catch (error) {
    for (const env of envs) env.close();
    throw error;
  }
}
