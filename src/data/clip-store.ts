import { ConfigError, DataError, ShapeError } from "../core/errors.ts";
import { bytesPerFrame, type Frames } from "../core/frames.ts";
import type { Rng } from "../core/rng.ts";
import { ChunkedFrames, HeldFrames, type ClipFrames } from "./clip-frames.ts";
import { readIndex, type ClipStoreConfig } from "./clip-index.ts";
import type { Span } from "./curation.ts";

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
  /** The most bytes of frames that are held in memory; 512 MiB unless told. */
  readonly maxBytes?: number | undefined;
};

/** A video of a store: its name, and the clips that it was split into. */
export type ClipVideo = { readonly name: string; readonly clips: readonly Span[] };

/** A video in memory: uint8 [frames, H, W, 3], of all frames that its clips are counted in. */
export type HeldVideo = ClipVideo & { readonly data: Uint8Array };

/** Clips of videos and their frames, which lie on disk or in memory. */
export class ClipStore {
  /** What the store was built with. */
  readonly config: ClipStoreConfig;
  /** The clips, in the order of the videos. */
  readonly clips: readonly Clip[];
  readonly #videos: readonly ClipVideo[];
  readonly #frames: ClipFrames;

  private constructor(config: ClipStoreConfig, videos: readonly ClipVideo[], frames: ClipFrames) {
    this.config = config;
    this.clips = videos.flatMap(({ name, clips }) => clips.map((span) => ({ video: name, ...span })));
    this.#videos = videos;
    this.#frames = frames;
  }

  /**
   * Reads clips that `buildClipStore` wrote, holding the most recently used parts in memory.
   * @throws DataError when `dir` holds no store.
   */
  static async open(dir: string, { maxBytes = 2 ** 29 }: ClipReadOptions = {}): Promise<ClipStore> {
    const index = await readIndex(dir);
    return new ClipStore(index.config, index.videos, new ChunkedFrames(dir, index, maxBytes));
  }

  /**
   * Clips of videos that are in memory; their frames are borrowed, not copied.
   * @throws ConfigError for two videos of one name.
   */
  static hold(videos: readonly HeldVideo[], config: ClipStoreConfig): ClipStore {
    const frames = new Map(videos.map(({ name, data }) => [name, data]));
    if (frames.size === videos.length) return new ClipStore(config, videos, new HeldFrames(frames, config));
    const twice = videos.find(({ name }, i) => videos.findIndex((other) => other.name === name) !== i);
    throw new ConfigError(
      `ClipStore.hold: videos must have different names, got two called ${twice?.name} - rename one`,
    );
  }

  /**
   * The store of some of the videos, by name; the others are never touched: hold them out for evaluation.
   * @throws ConfigError for an unknown name.
   */
  only(names: readonly string[]): ClipStore {
    const [known, wanted] = [new Set(this.#videos.map(({ name }) => name)), new Set(names)];
    const unknown = names.find((name) => !known.has(name));
    if (unknown === undefined) {
      const videos = this.#videos.filter(({ name }) => wanted.has(name));
      return new ClipStore(this.config, videos, this.#frames);
    }
    const others = [...known].slice(0, 5).join(", ");
    throw new ConfigError(`ClipStore.only: must name videos of the store, got ${unknown} - they are ${others}…`);
  }

  /** The most bytes of frames ever held at once. */
  get peakBytes(): number {
    return this.#frames.peakBytes;
  }

  /** Frames [start, start + count) of a clip, copied. @throws ShapeError when the range leaves the clip. */
  async readClip(clip: number, start: number, count: number): Promise<Frames> {
    const stored = this.clips[clip];
    if (stored === undefined || start < 0 || count < 0 || start + count > stored.count) {
      throw new ShapeError(
        `ClipStore.readClip: range must lie in one of ${this.clips.length} clips, ` +
          `got ${count} frames from ${start} of clip ${clip}${stored === undefined ? "" : ` (${stored.count} frames)`}`,
      );
    }
    const { height, width } = this.config;
    const data = new Uint8Array(count * bytesPerFrame({ height, width }));
    await this.#frames.copy(data, stored.video, stored.start + start);
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
    for (const [i, { video, frame }] of draws.entries()) {
      await this.#frames.copy(batch.subarray(i * bytes, (i + 1) * bytes), video, frame);
    }
    return batch;
  }

  #windows(numFrames: number, endings: Endings): Windows {
    const windows = new Windows(this.clips, numFrames, endings);
    if (windows.total > 0) return windows;
    const longest = this.clips.reduce((most, { count }) => Math.max(most, count), 0);
    throw new DataError(
      `ClipStore.sampleClips: some clip must have ${numFrames} frames, got ${this.clips.length} clips of at most ` +
        `${longest} - ask for fewer frames, or build the store from more video`,
    );
  }
}

/** The last frames of each clip are numbered several times. */
type Endings = { readonly frames: number; readonly times: number };

/** Windows of `numFrames` frames, numbered by the frame that they are drawn around. */
class Windows {
  readonly total: number;
  readonly #clips: readonly Clip[];
  readonly #numFrames: number;
  readonly #endings: Endings;
  /** How many windows lie in the clips before each clip. */
  readonly #before: readonly number[];

  constructor(clips: readonly Clip[], numFrames: number, endings: Endings) {
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
  find(window: number): { readonly video: string; readonly frame: number } {
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
    return { video: clip.video, frame: clip.start + Math.max(0, Math.min(first, clip.count - this.#numFrames)) };
  }
}
