import type { Engine, PrepareOptions } from "../compute/engine.ts";
import type { Signature } from "../compute/trace.ts";
import { ClosedError, ShapeError } from "../core/errors.ts";
import type { Frames } from "../core/frames.ts";
import { float32, int32, type HostTensor, type HostTensors } from "../core/host-tensor.ts";
import { startingWith, underPrefix, withPrefix } from "../nn/params.ts";
import { rotaryTables } from "../nn/rotary.ts";
import { headDimOf } from "../nn/st-transformer.ts";
import { initCache } from "../nn/temporal-cache.ts";
import { noAction, positionsPerFrame } from "./dynamics-model.ts";
import type { GenieConfig, GenieSetup } from "./genie.ts";
import { RowGraph } from "./graph-rows.ts";
import { uniformsPerFrame } from "./maskgit.ts";
import { tokenizerTransformer } from "./video-tokenizer.ts";
import type { WorldSession, WorldStep } from "./world-model.ts";
import { decodeStep, dynamicsPrime, dynamicsStep } from "./world-step.ts";

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

/** The age of an empty cache row. */
const NO_AGE = int32(Int32Array.of(0), [1]);

/** A frame that nobody has looked at yet: the decoder is causal, so it must catch up in order. */
type Undecoded = {
  readonly tokens: Int32Array;
  /** Absolute position of the frame in each row. */
  readonly positions: Int32Array;
  /** The rows that have this frame. */
  readonly active: Uint8Array;
  /** It is the first frame of its rows. */
  readonly restarts: boolean;
};

/** Rows of a Genie world on one engine: everything stays in token space until somebody looks. */
export class GenieSession implements WorldSession {
  readonly numEnvs: number;
  readonly #parts: SessionParts;
  readonly #dynamics: RowGraph;
  readonly #decoder: RowGraph;
  readonly #tokens: Int32Array;
  readonly #pixels: Uint8Array;
  /** Absolute position of each row's current frame. */
  readonly #position: Int32Array;
  #undecoded: Undecoded[] = [];
  #isClosed = false;

  private constructor(numEnvs: number, parts: SessionParts, dynamics: RowGraph, decoder: RowGraph) {
    const { height, width } = parts.config;
    this.numEnvs = numEnvs;
    this.#parts = parts;
    this.#dynamics = dynamics;
    this.#decoder = decoder;
    this.#tokens = new Int32Array(numEnvs * parts.setup.dynamics.tokensPerFrame);
    this.#pixels = new Uint8Array(numEnvs * height * width * 3);
    this.#position = new Int32Array(numEnvs);
  }

  /** Prepares the graphs of `numEnvs` rows. */
  static async open(numEnvs: number, parts: SessionParts): Promise<GenieSession> {
    const [dynamics, decoder] = [await openDynamics(numEnvs, parts), await openDecoder(numEnvs, parts)];
    return new GenieSession(numEnvs, parts, dynamics, decoder);
  }

  async reset(rows: readonly number[], prompts: readonly Frames[]): Promise<void> {
    this.#expectOpen();
    expectPrompts(rows, prompts, this.numEnvs);
    const encoded = await this.#encodePrompts(prompts);
    const n = this.#numTokens;
    const fresh = rows.map((row, i): [number, HostTensors] => [
      row,
      {
        tokens: int32((encoded[i]?.tokens ?? new Int32Array(n)).slice(0, n), [1, n]),
        led: int32(Int32Array.of(noAction(this.#parts.setup.dynamics)), [1]),
        "cache.age": NO_AGE,
      },
    ]);
    await this.#dynamics.writeRows(new Map(fresh));
    for (const row of rows) this.#position[row] = 0;
    const longest = Math.max(...encoded.map(({ tokens }) => tokens.length / n));
    for (let frame = 0; frame < longest; frame++) await this.#primeFrame(rows, encoded, frame);
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
  async #primeFrame(rows: readonly number[], prompts: readonly EncodedPrompt[], frame: number): Promise<void> {
    const n = this.#numTokens;
    const active = new Uint8Array(this.numEnvs);
    const tokens = this.#tokens.slice();
    const actions = new Int32Array(this.numEnvs);
    for (const [i, row] of rows.entries()) {
      const prompt = prompts[i];
      if (!prompt || prompt.tokens.length < (frame + 1) * n) continue;
      active[row] = 1;
      actions[row] = prompt.actions[frame - 1] ?? 0;
      tokens.set(prompt.tokens.subarray(frame * n, (frame + 1) * n), row * n);
    }
    if (frame > 0) {
      await this.#dynamics.runPartial({
        ...this.#rotary("last", this.#position, headDimOf(this.#parts.config.dynamics.transformer)),
        prompt: int32(tokens, [this.numEnvs, n]),
        action: int32(actions, [this.numEnvs]),
        active: { dtype: "bool", shape: [this.numEnvs], data: active },
      });
      for (const row of rows) this.#position[row] = (this.#position[row] ?? 0) + (active[row] ?? 0);
    }
    this.#tokens.set(tokens);
    this.#enqueue({ tokens, positions: this.#position.slice(), active, restarts: frame === 0 });
  }

  async step(actions: Int32Array, uniforms: Float32Array): Promise<WorldStep> {
    this.#expectOpen();
    const { config } = this.#parts;
    const n = this.#numTokens;
    const width = headDimOf(config.dynamics.transformer);
    const next = this.#position.map((position) => position + 1);
    const outputs = await this.#dynamics.run({
      ...this.#rotary("last", this.#position, width),
      ...this.#rotary("next", next, width),
      action: int32(actions, [this.numEnvs]),
      uniforms: float32(uniforms, [this.numEnvs, uniformsPerFrame(config.sampling, n) / n, n]),
    });
    this.#position.set(next);
    const tokens = integers(outputs, "sampled");
    this.#tokens.set(tokens);
    this.#enqueue({ tokens, positions: next, active: new Uint8Array(this.numEnvs).fill(1), restarts: false });
    return { tokens: tokens.slice(), confidence: floats(outputs, "confidence"), entropy: floats(outputs, "entropy") };
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

  async #decodeFrame({ tokens, positions, active, restarts }: Undecoded): Promise<void> {
    const { config, setup } = this.#parts;
    if (restarts) {
      const rows = [...active.keys()].filter((row) => active[row] === 1);
      await this.#decoder.writeRows(new Map(rows.map((row) => [row, { "cache.age": NO_AGE }])));
    }
    const everyRow = active.every((isActive) => isActive === 1);
    const inputs = {
      ...this.#rotary("next", positions, headDimOf(tokenizerTransformer(setup.tokenizer, "decoder"))),
      tokens: int32(tokens, [this.numEnvs, this.#numTokens]),
    };
    const mask: HostTensor = { dtype: "bool", shape: [this.numEnvs], data: active };
    const outputs = everyRow
      ? await this.#decoder.run(inputs)
      : await this.#decoder.runPartial({ ...inputs, active: mask });
    const pixels = integers(outputs, "pixels");
    const size = config.height * config.width * 3;
    for (const [row, isActive] of active.entries()) {
      if (isActive) this.#pixels.set(pixels.subarray(row * size, (row + 1) * size), row * size);
    }
  }

  async getState(row: number): Promise<HostTensors> {
    await this.decode();
    const size = this.#pixels.length / this.numEnvs;
    return {
      ...withPrefix("dynamics", await this.#dynamics.readRow(row)),
      ...withPrefix("decoder", await this.#decoder.readRow(row)),
      position: int32(this.#position.slice(row, row + 1), [1]),
      pixels: int32(Int32Array.from(this.#pixels.subarray(row * size, (row + 1) * size)), [1, size]),
    };
  }

  async setState(row: number, state: HostTensors): Promise<void> {
    expectLike(state, await this.getState(row));
    await this.#dynamics.writeRows(new Map([[row, underPrefix("dynamics", state)]]));
    await this.#decoder.writeRows(new Map([[row, underPrefix("decoder", state)]]));
    const { position, pixels, "dynamics.tokens": tokens } = state;
    this.#position.set(position?.data ?? [], row);
    this.#pixels.set(pixels?.data ?? [], (row * this.#pixels.length) / this.numEnvs);
    this.#tokens.set(tokens?.data ?? [], row * this.#numTokens);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#dynamics.close();
    this.#decoder.close();
    this.#parts.onClose(this);
  }

  get #numTokens(): number {
    return this.#parts.setup.dynamics.tokensPerFrame;
  }

  #rotary(name: string, positions: Int32Array, headDim: number): HostTensors {
    const { cos, sin } = rotaryTables([...positions], headDim);
    return { [`${name}.cos`]: cos, [`${name}.sin`]: sin };
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
function expectLike(state: HostTensors, own: HostTensors): void {
  for (const [name, { dtype, shape, data }] of Object.entries(own)) {
    const given = state[name];
    const wanted = `${dtype}[${shape.join()}]`;
    const got = given ? `${given.dtype}[${given.shape.join()}]` : "nothing";
    if (got === wanted && given?.data.length === data.length) continue;
    throw new ShapeError(`setState: ${name} must be ${wanted}, got ${got} - pass a state of this world's getState`);
  }
}

function openDynamics(numEnvs: number, { engine, config, setup, params }: SessionParts): Promise<RowGraph> {
  const { dynamics } = setup;
  const n = dynamics.tokensPerFrame;
  const { transformer } = config.dynamics;
  const cacheShape = { numEnvs, positions: positionsPerFrame(dynamics), window: dynamics.window };
  const options = {
    constants: startingWith(params, ["dynamics."]),
    state: {
      tokens: int32(new Int32Array(numEnvs * n), [numEnvs, n]),
      led: int32(new Int32Array(numEnvs), [numEnvs]),
      ...withPrefix("cache", initCache(transformer, cacheShape)),
    },
  };
  const last = rotarySignature("last", numEnvs, headDimOf(transformer));
  const step: PrepareOptions = {
    ...options,
    name: "dynamics step",
    inputs: {
      ...last,
      ...rotarySignature("next", numEnvs, headDimOf(transformer)),
      action: { shape: [numEnvs], dtype: "int32" },
      uniforms: { shape: [numEnvs, config.sampling.steps + 1, n], dtype: "float32" },
    },
  };
  const prime: PrepareOptions = {
    ...options,
    name: "dynamics prime",
    inputs: {
      ...last,
      prompt: { shape: [numEnvs, n], dtype: "int32" },
      action: { shape: [numEnvs], dtype: "int32" },
      active: { shape: [numEnvs], dtype: "bool" },
    },
  };
  const fn = dynamicsStep(dynamics, config.sampling);
  return RowGraph.prepare(engine, fn, step, { fn: dynamicsPrime(dynamics), options: prime });
}

function openDecoder(numEnvs: number, { engine, setup, params }: SessionParts): Promise<RowGraph> {
  const n = setup.dynamics.tokensPerFrame;
  const transformer = tokenizerTransformer(setup.tokenizer, "decoder");
  const cache = initCache(transformer, { numEnvs, positions: n, window: setup.tokenizer.window });
  const whole: PrepareOptions = {
    name: "decoder step",
    constants: startingWith(params, ["tokenizer.decoder.", "tokenizer.quantizer."]),
    state: withPrefix("cache", cache),
    inputs: {
      ...rotarySignature("next", numEnvs, headDimOf(transformer)),
      tokens: { shape: [numEnvs, n], dtype: "int32" },
    },
  };
  const partial: PrepareOptions = {
    ...whole,
    name: "decoder step of some rows",
    inputs: { ...whole.inputs, active: { shape: [numEnvs], dtype: "bool" } },
  };
  return RowGraph.prepare(engine, decodeStep(setup.tokenizer, false), whole, {
    fn: decodeStep(setup.tokenizer, true),
    options: partial,
  });
}

function rotarySignature(name: string, numEnvs: number, headDim: number): Signature {
  const spec = { shape: [numEnvs, headDim / 2], dtype: "float32" } as const;
  return { [`${name}.cos`]: spec, [`${name}.sin`]: spec };
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
