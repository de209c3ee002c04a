import { z } from "zod";

import { ConfigError } from "../../core/errors.ts";
import { parseOptions } from "../../core/options.ts";
import type { Env, EnvInfo, ResetArgs, ResetResult, StepResult } from "../env.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import { registerWrapper } from "../wrapper-registry.ts";
import { Wrapper } from "../wrapper.ts";
import { EpisodeQueues, secondsNow } from "./episode-queues.ts";
import type { Clock, EpisodeStatistics } from "./episode-queues.ts";

/** The options of `RecordEpisodeStatistics`, after parsing. */
export const RecordEpisodeStatisticsConfig = z.strictObject({
  bufferLength: z.int().positive().default(100).describe("how many of the latest episodes the queues hold"),
  statsKey: z.string().min(1).default("episode").describe("the info's key of an episode's statistics"),
});
/** What a user writes. */
export type RecordEpisodeStatisticsOptions = z.input<typeof RecordEpisodeStatisticsConfig>;

/**
 * Adds the statistics of an episode to the info of its last step, under `statsKey`: `r`, the sum of its rewards; `l`,
 * its steps; `t`, the seconds since its reset. `queues` holds those of the latest episodes.
 */
export class RecordEpisodeStatistics<Obs, Act, Info extends EnvInfo = EnvInfo, M extends Mode = "sync"> extends Wrapper<
  Obs,
  Act,
  Info,
  M
> {
  readonly queues: EpisodeQueues;
  readonly #config: z.infer<typeof RecordEpisodeStatisticsConfig>;
  readonly #clock: Clock;
  #startedAt = 0;
  #return = 0;
  #length = 0;

  /** `clock` tells seconds. @throws ConfigError for options that break their rules. */
  constructor(env: Env<Obs, Act, Info, M>, options: RecordEpisodeStatisticsOptions = {}, clock: Clock = secondsNow) {
    super(env);
    this.#config = parseOptions(RecordEpisodeStatisticsConfig, options, "RecordEpisodeStatistics");
    this.queues = new EpisodeQueues(this.#config.bufferLength);
    this.#clock = clock;
    if (clock === secondsNow) this.record("RecordEpisodeStatistics", this.#config);
  }

  override reset(args?: ResetArgs): Reply<ResetResult<Obs, Info>, M> {
    return andThen<ResetResult<Obs, Info>, ResetResult<Obs, Info>, M>(this.env.reset(args), (result) => {
      this.#startedAt = this.#clock();
      this.#return = 0;
      this.#length = 0;
      return result;
    });
  }

  /** @throws ConfigError where the environment's own info has the key already. */
  override step(action: Act): Reply<StepResult<Obs, Info>, M> {
    return andThen<StepResult<Obs, Info>, StepResult<Obs, Info>, M>(this.env.step(action), this.#record);
  }

  /** Made once: a step is hot. */
  readonly #record = (result: StepResult<Obs, Info>): StepResult<Obs, Info> => {
    this.#return += result[1];
    this.#length += 1;
    if (!result[2] && !result[3]) return result;
    const [obs, reward, terminated, truncated, info] = result;
    const { statsKey } = this.#config;
    expectFreeKey(info, statsKey);
    return [obs, reward, terminated, truncated, { ...info, [statsKey]: this.#statistics() }];
  };

  #statistics(): EpisodeStatistics {
    const statistics = { r: this.#return, l: this.#length, t: this.#clock() - this.#startedAt };
    this.queues.push(statistics);
    return statistics;
  }
}

registerWrapper(
  "RecordEpisodeStatistics",
  (env: Env<unknown, unknown, EnvInfo, Mode>, options: RecordEpisodeStatisticsOptions) =>
    new RecordEpisodeStatistics(env, options),
);

/** @throws ConfigError where `info` has the key. */
export function expectFreeKey(info: object, statsKey: string): void {
  if (!(statsKey in info)) return;
  throw new ConfigError(
    `RecordEpisodeStatistics: statsKey must be new to the info, got ${JSON.stringify(statsKey)} - choose another`,
  );
}
