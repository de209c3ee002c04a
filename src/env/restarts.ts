import type { AnyVectorEnv, ResetArgs } from "./env.ts";

/** How a vector environment is reset: one seed for all rows, or one per row. */
export type VectorResetArgs = ResetArgs<number | readonly number[]>;

/** Which rows a step starts anew instead of stepping them: in NextStep mode, those that ended with the step before. */
export class Restarts {
  readonly #nextStep: boolean;
  #ended: Uint8Array;

  constructor({ numEnvs, metadata }: Pick<AnyVectorEnv, "numEnvs" | "metadata">) {
    this.#nextStep = metadata.autoresetMode === "NextStep";
    this.#ended = new Uint8Array(numEnvs);
  }

  /** Takes note of a reset. Returns the rows that were reset, flags [B]. */
  reset(args: VectorResetArgs | undefined): Uint8Array {
    const rows = resetRows(args, this.#ended.length);
    this.#ended = this.#ended.map((ended, row) => (rows[row] === 1 ? 0 : ended));
    return rows;
  }

  /** Takes note of a step, by its flags. Returns the rows that the step started anew, flags [B]. */
  step(terminated: Uint8Array, truncated: Uint8Array): Uint8Array {
    const restarted = this.#ended;
    this.#ended = terminated.map((flag, row) => (this.#nextStep ? flag | Number(truncated[row]) : 0));
    return restarted;
  }
}

/** The rows that a reset starts, flags [B]: those of `options.reset_mask`, or all. */
function resetRows(args: VectorResetArgs | undefined, numEnvs: number): Uint8Array {
  const mask: unknown = args?.options?.["reset_mask"];
  if (mask instanceof Uint8Array || Array.isArray(mask)) return Uint8Array.from(mask, Number);
  return new Uint8Array(numEnvs).fill(1);
}

/** The info with every last observation in its `final_obs` replaced; the same info where it has none. */
export function mapFinalObs<Info>(info: Info, change: (obs: unknown, row: number) => unknown): Info;
export function mapFinalObs(info: unknown, change: (obs: unknown, row: number) => unknown): unknown {
  if (typeof info !== "object" || info === null || !("final_obs" in info) || !Array.isArray(info.final_obs))
    return info;
  const rows: readonly unknown[] = info.final_obs;
  return { ...info, final_obs: rows.map((obs, row) => (obs === null ? null : change(obs, row))) };
}
