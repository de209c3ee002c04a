import type { WorldStep } from "../model/world-model.ts";

/** What a step of one environment tells beside the observation. */
export type GenieInfo = {
  /** Frames since the prompt. */
  readonly frame_index: number;
  /** Mean probability that the model gave to the tokens it chose, in (0, 1]; absent after `reset`. */
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
  readonly confidence: Float64Array;
  readonly _confidence: Uint8Array;
  readonly entropy: Float64Array;
  readonly _entropy: Uint8Array;
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

/** Assembles a batch's info; rows that were just reset (all without `step`) have no confidence and entropy. */
export function batchInfo(
  frameIndex: Float64Array,
  step: WorldStep | null,
  resetRows: readonly number[],
  hasReward: boolean,
): GenieBatchInfo {
  const all = new Uint8Array(frameIndex.length).fill(1);
  const predicted = all.map((_, row) => (step === null || resetRows.includes(row) ? 0 : 1));
  const only = (values: Float32Array | undefined) =>
    Float64Array.from(predicted, (has, row) => (has === 1 ? Number(values?.[row]) : 0));
  return {
    frame_index: frameIndex,
    _frame_index: all,
    confidence: only(step?.confidence),
    _confidence: predicted,
    entropy: only(step?.entropy),
    _entropy: predicted.slice(),
    ...(hasReward ? {} : { world_has_no_reward: all.slice(), _world_has_no_reward: all.slice() }),
  };
}

/** One row of a batch's info. */
export function rowInfo(info: GenieBatchInfo, row: number): GenieInfo {
  const { _confidence: isPredicted } = info;
  const predicted = { confidence: Number(info.confidence[row]), entropy: Number(info.entropy[row]) };
  return {
    frame_index: Number(info.frame_index[row]),
    ...(isPredicted[row] === 1 ? predicted : {}),
    ...(info.world_has_no_reward === undefined ? {} : { world_has_no_reward: true }),
  };
}
