import type { Engine, Executable } from "../compute/engine.ts";
import { PreparedGraphs } from "../compute/prepared-graphs.ts";
import { ClosedError, ShapeError } from "../core/errors.ts";
import type { Frames } from "../core/frames.ts";
import { float32, type HostTensor, type HostTensors } from "../core/host-tensor.ts";
import { underPrefix, type Params } from "../nn/params.ts";
import { describeActions } from "./latent-action-model.ts";
import { setupGenie, type GenieConfig, type GenieSetup } from "./genie.ts";
import { GenieSession } from "./genie-session.ts";
import { uniformsPerFrame } from "./maskgit.ts";
import { expectMemory, freeMemory } from "./memory.ts";
import { describeFrames, detokenize, tokenize } from "./video-tokenizer.ts";
import { GenieHeads, type StoredHeads } from "./world-heads.ts";
import type { WorldModel, WorldSession } from "./world-model.ts";

/** What is known of a world besides its models, and the heads that were trained beside it. */
export type WorldNotes = Pick<WorldModel, "actionNames" | "prompts"> & {
  readonly heads?: StoredHeads | undefined;
  /** Bytes that environments opened together may take; what is free at that moment when left out. */
  readonly memoryLimit?: number | undefined;
};

/** A step of a clip as a latent action model sees it. */
export type DescribedAction = { readonly action: number; readonly features: Float32Array };

/** A learnt world: the three models of Genie with their parameters, on one engine. */
export class GenieWorld implements WorldModel {
  readonly name: string;
  readonly config: GenieConfig;
  readonly params: HostTensors;
  readonly numActions: number;
  readonly frameShape: readonly [height: number, width: number, channels: 3];
  readonly tokensPerFrame: number;
  readonly vocabularySize: number;
  readonly uniformsPerStep: number;
  readonly fps: number;
  /** What each latent action does, where somebody has looked. */
  readonly actionNames: readonly string[] | undefined;
  readonly prompts: readonly Frames[] | undefined;
  readonly heads: GenieHeads | undefined;
  readonly #memoryLimit: number | undefined;
  readonly #engine: Engine;
  readonly #setup: GenieSetup;
  readonly #graphs: PreparedGraphs<string>;
  readonly #sessions = new Set<WorldSession>();
  #isClosed = false;

  constructor(name: string, config: GenieConfig, params: HostTensors, engine: Engine, notes: WorldNotes = {}) {
    this.name = name;
    this.actionNames = notes.actionNames;
    this.prompts = notes.prompts;
    this.#memoryLimit = notes.memoryLimit;
    this.config = config;
    this.params = params;
    this.#engine = engine;
    this.#graphs = new PreparedGraphs(`world ${name}`);
    this.#setup = setupGenie(config);
    this.heads = notes.heads && new GenieHeads(notes.heads, this.#setup, params, engine);
    const { tokensPerFrame, vocabularySize, numActions } = this.#setup.dynamics;
    this.numActions = numActions;
    this.frameShape = [config.height, config.width, 3];
    this.tokensPerFrame = tokensPerFrame;
    this.vocabularySize = vocabularySize;
    this.uniformsPerStep = uniformsPerFrame(config.sampling, tokensPerFrame);
    this.fps = config.fps;
  }

  /** The name of the engine that the world runs on. */
  get engine(): string {
    return this.#engine.name;
  }

  /**
   * @throws ConfigError before anything is allocated, when so many environments do not fit into memory; ClosedError when the
   * world is closed, be it while the environments are opened.
   */
  async open(numEnvs: number): Promise<WorldSession> {
    this.#expectOpen();
    const threadsFor = (rows: number): number => this.#engine.shardsFor?.(rows) ?? 1;
    expectMemory(this.config, numEnvs, this.#memoryLimit ?? freeMemory(), threadsFor);
    const session = await GenieSession.open(numEnvs, {
      engine: this.#engine,
      config: this.config,
      setup: this.#setup,
      params: this.params,
      heads: this.heads,
      encodePrompt: async (prompt) => ({
        tokens: await this.tokenize(prompt),
        actions: prompt.count > 1 ? await this.inferActions(prompt) : new Int32Array(0),
      }),
      onClose: (closed) => this.#sessions.delete(closed),
    });
    this.#sessions.add(session);
    if (this.#isClosed) session.close();
    this.#expectOpen();
    return session;
  }

  /** Tokens int32 [frames, N] of a clip, whose first frame starts a new past. */
  async tokenize(clip: Frames): Promise<Int32Array> {
    const { tokenizer } = this.#setup;
    const params = underPrefix("tokenizer", this.params);
    const graph = await this.#graph(`tokenize ${clip.count}`, clip, params, (inputs) => ({
      y: tokenize(tokenizer, inputs, frames(inputs)),
    }));
    return this.#integers(graph, clip);
  }

  /** The clip as the tokenizer shows it: encoded and decoded, uint8 like the clip. */
  async reconstruct(clip: Frames): Promise<Frames> {
    const { tokenizer } = this.#setup;
    const params = underPrefix("tokenizer", this.params);
    const graph = await this.#graph(`reconstruct ${clip.count}`, clip, params, (inputs) => ({
      y: detokenize(tokenizer, inputs, tokenize(tokenizer, inputs, frames(inputs))).toInt(),
    }));
    return { ...clip, data: Uint8Array.from(await this.#integers(graph, clip)) };
  }

  /** Latent actions int32 [frames - 1]: what led from each frame of the clip to the next (Genie, section 2). */
  async inferActions(clip: Frames): Promise<Int32Array> {
    const graph = await this.#graph(`infer ${clip.count}`, clip, this.params, (inputs) => ({
      y: this.#describeActions(inputs).actions,
    }));
    return this.#integers(graph, clip);
  }

  /**
   * What led from each frame of a clip to the next, [frames - 1]: the latent action that `inferActions` tells too, and features,
   * float32 [D], of what the action encoder saw before it chose one of so few codes: they tell apart what shares a code.
   */
  async describeActions(clip: Frames): Promise<DescribedAction[]> {
    const graph = await this.#graph(`describe actions ${clip.count}`, clip, this.params, (inputs) => {
      const { actions, features } = this.#describeActions(inputs);
      return { actions, y: features };
    });
    const { actions, y } = await this.#run(graph, clip);
    const rows = rowsOf(this.#floats(y), clip.count - 1);
    return rows.map((features, i) => ({ action: Number(actions?.data[i]), features }));
  }

  #describeActions(inputs: Params) {
    const { tokenizer, actions } = this.#setup;
    const pixels = frames(inputs);
    const isPixels = actions.config.input === "pixels";
    const seen = isPixels ? pixels : tokenize(tokenizer, underPrefix("tokenizer", inputs), pixels);
    return describeActions(actions, underPrefix("actions", inputs), seen);
  }

  /**
   * Features of each frame of a clip, float32 [D] each: what the tokenizer's encoder makes of it, averaged over the
   * patches. For the Fréchet distance that bears the tokenizer's name.
   */
  async describe(clip: Frames): Promise<Float32Array[]> {
    const { tokenizer } = this.#setup;
    const params = underPrefix("tokenizer", this.params);
    const graph = await this.#graph(`describe ${clip.count}`, clip, params, (inputs) => ({
      y: describeFrames(tokenizer, inputs, frames(inputs)),
    }));
    const { y } = await this.#run(graph, clip);
    return rowsOf(this.#floats(y), clip.count);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const session of this.#sessions) session.close();
    this.#graphs.close();
    this.heads?.close();
  }

  /** One graph per clip length, made when first needed. */
  #graph(
    name: string,
    clip: Frames,
    constants: HostTensors,
    fn: Parameters<Engine["prepare"]>[0],
  ): Promise<Executable> {
    const { height, width } = this.config;
    if (clip.height !== height || clip.width !== width) {
      throw new ShapeError(
        `world ${this.name}: frames must be ${width}x${height}, got ${clip.width}x${clip.height} - resize them`,
      );
    }
    const inputs = { frames: { shape: [1, clip.count, height, width, 3], dtype: "float32" } } as const;
    return this.#graphs.get(name, () => this.#engine.prepare(fn, { name, inputs, constants }));
  }

  #run(graph: Executable, clip: Frames): Promise<HostTensors> {
    const shape = [1, clip.count, clip.height, clip.width, 3];
    return graph.run({ frames: float32(Float32Array.from(clip.data), shape) });
  }

  #floats(y: HostTensor | undefined): Float32Array {
    if (y?.dtype === "float32") return y.data;
    throw new ShapeError(`world ${this.name}: float32 expected, got ${String(y?.dtype)}`);
  }

  async #integers(graph: Executable, clip: Frames): Promise<Int32Array> {
    const { y } = await this.#run(graph, clip);
    if (y?.dtype === "int32") return y.data;
    throw new ShapeError(`world ${this.name}: int32 expected, got ${String(y?.dtype)}`);
  }

  #expectOpen(): void {
    if (this.#isClosed) throw new ClosedError(`world ${this.name}: it is closed - load it again`);
  }
}

/** Copies of so many equal parts of a list. */
function rowsOf(data: Float32Array, count: number): Float32Array[] {
  const width = data.length / count;
  return Array.from({ length: count }, (_, i) => data.slice(i * width, (i + 1) * width));
}

function frames(inputs: Parameters<Parameters<Engine["prepare"]>[0]>[0]) {
  const tensor = inputs["frames"];
  if (tensor) return tensor;
  throw new ShapeError("world: the input `frames` is missing");
}
