import type { Seen } from "../model/world-model.ts";

/** What a step of one environment tells beside the observation. */
export type GenieInfo = {
  /** Frames since the prompt. */
  readonly frame_index: number;
  /** Mean probability that the model gave to the tokens it chose, in (0, 1]; absent after `reset`, and with observation "none". */
  readonly confidence?: number;
  /** Mean entropy of the tokens' distributions in nats; absent after `reset`. */
  readonly entropy?: number;
  /** There is no reward model: every reward is 0 and says nothing. */
  readonly world_has_no_reward?: true;
};

/** The same for a batch: arrays [B], each beside a mask `_key` that says which rows have the value. */
export type GenieBatchInfo = {
  readonly frame_index: Float64Array;
  readonly _frame_index: Uint8Array;
  readonly confidence?: Float64Array;
  readonly _confidence?: Uint8Array;
  readonly entropy?: Float64Array;
  readonly _entropy?: Uint8Array;
  readonly world_has_no_reward?: Uint8Array;
  readonly _world_has_no_reward?: Uint8Array;
};

/** A batch's info; in SameStep mode with the last observation and info of the rows that were started anew. */
export type GenieVectorInfo<Obs> = GenieBatchInfo & {
  readonly final_obs?: readonly (Obs | null)[];
  readonly _final_obs?: Uint8Array;
  readonly final_info?: GenieBatchInfo;
  readonly _final_info?: Uint8Array;
};

/** The info of a row that shows frame `frame_index`, which the model predicted; null for a prompt. */
export function rowInfo(row: number, frame_index: number, seen: Seen | null, hasReward: boolean): GenieInfo {
  const { confidence, entropy } = seen ?? {};
  const predicted = confidence && entropy && { confidence: Number(confidence[row]), entropy: Number(entropy[row]) };
  return { frame_index, ...predicted, ...(hasReward ? {} : { world_has_no_reward: true }) };
}

/** The info of a batch of one row as that row's. */
export function onlyInfo({ frame_index, confidence, entropy, world_has_no_reward }: GenieBatchInfo): GenieInfo {
  const predicted = confidence && entropy && { confidence: Number(confidence[0]), entropy: Number(entropy[0]) };
  return {
    frame_index: Number(frame_index[0]),
    ...predicted,
    ...(world_has_no_reward === undefined ? {} : { world_has_no_reward: true }),
  };
}
