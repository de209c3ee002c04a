import { z } from "zod";

import { parseOptions } from "../../core/options.ts";
import type { EnvInfo, ResetResult, VectorEnv, VectorResetArgs, VectorStepResult } from "../env.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import { mapFinalObs, Restarts } from "../restarts.ts";
import { ARRAYS, type NumericArray, type NumericType } from "../spaces/arrays.ts";
import type { Box } from "../spaces/box.ts";
import type { Space } from "../spaces/space.ts";
import { batchSpace } from "../vector/batch.ts";
import { VectorLayer } from "../vector-wrapper.ts";
import { registerVectorWrapper } from "../wrapper-registry.ts";
import { expectBox } from "./boxes.ts";

const VectorFrameStackConfig = z.strictObject({
  stackSize: z.int().positive().describe("how many of the latest observations are shown"),
});
/** What a user writes. */
export type VectorFrameStackOptions = z.input<typeof VectorFrameStackConfig>;

/**
 * Shows the latest `stackSize` observations of every row, [B, stackSize, ...], oldest first, for environments whose rows
 * cannot be wrapped one by one. Before an episode's first observation stand copies of it; rows begin anew on their own.
 */
export class VectorFrameStackObservation<Act, Info = EnvInfo, M extends Mode = "sync"> extends VectorLayer<
  NumericArray,
  Act,
  Info,
  M,
  VectorEnv<NumericArray, Act, Info, M>
> {
  readonly observationSpace: Space<NumericArray>;
  readonly #single: Space<NumericArray>;
  readonly #stackSize: number;
  readonly #box: Box<NumericType>;
  readonly #restarts: Restarts;
  readonly #isSameStep: boolean;
  /** What is shown, [B, stackSize, size]. */
  #stacks: NumericArray;

  /** @throws ConfigError for a stack of none, or observations that are no Box. */
  constructor(env: VectorEnv<NumericArray, Act, Info, M>, options: VectorFrameStackOptions) {
    super(env);
    const config = parseOptions(VectorFrameStackConfig, options, "VectorFrameStackObservation");
    this.#stackSize = config.stackSize;
    this.#box = expectBox(env.singleObservationSpace, "VectorFrameStackObservation");
    this.#single = batchSpace<NumericArray>(this.#box, config.stackSize) as Space<NumericArray>;
    this.observationSpace = batchSpace(this.#single, env.numEnvs) as Space<NumericArray>;
    this.#restarts = new Restarts(env);
    this.#isSameStep = env.metadata.autoresetMode === "SameStep";
    this.#stacks = new ARRAYS[this.#box.dtype](env.numEnvs * this.#length);
    this.record("VectorFrameStackObservation", config);
  }

  get actionSpace(): Space<Act> {
    return this.env.actionSpace;
  }

  override get singleObservationSpace(): Space<NumericArray> {
    return this.#single;
  }

  reset(args?: VectorResetArgs): Reply<ResetResult<NumericArray, Info>, M> {
    return andThen<ResetResult<NumericArray, Info>, ResetResult<NumericArray, Info>, M>(
      this.env.reset(args),
      ([obs, info]) => {
        const stacks = this.#stacks.slice();
        for (const row of this.#restarts.reset(args)) this.#fill(stacks, row, obs);
        this.#stacks = stacks;
        return [stacks, info];
      },
    );
  }

  step(actions: Act): Reply<VectorStepResult<NumericArray, Info>, M> {
    return andThen<VectorStepResult<NumericArray, Info>, VectorStepResult<NumericArray, Info>, M>(
      this.env.step(actions),
      ([obs, rewards, terminated, truncated, info]) => {
        const stacks = this.#stacks.slice();
        const shown = mapFinalObs(info, (final, row) => {
          this.#push(stacks, row, final as NumericArray);
          return stacks.slice(row * this.#length, (row + 1) * this.#length);
        });
        const stepped = new Set(this.#restarts.step(terminated, truncated));
        for (let row = 0; row < this.numEnvs; row++) {
          const isNew = this.#isSameStep ? terminated[row] === 1 || truncated[row] === 1 : !stepped.has(row);
          if (isNew) this.#fill(stacks, row, obs);
          else this.#push(stacks, row, this.#rowOf(obs, row));
        }
        this.#stacks = stacks;
        return [stacks, rewards, terminated, truncated, shown];
      },
    );
  }

  /** Numbers of a row's stack. */
  get #length(): number {
    return this.#stackSize * this.#box.flat.size;
  }

  #rowOf(obs: NumericArray, row: number): NumericArray {
    return obs.subarray(row * this.#box.flat.size, (row + 1) * this.#box.flat.size);
  }

  #push(stacks: NumericArray, row: number, obs: NumericArray): void {
    const [start, end] = [row * this.#length, (row + 1) * this.#length];
    stacks.copyWithin(start, start + this.#box.flat.size, end);
    stacks.set(obs, end - this.#box.flat.size);
  }

  #fill(stacks: NumericArray, row: number, obs: NumericArray): void {
    for (let i = 0; i < this.#stackSize; i++) this.#push(stacks, row, this.#rowOf(obs, row));
  }
}

registerVectorWrapper(
  "VectorFrameStackObservation",
  (env: VectorEnv<NumericArray, unknown, unknown, Mode>, options: VectorFrameStackOptions) =>
    new VectorFrameStackObservation(env, options),
);
