import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { inflate } from "node:zlib";
import { DataError } from "../core/errors.ts";
import { bytesPerFrame } from "../core/frames.ts";
import { ChunkCache, type Chunk } from "./chunk-cache.ts";
import { chunkFolder, type ClipIndex, type VideoEntry } from "./clip-index.ts";

/** Where the frames of a store's videos lie: compressed on disk, or in memory. */
export type ClipFrames = {
  /** Fills `target` with whole frames of a video, given by its name, from `frame` on. */
  copy(target: Uint8Array, video: string, frame: number): Promise<void>;
  /** The most bytes of frames ever held at once. */
  readonly peakBytes: number;
};

const decompress = promisify(inflate);

/** Frames in the chunks that `buildClipStore` wrote; at most `maxBytes` of them are held, the most recently used. */
export class ChunkedFrames implements ClipFrames {
  readonly #dir: string;
  readonly #index: ClipIndex;
  readonly #videos: ReadonlyMap<string, VideoEntry>;
  readonly #cache: ChunkCache;

  constructor(dir: string, index: ClipIndex, maxBytes: number) {
    this.#dir = dir;
    this.#index = index;
    this.#videos = new Map(index.videos.map((video) => [video.name, video]));
    this.#cache = new ChunkCache(maxBytes);
  }

  get peakBytes(): number {
    return this.#cache.peakBytes;
  }

  async copy(target: Uint8Array, video: string, frame: number): Promise<void> {
    const bytes = bytesPerFrame(this.#index.config);
    const { framesPerChunk } = this.#index;
    for (let offset = 0; offset < target.length;) {
      const at = frame + offset / bytes;
      const chunk = await this.#cache.get(this.#chunk(video, Math.floor(at / framesPerChunk)));
      const first = (at % framesPerChunk) * bytes;
      const part = chunk.subarray(first, first + target.length - offset);
      target.set(part, offset);
      offset += part.length;
    }
  }

  #chunk(video: string, i: number): Chunk {
    const { framesPerChunk, config } = this.#index;
    const { frames, chunks } = found(this.#videos, video);
    const bytes = Math.min(framesPerChunk, frames - i * framesPerChunk) * bytesPerFrame(config);
    const key = chunks[i] ?? `${i}`;
    return { key, bytes, load: () => loadChunk(join(chunkFolder(this.#dir), key), bytes) };
  }
}

/** Frames in memory, uint8 [frames, H, W, 3] by the video's name. They are borrowed, not copied. */
export class HeldFrames implements ClipFrames {
  readonly peakBytes: number;
  readonly #videos: ReadonlyMap<string, Uint8Array>;
  readonly #bytesPerFrame: number;

  constructor(videos: ReadonlyMap<string, Uint8Array>, size: { readonly height: number; readonly width: number }) {
    this.#videos = videos;
    this.#bytesPerFrame = bytesPerFrame(size);
    this.peakBytes = [...videos.values()].reduce((sum, { length }) => sum + length, 0);
  }

  copy(target: Uint8Array, video: string, frame: number): Promise<void> {
    const first = frame * this.#bytesPerFrame;
    target.set(found(this.#videos, video).subarray(first, first + target.length));
    return Promise.resolve();
  }
}

function found<T>(videos: ReadonlyMap<string, T>, name: string): T {
  const video = videos.get(name);
  if (video !== undefined) return video;
  throw new DataError(`ClipStore: ${name} must be a video of the store, got an unknown name`);
}

async function loadChunk(path: string, bytes: number): Promise<Uint8Array> {
  try {
    // The limit keeps a damaged file from filling the memory.
    const data = await decompress(await readFile(path), { maxOutputLength: bytes });
    if (data.length === bytes) return data;
    throw new DataError(`ClipStore: ${path} must hold ${bytes} bytes, got ${data.length} - build the store again`);
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`ClipStore: ${path} is damaged (${String(error)}) - build the store again`, { cause: error });
  }
}
