import { ConfigError } from "../core/errors.ts";
import type { Frames } from "../core/frames.ts";
import type { HostTensors } from "../core/host-tensor.ts";
import { Rng } from "../core/rng.ts";
import type { RngState } from "../core/rng.ts";
import type { FramePlan, Look, Seen, WorldModel, WorldSession } from "../model/world-model.ts";
import { expectFrames } from "./prompt.ts";
import { expectHeads } from "./world-heads.ts";
import { expectRng, seededRng } from "./seeding.ts";

/** All that one row's future depends on. */
export type WorldRowState = {
  readonly world: HostTensors;
  readonly rng: { readonly prompt: RngState; readonly step: RngState };
  /** What the row last started from. */
  readonly prompt: Frames;
};

/** A row's random streams: what its steps draw does not depend on how its prompt was found. */
type RowStreams = { readonly prompt: Rng; readonly step: Rng };

/** How all rows go on by one frame: actions int32 [B], and what is wanted of the frame that they lead to. */
export type LookedFrame = { readonly actions: Int32Array; readonly look: Look };

/**
 * The rows of a world session, each with random streams and a prompt of its own: a row's trajectory is the same
 * whatever its batch mates do.
 */
export class WorldRows {
  readonly #session: WorldSession;
  readonly #uniformsPerStep: number;
  readonly #frameShape: WorldModel["frameShape"];
  readonly #streams: RowStreams[];
  readonly #seeds: number[];
  readonly #prompts: (Frames | undefined)[] = [];
  readonly #world: WorldModel;
  #pixels: Uint8Array | null = null;
  #tokens: Int32Array | null = null;

  constructor(world: WorldModel, session: WorldSession, seed: number) {
    this.#world = world;
    this.#session = session;
    this.#uniformsPerStep = world.uniformsPerStep;
    this.#frameShape = world.frameShape;
    this.#streams = Array.from({ length: session.numEnvs }, (_, row) => rowStreams(seed + row));
    this.#seeds = this.#streams.map((_, row) => seed + row);
  }

  get numEnvs(): number {
    return this.#streams.length;
  }

  /** The stream that a row's steps draw from. */
  rng(row: number): Rng {
    return this.#streamsOf(row).step;
  }

  /** Replaces the stream of a row's steps by one whose seed nobody knows. */
  setRng(row: number, rng: Rng): void {
    this.#streams[row] = { ...this.#streamsOf(row), step: expectRng(rng) };
    this.#seeds[row] = -1;
  }

  /** The seed of a row's streams, -1 when it is not known. */
  seedOf(row: number): number {
    return this.#seeds[row] ?? -1;
  }

  /** Restarts the random streams of a row; null leaves them as they are. */
  seed(row: number, seed: number | null): void {
    if (seed === null) return;
    this.#streams[row] = rowStreams(seed);
    this.#seeds[row] = seed;
  }

  /** What a row last started from. @throws ConfigError before its first reset. */
  lastPrompt(row: number): Frames {
    const prompt = this.#prompts[row];
    if (prompt !== undefined) return prompt;
    throw new ConfigError("reset: no image to start from - pass one to reset, or `prompts` to the environment");
  }

  /**
   * Picks what a row starts from when nobody says: one of `prompts` by the row's stream, else its last prompt.
   * @throws ConfigError when there is neither.
   */
  choosePrompt(row: number, prompts: readonly Frames[]): Frames {
    const chosen = prompts.length > 0 ? prompts[this.#streamsOf(row).prompt.integer(prompts.length)] : undefined;
    return chosen ?? this.lastPrompt(row);
  }

  async reset(rows: readonly number[], prompts: readonly Frames[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#session.reset(rows, prompts);
    for (const [i, row] of rows.entries()) this.#prompts[row] = prompts[i];
    this.#forget();
  }

  /**
   * Some frames on, each under its actions. Of each comes down what it is looked at for, and it does so once, at the end, where
   * the world keeps its frames on a device. Rows in `idle` are about to be reset: they draw nothing, and what the model
   * makes of them is unused.
   */
  async play(frames: readonly LookedFrame[], idle: readonly number[]): Promise<readonly Seen[]> {
    const plan = frames.map(({ actions, look }) => ({ actions, look, uniforms: this.#draw(idle) }));
    this.#forget();
    const seen = await (this.#session.play?.(plan) ?? this.#playEach(plan));
    const last = seen.at(-1);
    this.#pixels = last?.pixels ?? null;
    this.#tokens = last?.tokens ?? null;
    return seen;
  }

  #draw(idle: readonly number[]): Float32Array {
    const uniforms = new Float32Array(this.#streams.length * this.#uniformsPerStep);
    for (const [row, { step }] of this.#streams.entries()) {
      if (!idle.includes(row)) uniforms.set(step.uniforms(this.#uniformsPerStep), row * this.#uniformsPerStep);
    }
    return uniforms;
  }

  /** For worlds that step only, whose frames are in this memory anyway. */
  async #playEach(plan: readonly FramePlan[]): Promise<Seen[]> {
    const seen: Seen[] = [];
    for (const { actions, uniforms, look } of plan) {
      const previous = look.outlook ? (await this.#session.tokens()).slice() : null;
      const { tokens, confidence, entropy } = await this.#session.step(actions, uniforms);
      seen.push({
        ...(look.tokens && { tokens }),
        ...(look.confidence && { confidence, entropy }),
        ...(look.pixels && { pixels: await this.#session.decode() }),
        ...(previous && { outlook: await expectHeads(this.#world).judge(previous, tokens) }),
      });
    }
    return seen;
  }

  #forget(): void {
    this.#pixels = null;
    this.#tokens = null;
  }

  /** Pixels of the current frames, uint8 [B, H, W, 3], decoded when first asked for. Borrowed: copy before writing. */
  async pixels(): Promise<Uint8Array> {
    this.#pixels ??= await this.#session.decode();
    return this.#pixels;
  }

  /** Tokens of the current frames, int32 [B, N]. Borrowed: copy before writing. */
  async tokens(): Promise<Int32Array> {
    this.#tokens ??= await this.#session.tokens();
    return this.#tokens;
  }

  /** Everything that rows need to continue exactly. @throws ShapeError for rows that there are not, ConfigError before a reset. */
  async getStates(rows: readonly number[]): Promise<WorldRowState[]> {
    const worlds = await this.#session.getStates(rows);
    return rows.map((row, i) => {
      const { prompt, step } = this.#streamsOf(row);
      const rng = { prompt: prompt.getState(), step: step.getState() };
      return { world: worlds[i] ?? {}, rng, prompt: this.lastPrompt(row) };
    });
  }

  /** @throws ShapeError for tensors or a prompt that are none of this world's; `where` begins the message. */
  async expectState({ world, prompt }: WorldRowState, where: string): Promise<void> {
    await this.#session.expectState(world, where);
    expectFrames(prompt, this.#frameShape, `${where}: prompt`);
  }

  /** Puts every row where its state, which `expectState` has passed, was taken. */
  async setStates(states: readonly WorldRowState[]): Promise<void> {
    const worlds = states.map(({ world }) => world);
    await this.#session.setStates([...states.keys()], worlds);
    for (const [row, { rng, prompt }] of states.entries()) {
      this.#streams[row] = { prompt: Rng.fromState(rng.prompt), step: Rng.fromState(rng.step) };
      this.#prompts[row] = prompt;
    }
    this.#forget();
  }

  close(): void {
    this.#session.close();
  }

  #streamsOf(row: number): RowStreams {
    const streams = this.#streams[row];
    if (streams === undefined)
      throw new ConfigError(`world: rows must lie in [0, ${this.#streams.length}), got ${row}`);
    return streams;
  }
}

function rowStreams(seed: number): RowStreams {
  const rng = seededRng(seed, "reset");
  return { prompt: rng.split("prompt"), step: rng.split("env") };
}
