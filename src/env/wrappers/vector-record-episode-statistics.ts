import type { z } from "zod";

import { parseOptions } from "../../core/options.ts";
import type { EnvInfo, ResetResult, VectorEnv, VectorResetArgs, VectorStepResult } from "../env.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import { Restarts } from "../restarts.ts";
import { VectorWrapper } from "../vector-wrapper.ts";
import { batchInfos } from "../vector/batch-info.ts";
import { registerVectorWrapper } from "../wrapper-registry.ts";
import { EpisodeQueues, secondsNow } from "./episode-queues.ts";
import type { Clock, EpisodeStatistics } from "./episode-queues.ts";
import { expectFreeKey, RecordEpisodeStatisticsConfig } from "./record-episode-statistics.ts";
import type { RecordEpisodeStatisticsOptions } from "./record-episode-statistics.ts";

/** One row's episode so far. */
type Running = { startedAt: number; r: number; l: number };

/**
 * Adds the statistics of episodes to the info of their last steps, under `statsKey`: arrays `r`, the sums of rewards; `l`,
 * the steps; `t`, the seconds; and beside them flags of the rows that ended, `_episode`. They stand at the top of the
 * info in every autoreset mode.
 */
export class VectorRecordEpisodeStatistics<
  Obs,
  Act,
  Info extends EnvInfo = EnvInfo,
  M extends Mode = "sync",
> extends VectorWrapper<Obs, Act, Info, M> {
  readonly queues: EpisodeQueues;
  readonly #config: z.infer<typeof RecordEpisodeStatisticsConfig>;
  readonly #clock: Clock;
  readonly #restarts: Restarts;
  readonly #rows: Running[];

  /** `clock` tells seconds. @throws ConfigError for options that break their rules. */
  constructor(
    env: VectorEnv<Obs, Act, Info, M>,
    options: RecordEpisodeStatisticsOptions = {},
    clock: Clock = secondsNow,
  ) {
    super(env);
    this.#config = parseOptions(RecordEpisodeStatisticsConfig, options, "VectorRecordEpisodeStatistics");
    this.queues = new EpisodeQueues(this.#config.bufferLength);
    this.#clock = clock;
    this.#restarts = new Restarts(env);
    if (clock === secondsNow) this.record("VectorRecordEpisodeStatistics", this.#config);
    this.#rows = Array.from({ length: env.numEnvs }, () => ({ startedAt: 0, r: 0, l: 0 }));
  }

  override reset(args?: VectorResetArgs): Reply<ResetResult<Obs, Info>, M> {
    return andThen<ResetResult<Obs, Info>, ResetResult<Obs, Info>, M>(this.env.reset(args), (result) => {
      for (const row of this.#restarts.reset(args)) this.#start(row);
      return result;
    });
  }

  /** @throws ConfigError where the environment's own info has the key already. */
  override step(actions: Act): Reply<VectorStepResult<Obs, Info>, M> {
    return andThen<VectorStepResult<Obs, Info>, VectorStepResult<Obs, Info>, M>(
      this.env.step(actions),
      ([obs, rewards, terminated, truncated, info]) => {
        for (const row of this.#restarts.step(terminated, truncated)) this.#add(row, Number(rewards[row]));
        const ended = this.#rows.map((_, row) => terminated[row] === 1 || truncated[row] === 1);
        return [obs, rewards, terminated, truncated, ended.includes(true) ? this.#extend(info, ended) : info];
      },
    );
  }

  #extend(info: Info, ended: readonly boolean[]): Info {
    const { statsKey } = this.#config;
    expectFreeKey(info, statsKey);
    const infos = ended.map((hasEnded, row) => (hasEnded ? { [statsKey]: this.#finish(row) } : {}));
    return { ...info, ...batchInfos(infos) };
  }

  /** Ends a row's episode. Its next one begins now, or with the reset that is to come. */
  #finish(row: number): EpisodeStatistics {
    const { startedAt = 0, r = 0, l = 0 } = this.#rows[row] ?? {};
    const statistics = { r, l, t: this.#clock() - startedAt };
    this.queues.push(statistics);
    this.#start(row);
    return statistics;
  }

  #start(row: number): void {
    this.#rows[row] = { startedAt: this.#clock(), r: 0, l: 0 };
  }

  #add(row: number, reward: number): void {
    const running = this.#rows[row];
    if (running === undefined) return;
    running.r += reward;
    running.l += 1;
  }
}

registerVectorWrapper(
  "VectorRecordEpisodeStatistics",
  (env: VectorEnv<unknown, unknown, EnvInfo, Mode>, options: RecordEpisodeStatisticsOptions) =>
    new VectorRecordEpisodeStatistics(env, options),
);
