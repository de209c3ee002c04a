import { ShapeError } from "../../core/errors.ts";
import { isPlainRecord } from "../../core/record.ts";
import type { EnvInfo, ResetResult, VectorEnv, VectorResetArgs, VectorStepResult } from "../env.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import type { Space } from "../spaces/space.ts";
import { VectorLayer } from "../vector-wrapper.ts";
import { registerVectorWrapper } from "../wrapper-registry.ts";

/** Turns the info of a batch into a list with one info per row: the inverse of how infos are batched. */
export class DictInfoToList<Obs, Act, M extends Mode = "sync"> extends VectorLayer<
  Obs,
  Act,
  readonly EnvInfo[],
  M,
  VectorEnv<Obs, Act, EnvInfo, M>
> {
  constructor(env: VectorEnv<Obs, Act, EnvInfo, M>) {
    super(env);
    this.record("DictInfoToList", {});
  }

  get observationSpace(): Space<Obs> {
    return this.env.observationSpace;
  }

  get actionSpace(): Space<Act> {
    return this.env.actionSpace;
  }

  reset(args?: VectorResetArgs): Reply<ResetResult<Obs, readonly EnvInfo[]>, M> {
    return andThen<ResetResult<Obs, EnvInfo>, ResetResult<Obs, readonly EnvInfo[]>, M>(
      this.env.reset(args),
      ([obs, info]) => [obs, listInfos(info, this.numEnvs)],
    );
  }

  step(actions: Act): Reply<VectorStepResult<Obs, readonly EnvInfo[]>, M> {
    return andThen<VectorStepResult<Obs, EnvInfo>, VectorStepResult<Obs, readonly EnvInfo[]>, M>(
      this.env.step(actions),
      ([obs, rewards, terminated, truncated, info]) => [
        obs,
        rewards,
        terminated,
        truncated,
        listInfos(info, this.numEnvs),
      ],
    );
  }
}

registerVectorWrapper("DictInfoToList", (env: VectorEnv<unknown, unknown, EnvInfo, Mode>) => new DictInfoToList(env));

/**
 * One info per row out of a batch's. A row has a key unless its flag in `_key` is 0; without flags every row has it. A
 * float64 array [B] holds numbers, a uint8 one booleans; longer arrays hold an array per row.
 * @throws ShapeError for a value that cannot be shared out to `numEnvs` rows.
 */
export function listInfos(info: EnvInfo, numEnvs: number): readonly EnvInfo[] {
  const keys = Object.keys(info).filter((key) => !isMask(info, key));
  return Array.from({ length: numEnvs }, (_, row) =>
    Object.fromEntries(
      keys.flatMap((key) => (has(info, key, row, numEnvs) ? [[key, valueOf(info[key], key, row, numEnvs)]] : [])),
    ),
  );
}

function isMask(info: EnvInfo, key: string): boolean {
  return key.startsWith("_") && key.slice(1) in info;
}

function has(info: EnvInfo, key: string, row: number, numEnvs: number): boolean {
  const mask = info[`_${key}`];
  if (mask === undefined) return true;
  if (mask instanceof Uint8Array && mask.length === numEnvs) return mask[row] === 1;
  throw new ShapeError(`DictInfoToList: _${key} must hold ${numEnvs} flags, got another value`);
}

function valueOf(values: unknown, key: string, row: number, numEnvs: number): unknown {
  if (isPlainRecord(values)) return listInfos(values, numEnvs)[row];
  const size = isList(values) ? values.length / numEnvs : 0;
  if (!isList(values) || !Number.isInteger(size) || size === 0 || (Array.isArray(values) && size > 1)) {
    throw new ShapeError(`DictInfoToList: ${key} must hold one value for each of ${numEnvs} rows, got another length`);
  }
  if (size === 1 && values instanceof Uint8Array) return values[row] === 1;
  if (size === 1 && (Array.isArray(values) || values instanceof Float64Array)) return values[row];
  return values.slice(row * size, (row + 1) * size);
}

type List = { readonly length: number; readonly [index: number]: unknown; slice(start: number, end: number): unknown };

function isList(value: unknown): value is List {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}
