import { launch, onHost, readTensors, type DeviceTensor } from "../compute/device-tensors.ts";
import type { Engine } from "../compute/engine.ts";
import type { Signature } from "../compute/trace.ts";
import { ClosedError, ConfigError } from "../core/errors.ts";
import type { Frames } from "../core/frames.ts";
import { float32, int32, type HostTensors } from "../core/host-tensor.ts";
import { underPrefix, withPrefix } from "../nn/params.ts";
import { frameInputs } from "../nn/temporal-cache.ts";
import { noAction } from "./dynamics-model.ts";
import { FrameDecoder } from "./frame-decoder.ts";
import type { GenieConfig, GenieSetup } from "./genie.ts";
import { expectAsMany, expectDifferentRows, expectFloats, expectIntegers, expectPrompts } from "./session-checks.ts";
import { expectState, stateFormat, stateSpecs } from "./session-state.ts";
import { together, type Looked } from "./looked.ts";
import { uniformsPerFrame } from "./maskgit.ts";
import { prepareGraphs, type SessionGraphs } from "./session-graphs.ts";
import type { GenieHeads } from "./world-heads.ts";
import type { FramePlan, Look, Seen, WorldSession, WorldStep } from "./world-model.ts";

/** A prompt as the models know it: tokens int32 [frames, N], and the actions [frames - 1] that led from each to the next. */
export type EncodedPrompt = { readonly tokens: Int32Array; readonly actions: Int32Array };

/** What a session runs on. */
export type SessionParts = {
  readonly engine: Engine;
  readonly config: GenieConfig;
  readonly setup: GenieSetup;
  readonly params: HostTensors;
  readonly heads: GenieHeads | undefined;
  readonly encodePrompt: (prompt: Frames) => Promise<EncodedPrompt>;
  /** Called once, when the session is closed. */
  readonly onClose: (session: WorldSession) => void;
};

/** Rows of a Genie world on one engine: everything stays in token space, and on the engine's device, until somebody looks. */
export class GenieSession implements WorldSession {
  readonly numEnvs: number;
  readonly #parts: SessionParts;
  readonly #graphs: SessionGraphs;
  readonly #decoder: FrameDecoder;
  /** int32 [B, N] of the current frames, and of those before the last step. */
  #tokens: DeviceTensor;
  #previous: DeviceTensor;
  /** The current frames' tokens, once they have come down. */
  #known: Int32Array | null;
  /** Frames that each row has had since its reset, the current one included. */
  readonly #ages: Int32Array;
  #isClosed = false;

  private constructor(numEnvs: number, parts: SessionParts, graphs: SessionGraphs) {
    this.numEnvs = numEnvs;
    this.#parts = parts;
    this.#graphs = graphs;
    this.#decoder = new FrameDecoder(numEnvs, parts, graphs.decode);
    this.#known = new Int32Array(numEnvs * parts.setup.dynamics.tokensPerFrame);
    this.#tokens = this.#onHost(this.#known);
    this.#previous = this.#tokens.share();
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
    // The other rows' tokens come down for it: a reset is no step, and it waits for the encoder anyway.
    const tokens = await this.tokens();
    for (const [i, row] of rows.entries()) {
      const prompt = prompts[i];
      if (!prompt || prompt.tokens.length < (frame + 1) * n) continue;
      active[row] = 1;
      actions[row] = prompt.actions[frame - 1] ?? noAction(this.#parts.setup.dynamics);
      tokens.set(prompt.tokens.subarray(frame * n, (frame + 1) * n), row * n);
    }
    await this.#graphs.remember.run({
      ...this.#frameInputs(this.#ages, active),
      tokens: int32(tokens, [this.numEnvs, n]),
      action: int32(actions, [this.numEnvs]),
    });
    this.#moveOn(this.#onHost(tokens), active);
    this.#known = tokens;
  }

  async step(actions: Int32Array, uniforms: Float32Array): Promise<WorldStep> {
    const [seen] = await this.play([{ actions, uniforms, look: { tokens: true, confidence: true } }]);
    const { tokens, confidence, entropy } = seen ?? {};
    if (tokens && confidence && entropy) return { tokens, confidence, entropy };
    throw new TypeError("step: what was asked for must have come down");
  }

  async play(frames: readonly FramePlan[]): Promise<Seen[]> {
    this.#expectOpen();
    if (frames.some(({ look }) => look.outlook)) this.#heads();
    const looked: Looked[] = [];
    try {
      for (const frame of frames) looked.push(await this.#playFrame(frame));
      const asked = looked.flatMap(({ tensors }) => tensors);
      const down = await readTensors(this.#parts.engine, asked);
      return looked.map(({ tensors, finish }) => finish(down.splice(0, tensors.length)));
    } finally {
      for (const { tensors } of looked) for (const tensor of tensors) tensor.dispose();
    }
  }

  /** One frame on. Nothing comes down, and nothing waits for the device. */
  async #playFrame({ actions, uniforms, look }: FramePlan): Promise<Looked> {
    const n = this.#numTokens;
    const outputs = await launch(this.#graphs.step, {
      ...this.#frameInputs(this.#ages),
      last: this.#tokens,
      action: int32(actions, [this.numEnvs]),
      uniforms: float32(uniforms, [this.numEnvs, uniformsPerFrame(this.#parts.config.sampling, n) / n, n]),
    });
    // Somebody may have closed the session meanwhile, which then frees no more.
    if (this.#isClosed) for (const tensor of Object.values(outputs)) tensor.dispose();
    this.#expectOpen();
    const { tokens, confidence, entropy } = outputs;
    if (!tokens || !confidence || !entropy) throw new TypeError("step: the graph's outputs must be there, got nothing");
    this.#moveOn(tokens, new Uint8Array(this.numEnvs).fill(1));
    this.#known = null;
    return this.#look(look, [confidence, entropy]);
  }

  /** What a frame is asked for, `certainty` among it, which it owns. */
  async #look(look: Look, certainty: readonly DeviceTensor[]): Promise<Looked> {
    const parts: Looked[] = [];
    if (look.tokens) parts.push(this.#lookAtTokens());
    if (look.confidence) {
      const finish: Looked["finish"] = ([confidence, entropy]) => ({
        confidence: expectFloats(confidence, "confidence"),
        entropy: expectFloats(entropy, "entropy"),
      });
      parts.push({ tensors: certainty, finish });
    } else for (const tensor of certainty) tensor.dispose();
    try {
      if (look.outlook) parts.push(await this.#lookAhead());
      if (look.pixels) parts.push(await this.#lookAtPixels());
    } catch (error) {
      for (const { tensors } of parts) for (const tensor of tensors) tensor.dispose();
      throw error;
    }
    return together(parts);
  }

  #lookAtTokens(): Looked {
    const current = this.#tokens;
    const finish: Looked["finish"] = ([tensor]) => {
      const tokens = expectIntegers(tensor, "tokens");
      if (current === this.#tokens) this.#known = tokens;
      return { tokens: tokens.slice() };
    };
    return { tensors: [current.share()], finish };
  }

  async #lookAhead(): Promise<Looked> {
    const tensors = await this.#heads().launch(this.#previous, this.#tokens);
    const finish: Looked["finish"] = ([reward, end]) => ({
      outlook: { reward: expectFloats(reward, "reward"), end: expectFloats(end, "end") },
    });
    return { tensors, finish };
  }

  #heads(): GenieHeads {
    const { heads } = this.#parts;
    if (heads) return heads;
    throw new ConfigError("play: the world must have heads for an outlook, got none - train them");
  }

  async #lookAtPixels(): Promise<Looked> {
    const decoded = await this.#decoder.launch();
    const finish: Looked["finish"] = (down) => {
      for (const [i, { rows }] of decoded.entries()) this.#decoder.show(expectIntegers(down[i], "pixels"), rows);
      return { pixels: this.#decoder.pixels() };
    };
    return { tensors: decoded.map(({ pixels }) => pixels), finish };
  }

  /** Tokens that are now the current frame of the active rows, and wait to be looked at. They become the session's. */
  #moveOn(tokens: DeviceTensor, active: Uint8Array): void {
    this.#previous.dispose();
    this.#previous = this.#tokens;
    this.#tokens = tokens;
    this.#decoder.enqueue({ tokens: tokens.share(), ages: this.#ages.slice(), active });
    for (const [row, isActive] of active.entries()) this.#ages[row] = (this.#ages[row] ?? 0) + isActive;
  }

  async tokens(): Promise<Int32Array> {
    this.#expectOpen();
    this.#known ??= expectIntegers((await readTensors(this.#parts.engine, [this.#tokens]))[0], "tokens");
    return this.#known.slice();
  }

  async decode(): Promise<Uint8Array> {
    this.#expectOpen();
    return this.#decoder.decode();
  }

  async getState(row: number): Promise<HostTensors> {
    const [state = {}] = await this.getStates([row]);
    return state;
  }

  async getStates(rows: readonly number[]): Promise<HostTensors[]> {
    this.#expectOpen();
    expectDifferentRows("getState", rows, this.numEnvs);
    await this.decode();
    const [n, tokens] = [this.#numTokens, await this.tokens()];
    const dynamics = await this.#graphs.step.readRows(rows);
    const decoder = await this.#graphs.decode.readRows(rows);
    return rows.map((row, i) => {
      const pixels = this.#decoder.row(row);
      return {
        ...withPrefix("dynamics", dynamics[i] ?? {}),
        ...withPrefix("decoder", decoder[i] ?? {}),
        tokens: int32(tokens.slice(row * n, (row + 1) * n), [1, n]),
        age: int32(this.#ages.slice(row, row + 1), [1]),
        pixels: int32(pixels, [1, pixels.length]),
        format: stateFormat(),
      };
    });
  }

  async expectState(state: HostTensors, where: string): Promise<void> {
    expectState(state, this.#rowSpecs, where);
  }

  async setState(row: number, state: HostTensors): Promise<void> {
    return this.setStates([row], [state]);
  }

  async setStates(rows: readonly number[], states: readonly HostTensors[]): Promise<void> {
    this.#expectOpen();
    expectDifferentRows("setState", rows, this.numEnvs);
    expectAsMany("setState", "a state", rows, states);
    for (const state of new Set(states)) expectState(state, this.#rowSpecs, "setState");
    const isAll = rows.length === this.numEnvs;
    // What waits to be decoded is the past of the rows that stay.
    if (isAll) this.#decoder.forget();
    else await this.decode();
    const known = isAll ? new Int32Array(this.numEnvs * this.#numTokens) : await this.tokens();
    this.#graphs.step.writeRows(rows, partsOf(states, "dynamics"));
    this.#graphs.decode.writeRows(rows, partsOf(states, "decoder"));
    for (const [i, row] of rows.entries()) {
      const { tokens, age, pixels } = states[i] ?? {};
      known.set(tokens?.data ?? [], row * this.#numTokens);
      this.#ages.set(age?.data ?? [], row);
      this.#decoder.setRow(row, pixels?.data ?? []);
    }
    this.#tokens.dispose();
    this.#tokens = this.#onHost(known);
    this.#known = known;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const tensor of [this.#tokens, this.#previous]) tensor.dispose();
    this.#decoder.close();
    for (const graph of [this.#graphs.step, this.#graphs.remember]) graph.close();
    this.#parts.onClose(this);
  }

  get #rowSpecs(): Signature {
    return stateSpecs(this.#graphs.rowCaches, this.#parts.config, this.#numTokens);
  }

  get #numTokens(): number {
    return this.#parts.setup.dynamics.tokensPerFrame;
  }

  #frameInputs(ages: Int32Array, active?: Uint8Array): HostTensors {
    const { config, setup } = this.#parts;
    return frameInputs(config.dynamics.transformer, ages, setup.dynamics.window, active);
  }

  #onHost(tokens: Int32Array): DeviceTensor {
    return onHost(int32(tokens, [this.numEnvs, this.#numTokens]));
  }

  #expectOpen(): void {
    if (this.#isClosed) throw new ClosedError("world: the session is closed - open another");
  }
}

/** What states have behind `prefix.`: the same object where the state is the same, so that it travels once. */
function partsOf(states: readonly HostTensors[], prefix: string): HostTensors[] {
  const parts = new Map([...new Set(states)].map((state) => [state, underPrefix(prefix, state)]));
  return states.map((state) => parts.get(state) ?? {});
}
