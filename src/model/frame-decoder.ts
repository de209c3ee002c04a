import { launch, readTensors, type DeviceTensor } from "../compute/device-tensors.ts";
import type { Executable } from "../compute/engine.ts";
import { frameInputs } from "../nn/temporal-cache.ts";
import type { SessionParts } from "./genie-session.ts";
import type { GenieSetup } from "./genie.ts";
import { expectIntegers } from "./session-checks.ts";
import { tokenizerTransformer } from "./video-tokenizer.ts";

/** A frame that nobody has looked at yet: the decoder is causal, so it must catch up in order. */
export type Undecoded = {
  /** int32 [B, N]; the queue's own. */
  readonly tokens: DeviceTensor;
  /** How many frames came before it in each row. */
  readonly ages: Int32Array;
  /** The rows that have this frame. */
  readonly active: Uint8Array;
};

/** A frame whose pixels were computed and have not come down: those of `rows` are what these rows show. */
export type Decoded = { readonly pixels: DeviceTensor; readonly rows: readonly number[] };

/** Decodes frames when somebody looks. */
export class FrameDecoder {
  readonly #parts: SessionParts;
  readonly #graph: Executable;
  /** The current frames, [B, H, W, 3], as far as they were looked at. */
  readonly #pixels: Uint8Array;
  #waiting: Undecoded[] = [];
  /** So many frames may wait before those that cannot be seen any more are looked for. */
  #patience: number;

  constructor(numEnvs: number, parts: SessionParts, graph: Executable) {
    const { height, width } = parts.config;
    this.#parts = parts;
    this.#graph = graph;
    this.#pixels = new Uint8Array(numEnvs * height * width * 3);
    this.#patience = 2 * decoderReach(parts.setup);
  }

  /** Keeps a frame until somebody looks, and forgets those that cannot be seen any more. */
  enqueue(frame: Undecoded): void {
    this.#waiting.push(frame);
    if (this.#waiting.length < this.#patience) return;
    this.#dropUnseen();
    this.#patience = this.#waiting.length + decoderReach(this.#parts.setup);
  }

  /**
   * Decodes all that waits and that something depends on. Nothing comes down: what is returned must be read, in order, and be
   * given to `show`, for the rows' current frames. The frames before them only leave their mark in the decoder's cache.
   */
  async launch(): Promise<Decoded[]> {
    this.#dropUnseen();
    const waiting = this.#waiting;
    this.#waiting = [];
    const shown = lastFrames(waiting);
    const decoded: Decoded[] = [];
    try {
      for (const [i, frame] of waiting.entries()) {
        const pixels = await this.#launchFrame(frame);
        const rows = shown[i] ?? [];
        if (rows.length > 0) decoded.push({ pixels, rows });
        else pixels.dispose();
      }
      return decoded;
    } catch (error) {
      for (const { pixels } of decoded) pixels.dispose();
      throw error;
    } finally {
      for (const { tokens } of waiting) tokens.dispose();
    }
  }

  /** Takes pixels that came down, int32 [B, H, W, 3]. */
  show(pixels: Int32Array, rows: readonly number[]): void {
    const size = this.#frameSize;
    for (const row of rows) this.#pixels.set(pixels.subarray(row * size, (row + 1) * size), row * size);
  }

  /** The pixels that were last shown, in memory of their own. */
  pixels(): Uint8Array {
    return this.#pixels.slice();
  }

  /** Pixels of the current frames, in memory of their own. */
  async decode(): Promise<Uint8Array> {
    const decoded = await this.launch();
    const down = await readTensors(
      this.#parts.engine,
      decoded.map(({ pixels }) => pixels),
    );
    for (const [i, { pixels, rows }] of decoded.entries()) {
      this.show(expectIntegers(down[i], "pixels"), rows);
      pixels.dispose();
    }
    return this.pixels();
  }

  /** One row's current frame, as its state has it. */
  row(row: number): Int32Array {
    return Int32Array.from(this.#pixels.subarray(row * this.#frameSize, (row + 1) * this.#frameSize));
  }

  /** Replaces one row's current frame. */
  setRow(row: number, pixels: ArrayLike<number>): void {
    this.#pixels.set(pixels, row * this.#frameSize);
  }

  /** Drops what waits: nobody will see it, and nothing depends on it, once every row goes on from somewhere else. */
  forget(): void {
    for (const { tokens } of this.#waiting.splice(0)) tokens.dispose();
  }

  close(): void {
    this.forget();
    this.#graph.close();
  }

  #dropUnseen(): void {
    const seen = new Set(stillSeen(this.#waiting, decoderReach(this.#parts.setup)));
    for (const one of this.#waiting) if (!seen.has(one)) one.tokens.dispose();
    this.#waiting = [...seen];
  }

  get #frameSize(): number {
    return this.#parts.config.height * this.#parts.config.width * 3;
  }

  async #launchFrame({ tokens, ages, active }: Undecoded): Promise<DeviceTensor> {
    const { tokenizer } = this.#parts.setup;
    const transformer = tokenizerTransformer(tokenizer, "decoder");
    const inputs = { ...frameInputs(transformer, ages, tokenizer.window, active), tokens };
    const { pixels } = await launch(this.#graph, inputs);
    if (!pixels) throw new TypeError("decoder: its output must be there, got nothing");
    return pixels;
  }
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

/** Of each frame, the rows that show it: those that have none after it. */
function lastFrames(waiting: readonly Undecoded[]): number[][] {
  const later = new Set<number>();
  const shown = waiting.toReversed().map(({ active }) => {
    const rows = [...active.keys()].filter((row) => active[row] === 1 && !later.has(row));
    for (const row of rows) later.add(row);
    return rows;
  });
  return shown.toReversed();
}
