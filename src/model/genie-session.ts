import type { Engine, Executable, PrepareOptions } from "../compute/engine.ts";
import { ClosedError, ShapeError } from "../core/errors.ts";
import type { Frames } from "../core/frames.ts";
import { float32, int32, specsOf, type HostTensors } from "../core/host-tensor.ts";
import { startingWith, underPrefix, withPrefix } from "../nn/params.ts";
import type { STTransformerConfig } from "../nn/st-transformer.ts";
import { cacheRings, frameInputs, initCache, type CacheShape } from "../nn/temporal-cache.ts";
import { noAction, positionsPerFrame } from "./dynamics-model.ts";
import type { GenieConfig, GenieSetup } from "./genie.ts";
import { readRow, writeRow } from "./graph-rows.ts";
import { uniformsPerFrame } from "./maskgit.ts";
import { tokenizerTransformer } from "./video-tokenizer.ts";
import type { WorldSession, WorldStep } from "./world-model.ts";
import { decodeStep, dynamicsRemember, dynamicsStep } from "./world-step.ts";

/** A prompt as the models know it: tokens int32 [frames, N], and the actions [frames - 1] that led from each to the next. */
export type EncodedPrompt = { readonly tokens: Int32Array; readonly actions: Int32Array };

/** What a session runs on. */
export type SessionParts = {
  readonly engine: Engine;
  readonly config: GenieConfig;
  readonly setup: GenieSetup;
  readonly params: HostTensors;
  readonly encodePrompt: (prompt: Frames) => Promise<EncodedPrompt>;
  /** Called once, when the session is closed. */
  readonly onClose: (session: WorldSession) => void;
};

/** A frame that nobody has looked at yet: the decoder is causal, so it must catch up in order. */
type Undecoded = {
  readonly tokens: Int32Array;
  /** How many frames came before it in each row. */
  readonly ages: Int32Array;
  /** The rows that have this frame. */
  readonly active: Uint8Array;
};

/** Rows of a Genie world on one engine: everything stays in token space until somebody looks. */
export class GenieSession implements WorldSession {
  readonly numEnvs: number;
  readonly #parts: SessionParts;
  readonly #graphs: Graphs;
  readonly #tokens: Int32Array;
  readonly #pixels: Uint8Array;
  /** Frames that each row has had since its reset, the current one included. */
  readonly #ages: Int32Array;
  #undecoded: Undecoded[] = [];
  #isClosed = false;

  private constructor(numEnvs: number, parts: SessionParts, graphs: Graphs) {
    const { height, width } = parts.config;
    this.numEnvs = numEnvs;
    this.#parts = parts;
    this.#graphs = graphs;
    this.#tokens = new Int32Array(numEnvs * parts.setup.dynamics.tokensPerFrame);
    this.#pixels = new Uint8Array(numEnvs * height * width * 3);
    this.#ages = new Int32Array(numEnvs);
  }

  /** Prepares the graphs of `numEnvs` rows. */
  static async open(numEnvs: number, parts: SessionParts): Promise<GenieSession> {
    return new GenieSession(numEnvs, parts, await prepareGraphs(numEnvs, parts));
  }

  async reset(rows: readonly number[], prompts: readonly Frames[]): Promise<void> {
    this.#expectOpen();
    expectPrompts(rows, prompts, this.numEnvs);
    const encoded = await this.#encodePrompts(prompts);
    for (const row of rows) this.#ages[row] = 0;
    const longest = Math.max(...encoded.map(({ tokens }) => tokens.length / this.#numTokens));
    for (let frame = 0; frame < longest; frame++) await this.#rememberFrame(rows, encoded, frame);
  }

  /** A prompt that several rows share is encoded once. */
  async #encodePrompts(prompts: readonly Frames[]): Promise<EncodedPrompt[]> {
    const known = new Map<Frames, EncodedPrompt>();
    const encoded: EncodedPrompt[] = [];
    for (const prompt of prompts) {
      const one = known.get(prompt) ?? (await this.#parts.encodePrompt(prompt));
      known.set(prompt, one);
      encoded.push(one);
    }
    return encoded;
  }

  /** Frame number `frame` of the prompts becomes the current frame of the rows whose prompt is that long. */
  async #rememberFrame(rows: readonly number[], prompts: readonly EncodedPrompt[], frame: number): Promise<void> {
    const n = this.#numTokens;
    const active = new Uint8Array(this.numEnvs);
    const actions = new Int32Array(this.numEnvs).fill(noAction(this.#parts.setup.dynamics));
    for (const [i, row] of rows.entries()) {
      const prompt = prompts[i];
      if (!prompt || prompt.tokens.length < (frame + 1) * n) continue;
      active[row] = 1;
      actions[row] = prompt.actions[frame - 1] ?? noAction(this.#parts.setup.dynamics);
      this.#tokens.set(prompt.tokens.subarray(frame * n, (frame + 1) * n), row * n);
    }
    await this.#graphs.remember.run({
      ...this.#frameInputs(this.#ages, active),
      tokens: int32(this.#tokens, [this.numEnvs, n]),
      action: int32(actions, [this.numEnvs]),
    });
    this.#moveOn(active);
  }

  async step(actions: Int32Array, uniforms: Float32Array): Promise<WorldStep> {
    this.#expectOpen();
    const { config } = this.#parts;
    const n = this.#numTokens;
    const outputs = await this.#graphs.step.run({
      ...this.#frameInputs(this.#ages),
      last: int32(this.#tokens, [this.numEnvs, n]),
      action: int32(actions, [this.numEnvs]),
      uniforms: float32(uniforms, [this.numEnvs, uniformsPerFrame(config.sampling, n) / n, n]),
    });
    this.#tokens.set(integers(outputs, "tokens"));
    this.#moveOn(new Uint8Array(this.numEnvs).fill(1));
    return {
      tokens: this.tokens(),
      confidence: floats(outputs, "confidence"),
      entropy: floats(outputs, "entropy"),
    };
  }

  /** The tokens at hand are now the current frame of the active rows, and wait to be looked at. */
  #moveOn(active: Uint8Array): void {
    this.#enqueue({ tokens: this.#tokens.slice(), ages: this.#ages.slice(), active });
    for (const [row, isActive] of active.entries()) this.#ages[row] = (this.#ages[row] ?? 0) + isActive;
  }

  tokens(): Int32Array {
    return this.#tokens.slice();
  }

  async decode(): Promise<Uint8Array> {
    this.#expectOpen();
    const waiting = this.#undecoded;
    this.#undecoded = [];
    for (const frame of waiting) await this.#decodeFrame(frame);
    return this.#pixels.slice();
  }

  /** Keeps a frame until somebody looks, and forgets those that cannot be seen any more. */
  #enqueue(frame: Undecoded): void {
    this.#undecoded.push(frame);
    const reach = decoderReach(this.#parts.setup);
    if (this.#undecoded.length >= 2 * reach + this.numEnvs) this.#undecoded = stillSeen(this.#undecoded, reach);
  }

  async #decodeFrame({ tokens, ages, active }: Undecoded): Promise<void> {
    const { config, setup } = this.#parts;
    const transformer = tokenizerTransformer(setup.tokenizer, "decoder");
    const outputs = await this.#graphs.decode.run({
      ...frameInputs(transformer, ages, setup.tokenizer.window, active),
      tokens: int32(tokens, [this.numEnvs, this.#numTokens]),
    });
    const pixels = integers(outputs, "pixels");
    const size = config.height * config.width * 3;
    for (const [row, isActive] of active.entries()) {
      if (isActive) this.#pixels.set(pixels.subarray(row * size, (row + 1) * size), row * size);
    }
  }

  async getState(row: number): Promise<HostTensors> {
    await this.decode();
    const [n, size] = [this.#numTokens, this.#pixels.length / this.numEnvs];
    return {
      ...withPrefix("dynamics", await readRow(this.#graphs.step, row)),
      ...withPrefix("decoder", await readRow(this.#graphs.decode, row)),
      tokens: int32(this.#tokens.slice(row * n, (row + 1) * n), [1, n]),
      age: int32(this.#ages.slice(row, row + 1), [1]),
      pixels: int32(Int32Array.from(this.#pixels.subarray(row * size, (row + 1) * size)), [1, size]),
    };
  }

  async expectState(state: HostTensors, where: string): Promise<void> {
    expectLike(state, await this.getState(0), where);
  }

  async setState(row: number, state: HostTensors): Promise<void> {
    await this.expectState(state, "setState");
    await writeRow(this.#graphs.step, row, underPrefix("dynamics", state));
    await writeRow(this.#graphs.decode, row, underPrefix("decoder", state));
    const { tokens, age, pixels } = state;
    this.#tokens.set(tokens?.data ?? [], row * this.#numTokens);
    this.#ages.set(age?.data ?? [], row);
    this.#pixels.set(pixels?.data ?? [], (row * this.#pixels.length) / this.numEnvs);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const graph of Object.values(this.#graphs)) graph.close();
    this.#parts.onClose(this);
  }

  get #numTokens(): number {
    return this.#parts.setup.dynamics.tokensPerFrame;
  }

  #frameInputs(ages: Int32Array, active?: Uint8Array): HostTensors {
    const { config, setup } = this.#parts;
    return frameInputs(config.dynamics.transformer, ages, setup.dynamics.window, active);
  }

  #expectOpen(): void {
    if (this.#isClosed) throw new ClosedError("world: the session is closed - open another");
  }
}

/** Throws `ShapeError` unless each row is one of the session's, named once, and has a prompt with a frame. */
function expectPrompts(rows: readonly number[], prompts: readonly Frames[], numEnvs: number): void {
  const wrong = rows.find((row, i) => !(Number.isInteger(row) && row >= 0 && row < numEnvs) || rows.indexOf(row) !== i);
  if (wrong !== undefined) {
    throw new ShapeError(`reset: rows must be different integers from 0 to ${numEnvs - 1}, got ${rows.join(", ")}`);
  }
  if (prompts.length !== rows.length) {
    throw new ShapeError(`reset: there must be a prompt for each of ${rows.length} rows, got ${prompts.length}`);
  }
  const empty = prompts.findIndex(({ count }) => count < 1);
  if (empty >= 0) throw new ShapeError(`reset: a prompt must have a frame, got none for row ${rows[empty]}`);
}

/** How many frames the decoder's output depends on: each block looks back one window. */
function decoderReach({ tokenizer }: GenieSetup): number {
  const { attention, numBlocks } = tokenizerTransformer(tokenizer, "decoder");
  return attention === "space" ? 1 : numBlocks * (tokenizer.window - 1) + 1;
}

/** The frames that some row's current or future frames depend on: the last `reach` of each row. */
function stillSeen(waiting: readonly Undecoded[], reach: number): Undecoded[] {
  const later = new Map<number, number>();
  const seen = waiting.toReversed().filter(({ active }) => {
    const rows = [...active.keys()].filter((row) => active[row] === 1);
    const isSeen = rows.some((row) => (later.get(row) ?? 0) < reach);
    for (const row of rows) later.set(row, (later.get(row) ?? 0) + 1);
    return isSeen;
  });
  return seen.toReversed();
}

/** Throws `ShapeError` unless a state has the tensors of `own`, in the same shapes. */
function expectLike(state: HostTensors, own: HostTensors, where: string): void {
  for (const [name, { dtype, shape, data }] of Object.entries(own)) {
    const given = state[name];
    const wanted = `${dtype}[${shape.join()}]`;
    const got = given ? `${given.dtype}[${given.shape.join()}]` : "nothing";
    if (got === wanted && ArrayBuffer.isView(given?.data) && given?.data.length === data.length) continue;
    const remedy =
      got === wanted
        ? "pass it as getState made it, which JSON does not keep"
        : "pass a state of this world's getState";
    throw new ShapeError(`${where}: ${name} must be ${wanted}, got ${got} - ${remedy}`);
  }
}

/** What a session runs: the first two work on one cache. */
type Graphs = { readonly step: Executable; readonly remember: Executable; readonly decode: Executable };

async function prepareGraphs(numEnvs: number, parts: SessionParts): Promise<Graphs> {
  const { engine, config, setup } = parts;
  const { dynamics, tokenizer } = setup;
  const shards = engine.shardsFor?.(numEnvs) ?? 1;
  const rows = numEnvs / shards;
  const action = { shape: [rows], dtype: "int32" } as const;
  const tokens = { shape: [rows, dynamics.tokensPerFrame], dtype: "int32" } as const;
  const uniforms = { shape: [rows, config.sampling.steps + 1, dynamics.tokensPerFrame], dtype: "float32" } as const;
  const common = { shards, ...dynamicsOptions(rows, parts) };
  const step = await engine.prepare(dynamicsStep(dynamics, config.sampling), {
    ...common,
    name: "dynamics step",
    inputs: { ...common.inputs, last: tokens, action, uniforms },
  });
  const remember = await engine.prepare(dynamicsRemember(dynamics), {
    ...common,
    name: "dynamics remember",
    inputs: { ...common.inputs, action, tokens },
    sharesStateOf: step,
  });
  const decoder = { shards, ...decoderOptions(rows, parts) };
  const decode = await engine.prepare(decodeStep(tokenizer), {
    ...decoder,
    name: "decoder step",
    inputs: { ...decoder.inputs, tokens },
  });
  return { step, remember, decode };
}

type CachedOptions = Omit<PrepareOptions, "name">;

function dynamicsOptions(numEnvs: number, { config, setup, params }: SessionParts): CachedOptions {
  const { dynamics } = setup;
  const { transformer } = config.dynamics;
  const shape = { numEnvs, positions: positionsPerFrame(dynamics), window: dynamics.window };
  return { ...cacheOptions(transformer, shape), constants: startingWith(params, ["dynamics."]) };
}

function decoderOptions(numEnvs: number, { setup, params }: SessionParts): CachedOptions {
  const { tokenizer, dynamics } = setup;
  const transformer = tokenizerTransformer(tokenizer, "decoder");
  const shape = { numEnvs, positions: dynamics.tokensPerFrame, window: tokenizer.window };
  const constants = startingWith(params, ["tokenizer.decoder.", "tokenizer.quantizer."]);
  return { ...cacheOptions(transformer, shape), constants };
}

/** The state of a graph with a cache, and its inputs that say where the rows are. */
function cacheOptions(transformer: STTransformerConfig, shape: CacheShape): CachedOptions {
  const state = withPrefix("cache", initCache(transformer, shape));
  const inputs = specsOf(frameInputs(transformer, new Int32Array(shape.numEnvs), shape.window));
  return { state, rings: cacheRings(state), inputs };
}

function integers(outputs: HostTensors, name: string): Int32Array {
  const tensor = outputs[name];
  if (tensor?.dtype === "int32") return tensor.data;
  throw new ShapeError(`world: output ${name} must be int32, got ${String(tensor?.dtype)}`);
}

function floats(outputs: HostTensors, name: string): Float32Array {
  const tensor = outputs[name];
  if (tensor?.dtype === "float32") return tensor.data;
  throw new ShapeError(`world: output ${name} must be float32, got ${String(tensor?.dtype)}`);
}
