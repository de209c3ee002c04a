import type { AnyVectorEnv, ResetArgs } from "./env.ts";
import { maskedRows } from "./vector/reset-plan.ts";

/** Which rows a step starts anew instead of stepping them: those that ended with the step before, in NextStep mode. */
export class Restarts {
  readonly #nextStep: boolean;
  #ended: Uint8Array;

  constructor({ numEnvs, metadata }: Pick<AnyVectorEnv, "numEnvs" | "metadata">) {
    this.#nextStep = metadata.autoresetMode === "NextStep";
    this.#ended = new Uint8Array(numEnvs);
  }

  /** Takes note of a reset. Returns the rows that it started. */
  reset(args: ResetArgs<unknown> = {}): readonly number[] {
    const rows = maskedRows(args.options?.["reset_mask"], this.#ended.length);
    for (const row of rows) this.#ended[row] = 0;
    return rows;
  }

  /** Takes note of a step, by its flags. Returns the rows that it stepped; the others it started anew. */
  step(terminated: Uint8Array, truncated: Uint8Array): readonly number[] {
    const stepped = [...this.#ended.keys()].filter((row) => this.#ended[row] === 0);
    this.#ended = terminated.map((flag, row) => (this.#nextStep ? flag | Number(truncated[row]) : 0));
    return stepped;
  }
}

/** The info with every last observation in its `final_obs` replaced; the same info where it has none. */
export function mapFinalObs<Info>(info: Info, change: (obs: unknown, row: number) => unknown): Info;
export function mapFinalObs(info: unknown, change: (obs: unknown, row: number) => unknown): unknown {
  if (typeof info !== "object" || info === null || !("final_obs" in info) || !Array.isArray(info.final_obs))
    return info;
  const rows: readonly unknown[] = info.final_obs;
  return { ...info, final_obs: rows.map((obs, row) => (obs === null ? null : change(obs, row))) };
}
