import { ConfigError } from "../core/errors.ts";

/** A piece of data that can be loaded, and its size in bytes once loaded. */
export type Chunk = { readonly key: string; readonly bytes: number; readonly load: () => Promise<Uint8Array> };

/** Keeps the most recently used chunks, never more than `maxBytes` of them (those being loaded count). */
export class ChunkCache {
  readonly #maxBytes: number;
  /** In order of use, the least recent first. */
  readonly #held = new Map<string, { readonly bytes: number; readonly data: Promise<Uint8Array> }>();
  #bytes = 0;
  #peakBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The most bytes ever held at once. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** The chunk's data, loaded unless held. @throws ConfigError when the chunk alone is more than may be held. */
  get(chunk: Chunk): Promise<Uint8Array> {
    const held = this.#held.get(chunk.key);
    if (held === undefined) return this.#load(chunk);
    this.#held.delete(chunk.key);
    this.#held.set(chunk.key, held);
    return held.data;
  }

  #load({ key, bytes, load }: Chunk): Promise<Uint8Array> {
    if (bytes > this.#maxBytes) {
      throw new ConfigError(`ClipStore: maxBytes must be at least one chunk of ${bytes} bytes, got ${this.#maxBytes}`);
    }
    for (const oldest of this.#held.keys()) {
      if (this.#bytes + bytes <= this.#maxBytes) break;
      this.#drop(oldest);
    }
    const data = load();
    // A failed load is forgotten, so that the next use tries again.
    data.catch(() => this.#drop(key));
    this.#held.set(key, { bytes, data });
    this.#bytes += bytes;
    this.#peakBytes = Math.max(this.#peakBytes, this.#bytes);
    return data;
  }

  #drop(key: string): void {
    this.#bytes -= this.#held.get(key)?.bytes ?? 0;
    this.#held.delete(key);
  }
}
