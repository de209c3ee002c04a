import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { inflate } from "node:zlib";
import { ConfigError, DataError, ShapeError } from "../core/errors.ts";
import { bytesPerFrame, type Frames } from "../core/frames.ts";
import type { Rng } from "../core/rng.ts";
import { ChunkCache, type Chunk } from "./chunk-cache.ts";
import { chunkFolder, readIndex, type ClipIndex, type ClipStoreConfig, type VideoEntry } from "./clip-index.ts";

export { buildClipStore, type BuildProgress } from "./build-clip-store.ts";
export { ClipStoreConfig, type ClipStoreOptions } from "./clip-index.ts";

/** A stretch of one video without a cut. */
export type Clip = {
  /** The video's path below the folder that all videos share, without its extension. */
  readonly video: string;
  /** The clip's first frame in the video, at the store's rate. */
  readonly start: number;
  /** The number of frames. */
  readonly count: number;
};

/** Options of `ClipStore.open`. */
export type ClipReadOptions = {
  /** The names of the videos to read; all unless told. The others are never touched: hold them out for evaluation. */
  readonly only?: readonly string[] | undefined;
  /** The most bytes of frames that are held in memory; 512 MiB unless told. */
  readonly maxBytes?: number | undefined;
};

type StoredClip = Clip & { readonly entry: VideoEntry };

const decompress = promisify(inflate);

/** Reads clips that `buildClipStore` wrote, holding the most recently used parts in memory. */
export class ClipStore {
  readonly #dir: string;
  readonly #index: ClipIndex;
  readonly #clips: readonly StoredClip[];
  readonly #cache: ChunkCache;

  private constructor(dir: string, index: ClipIndex, { only, maxBytes = 2 ** 29 }: ClipReadOptions) {
    this.#dir = dir;
    this.#index = index;
    this.#clips = clipsOf(selectVideos(index.videos, only));
    this.#cache = new ChunkCache(maxBytes);
  }

  /** @throws DataError when `dir` holds no store. ConfigError when `only` names an unknown video. */
  static async open(dir: string, options: ClipReadOptions = {}): Promise<ClipStore> {
    return new ClipStore(dir, await readIndex(dir), options);
  }

  /** What the store was built with. */
  get config(): ClipStoreConfig {
    return this.#index.config;
  }

  /** The clips, in the order of the videos. */
  get clips(): readonly Clip[] {
    return this.#clips;
  }

  /** The most bytes of frames ever held at once. */
  get peakBytes(): number {
    return this.#cache.peakBytes;
  }

  /** Frames [start, start + count) of a clip, copied. @throws ShapeError when the range leaves the clip. */
  async readClip(clip: number, start: number, count: number): Promise<Frames> {
    const stored = this.#clips[clip];
    if (stored === undefined || start < 0 || count < 0 || start + count > stored.count) {
      throw new ShapeError(
        `ClipStore.readClip: range must lie in one of ${this.#clips.length} clips, ` +
          `got ${count} frames from ${start} of clip ${clip}${stored === undefined ? "" : ` (${stored.count} frames)`}`,
      );
    }
    const { height, width } = this.config;
    const data = new Uint8Array(count * bytesPerFrame({ height, width }));
    await this.#copyFrames(data, stored.entry, stored.start + start);
    return { data, count, height, width };
  }

  /**
   * Frames uint8 [batchSize, numFrames, H, W, 3] of windows around frames that are drawn uniformly among all; at a clip's
   * ends they are moved inside. Drawn uniformly among windows, a clip's last frame would be seen in one of them, any other
   * in `numFrames`: and how episodes end is what rewards hang on. Frames of a clip's last second are drawn `endings` times as
   * often as others. One number is drawn from `rng` per window, before anything is read: the batch depends on the stream only.
   * @throws DataError when no clip has `numFrames` frames.
   */
  async sampleClips(rng: Rng, batchSize: number, numFrames: number, endings = 1): Promise<Uint8Array> {
    const windows = this.#windows(numFrames, { frames: Math.max(1, Math.round(this.config.fps)), times: endings });
    const draws = Array.from({ length: batchSize }, () => windows.find(rng.integer(windows.total)));
    const bytes = numFrames * bytesPerFrame(this.config);
    const batch = new Uint8Array(batchSize * bytes);
    for (const [i, { entry, frame }] of draws.entries()) {
      await this.#copyFrames(batch.subarray(i * bytes, (i + 1) * bytes), entry, frame);
    }
    return batch;
  }

  #windows(numFrames: number, endings: Endings): Windows {
    const windows = new Windows(this.#clips, numFrames, endings);
    if (windows.total > 0) return windows;
    const longest = Math.max(0, ...this.#clips.map(({ count }) => count));
    throw new DataError(
      `ClipStore.sampleClips: some clip must have ${numFrames} frames, got ${this.#clips.length} clips of at most ` +
        `${longest} - ask for fewer frames, or build the store from more video`,
    );
  }

  /** Fills `target` with the video's frames from `frame` on. */
  async #copyFrames(target: Uint8Array, entry: VideoEntry, frame: number): Promise<void> {
    const bytes = bytesPerFrame(this.config);
    const { framesPerChunk } = this.#index;
    for (let offset = 0; offset < target.length;) {
      const at = frame + offset / bytes;
      const chunk = await this.#cache.get(this.#chunk(entry, Math.floor(at / framesPerChunk)));
      const first = (at % framesPerChunk) * bytes;
      const part = chunk.subarray(first, first + target.length - offset);
      target.set(part, offset);
      offset += part.length;
    }
  }

  #chunk(entry: VideoEntry, i: number): Chunk {
    const { framesPerChunk } = this.#index;
    const frames = Math.min(framesPerChunk, entry.frames - i * framesPerChunk);
    const bytes = frames * bytesPerFrame(this.config);
    const key = entry.chunks[i] ?? `${i}`;
    return { key, bytes, load: () => loadChunk(join(chunkFolder(this.#dir), key), bytes) };
  }
}

/** The last frames of each clip are numbered several times. */
type Endings = { readonly frames: number; readonly times: number };

/** Windows of `numFrames` frames, numbered by the frame that they are drawn around. */
class Windows {
  readonly total: number;
  readonly #clips: readonly StoredClip[];
  readonly #numFrames: number;
  readonly #endings: Endings;
  /** How many windows lie in the clips before each clip. */
  readonly #before: readonly number[];

  constructor(clips: readonly StoredClip[], numFrames: number, endings: Endings) {
    this.#clips = clips.filter(({ count }) => count >= numFrames);
    this.#numFrames = numFrames;
    this.#endings = endings;
    let total = 0;
    this.#before = this.#clips.map(({ count }) => {
      const before = total;
      total += count + (endings.times - 1) * Math.min(count, endings.frames);
      return before;
    });
    this.total = total;
  }

  /** The video and first frame of a window in [0, total). */
  find(window: number): { readonly entry: VideoEntry; readonly frame: number } {
    let low = 0;
    for (let high = this.#before.length; high - low > 1;) {
      const middle = (low + high) >> 1;
      if ((this.#before[middle] ?? 0) <= window) low = middle;
      else high = middle;
    }
    const clip = this.#clips[low];
    if (clip === undefined)
      throw new DataError(`ClipStore: there must be a window ${window}, got ${this.total} windows`);
    const number = window - (this.#before[low] ?? 0);
    // Numbers beyond the clip's frames count from its end once more.
    const around =
      number < clip.count ? number : clip.count - 1 - (number % Math.min(clip.count, this.#endings.frames));
    const first = around - (this.#numFrames >> 1);
    return { entry: clip.entry, frame: clip.start + Math.max(0, Math.min(first, clip.count - this.#numFrames)) };
  }
}

function selectVideos(videos: readonly VideoEntry[], only: readonly string[] | undefined): readonly VideoEntry[] {
  if (only === undefined) return videos;
  const unknown = only.find((name) => !videos.some((video) => video.name === name));
  if (unknown === undefined) return videos.filter(({ name }) => only.includes(name));
  throw new ConfigError(
    `ClipStore.open: only must name videos of the store, got ${unknown} - ` +
      `there are ${videos.map(({ name }) => name).join(", ")}`,
  );
}

function clipsOf(videos: readonly VideoEntry[]): StoredClip[] {
  return videos.flatMap((entry) => entry.clips.map((span) => ({ video: entry.name, ...span, entry })));
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
