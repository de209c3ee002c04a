import type { Engine, Executable } from "../compute/engine.ts";
import { ShapeError } from "../core/errors.ts";
import { int32, type HostTensor, type HostTensors } from "../core/host-tensor.ts";
import { param, startingWith, underPrefix } from "../nn/params.ts";
import type { GenieSetup } from "./genie.ts";
import { HEAD_FRAMES, judge, setupHeads, type HeadsSetup, type RewardHeadsConfig } from "./reward-heads.ts";
import type { StepOutlook, WorldHeads } from "./world-model.ts";

/** Heads as they are stored: their config, and their parameters by name. */
export type StoredHeads = { readonly config: RewardHeadsConfig; readonly params: HostTensors };

/** The heads of a world on an engine, one graph per number of rows. */
export class GenieHeads implements WorldHeads {
  readonly rewards: readonly number[];
  readonly #setup: HeadsSetup;
  readonly #params: HostTensors;
  readonly #engine: Engine;
  readonly #graphs = new Map<number, Promise<Executable>>();

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
    const graph = await this.#graph(rows);
    const { reward, end } = await graph.run({ tokens: pairs(previous, next, n) });
    return { reward: floats(reward), end: floats(end) };
  }

  close(): void {
    for (const graph of this.#graphs.values()) void graph.then((executable) => executable.close());
    this.#graphs.clear();
  }

  #graph(rows: number): Promise<Executable> {
    const known = this.#graphs.get(rows);
    if (known) return known;
    const shape = [rows, HEAD_FRAMES, this.#setup.tokensPerFrame];
    const graph = this.#engine.prepare((inputs) => judge(this.#setup, inputs, param(inputs, "tokens")), {
      name: `heads ${rows}`,
      inputs: { tokens: { shape, dtype: "int32" } },
      constants: this.#params,
    });
    this.#graphs.set(rows, graph);
    return graph;
  }
}

/** The parameters of a world's quantiser, as the heads' functions want them; none for FSQ. */
export function codebookParams(worldParams: HostTensors): HostTensors {
  return underPrefix("tokenizer", startingWith(worldParams, ["tokenizer.quantizer."]));
}

/** Frames before and after steps, int32 [B, N] each, as one tensor [B, 2, N]. */
export function pairs(previous: Int32Array, next: Int32Array, tokensPerFrame: number): HostTensor {
  const rows = previous.length / tokensPerFrame;
  const data = new Int32Array(HEAD_FRAMES * previous.length);
  for (let row = 0; row < rows; row++) {
    const [start, end] = [row * tokensPerFrame, (row + 1) * tokensPerFrame];
    data.set(previous.subarray(start, end), HEAD_FRAMES * start);
    data.set(next.subarray(start, end), HEAD_FRAMES * start + tokensPerFrame);
  }
  return int32(data, [rows, HEAD_FRAMES, tokensPerFrame]);
}

function floats(tensor: HostTensor | undefined): Float32Array {
  if (tensor?.dtype === "float32") return tensor.data;
  throw new ShapeError(`heads: float32 expected, got ${String(tensor?.dtype)}`);
}
