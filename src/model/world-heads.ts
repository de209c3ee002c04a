import * as tf from "@tensorflow/tfjs";
import { launch, onHost, readTensors, type DeviceTensor } from "../compute/device-tensors.ts";
import type { Engine, Executable } from "../compute/engine.ts";
import { PreparedGraphs } from "../compute/prepared-graphs.ts";
import type { TensorFunction } from "../compute/trace.ts";
import { ShapeError } from "../core/errors.ts";
import { int32, type HostTensors } from "../core/host-tensor.ts";
import { param, startingWith, underPrefix } from "../nn/params.ts";
import type { GenieSetup } from "./genie.ts";
import { expectFloats } from "./session-checks.ts";
import { judge, setupHeads, type HeadsSetup, type RewardHeadsConfig } from "./reward-heads.ts";
import type { StepOutlook, WorldHeads } from "./world-model.ts";

/** Heads as they are stored: their config, and their parameters by name. */
export type StoredHeads = { readonly config: RewardHeadsConfig; readonly params: HostTensors };

/** The heads of a world on an engine, one graph per number of rows. */
export class GenieHeads implements WorldHeads {
  readonly rewards: readonly number[];
  readonly #setup: HeadsSetup;
  readonly #params: HostTensors;
  readonly #engine: Engine;
  readonly #graphs = new PreparedGraphs<number>("heads");

  /** `worldParams`: those of the world, whose codes the heads read. */
  constructor(stored: StoredHeads, setup: GenieSetup, worldParams: HostTensors, engine: Engine) {
    this.rewards = stored.config.rewards;
    this.#setup = setupHeads(stored.config, setup);
    this.#params = { ...stored.params, ...codebookParams(worldParams) };
    this.#engine = engine;
  }

  async judge(previous: Int32Array, next: Int32Array): Promise<StepOutlook> {
    const { tokensPerFrame: n } = this.#setup;
    const rows = previous.length / n;
    if (!Number.isInteger(rows) || rows === 0 || next.length !== previous.length) {
      throw new ShapeError(
        `heads: as many tokens before as after, ${n} a row, are needed, got ${previous.length} and ${next.length}`,
      );
    }
    const [before, after] = [int32(previous, [rows, n]), int32(next, [rows, n])];
    const judged = await this.launch(onHost(before), onHost(after));
    const [reward, end] = await readTensors(this.#engine, judged);
    for (const tensor of judged) tensor.dispose();
    return { reward: expectFloats(reward, "reward"), end: expectFloats(end, "end") };
  }

  /** As `judge`, of tokens int32 [B, N] wherever they lie, to probabilities that stay there. */
  async launch(previous: DeviceTensor, next: DeviceTensor): Promise<[reward: DeviceTensor, end: DeviceTensor]> {
    const { reward, end } = await launch(await this.#graph(next.shape[0] ?? 1), { previous, next });
    if (!reward || !end) throw new TypeError("heads: their outputs must be there, got nothing");
    return [reward, end];
  }

  close(): void {
    this.#graphs.close();
  }

  #graph(rows: number): Promise<Executable> {
    const tokens = { shape: [rows, this.#setup.tokensPerFrame], dtype: "int32" } as const;
    const judged: TensorFunction = (inputs) =>
      judge(this.#setup, inputs, tf.stack([param(inputs, "previous"), param(inputs, "next")], 1));
    const options = { name: `heads ${rows}`, inputs: { previous: tokens, next: tokens }, constants: this.#params };
    return this.#graphs.get(rows, () => this.#engine.prepare(judged, options));
  }
}

/** The parameters of a world's quantiser, as the heads' functions want them; none for FSQ. */
export function codebookParams(worldParams: HostTensors): HostTensors {
  return underPrefix("tokenizer", startingWith(worldParams, ["tokenizer.quantizer."]));
}
