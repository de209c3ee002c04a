import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { isDeepStrictEqual, promisify } from "node:util";
import { deflate } from "node:zlib";
import { z } from "zod";
import { writeFileAtomically } from "../core/atomic-file.ts";
import { ConfigError, DataError } from "../core/errors.ts";
import { bytesPerFrame } from "../core/frames.ts";
import {
  chunkFolder,
  ClipStoreConfig,
  describeSource,
  indexPath,
  readIndex,
  type ClipIndex,
  type ClipStoreOptions,
  type VideoEntry,
} from "./clip-index.ts";
import type { CurationReport, VideoReport } from "./curation-report.ts";
import { createMeter, splitVideo } from "./curation.ts";
import type { FrameSize } from "./image.ts";
import type { FrameStats } from "./frame-stats.ts";
import { readVideo } from "./video.ts";

/** How far the building of a store is. */
export type BuildProgress = { readonly done: number; readonly total: number; readonly video: VideoReport };

const maxChunkBytes = 2 ** 20;

const compress = promisify(deflate);

/**
 * Decodes and splits the videos once, and writes them as chunks of at most 1 MiB (before compression) to `dir`, from
 * which `ClipStore` reads. Does nothing when `dir` was built from the same videos (path, size, time) with the same
 * options. A video that cannot be read is named in the report and left out.
 * @throws ConfigError when an option breaks a rule, or two videos have the same name. BackendError without a decoder.
 */
export async function buildClipStore(
  dir: string,
  videos: readonly string[],
  options: ClipStoreOptions,
  onProgress: (progress: BuildProgress) => void = () => undefined,
): Promise<CurationReport> {
  const config = parseConfig(options);
  const sources = await Promise.all(videos.map(describeSource));
  const present = await readIndex(dir).catch(() => null);
  if (present !== null && isDeepStrictEqual([present.sources, present.config], [sources, config])) return present;
  const index = { version: 1 as const, config, sources, framesPerChunk: chunkFrames(config) };
  const entries = await ingestAll(dir, videos, index, onProgress);
  await writeFileAtomically(indexPath(dir), JSON.stringify({ ...index, videos: entries }));
  return { videos: entries };
}

async function ingestAll(
  dir: string,
  videos: readonly string[],
  { config, framesPerChunk }: Pick<ClipIndex, "config" | "framesPerChunk">,
  onProgress: (progress: BuildProgress) => void,
): Promise<VideoEntry[]> {
  const names = videoNames(videos);
  const folder = await emptyFolder(dir);
  const entries: VideoEntry[] = [];
  for (const [i, path] of videos.entries()) {
    const writer = new ChunkWriter(folder, i, framesPerChunk * bytesPerFrame(config));
    const video = await ingest({ path, name: names[i] ?? path }, writer, config);
    entries.push(video);
    onProgress({ done: i + 1, total: videos.length, video });
  }
  return entries;
}

function chunkFrames(size: FrameSize): number {
  return Math.max(1, Math.floor(maxChunkBytes / bytesPerFrame(size)));
}

/** Each video's name: its path below the folder that all share, without the extension. */
export function videoNames(videos: readonly string[]): string[] {
  const paths = videos.map((path) => resolve(path));
  let shared = dirname(paths[0] ?? "");
  while (paths.some((path) => relative(shared, path).startsWith("..")) && dirname(shared) !== shared) {
    shared = dirname(shared);
  }
  const names = paths.map((path) =>
    relative(shared, path)
      .replace(/\.[^./\\]+$/, "")
      .replaceAll("\\", "/"),
  );
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return names;
  throw new ConfigError(`buildClipStore: videos must have different names, got two called ${twice} - rename one`);
}

function parseConfig(options: ClipStoreOptions): ClipStoreConfig {
  const parsed = ClipStoreConfig.safeParse(options);
  if (parsed.success) return parsed.data;
  throw new ConfigError(`buildClipStore: options are malformed\n${z.prettifyError(parsed.error)}`);
}

/** The store's folder of chunks, empty. The index goes first: chunks without an index are no store. */
async function emptyFolder(dir: string): Promise<string> {
  const folder = chunkFolder(dir);
  await rm(indexPath(dir), { force: true });
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Reads a video once: its frames go to chunks and are measured as they come. */
async function ingest(
  source: { path: string; name: string },
  writer: ChunkWriter,
  config: ClipStoreConfig,
): Promise<VideoEntry> {
  const meter = createMeter(config);
  const stats: FrameStats[] = [];
  const problem = await problemOf(async () => {
    for await (const frames of readVideo(source.path, config)) {
      stats.push(...meter.measure(frames));
      await writer.append(frames.data);
    }
  });
  const split = splitVideo(problem === null ? stats : [], config.fps, config);
  const chunks = split.clips.length > 0 ? await writer.finish() : await writer.discard();
  return { ...source, ...split, frames: stats.length, chunks, problem };
}

/** The message of the `DataError` that `read` throws, or null. */
async function problemOf(read: () => Promise<void>): Promise<string | null> {
  try {
    await read();
    return null;
  } catch (error) {
    if (error instanceof DataError) return error.message;
    throw error;
  }
}

/** Compresses a video's frames into files of `chunkBytes` (the last may be shorter); holds one chunk. */
class ChunkWriter {
  readonly #folder: string;
  readonly #video: number;
  readonly #chunk: Uint8Array;
  readonly #files: string[] = [];
  #filled = 0;

  constructor(folder: string, video: number, chunkBytes: number) {
    this.#folder = folder;
    this.#video = video;
    this.#chunk = new Uint8Array(chunkBytes);
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let offset = 0; offset < bytes.length;) {
      const part = bytes.subarray(offset, offset + this.#chunk.length - this.#filled);
      this.#chunk.set(part, this.#filled);
      this.#filled += part.length;
      offset += part.length;
      if (this.#filled === this.#chunk.length) await this.#flush();
    }
  }

  /** The names of all files, in order. */
  async finish(): Promise<readonly string[]> {
    if (this.#filled > 0) await this.#flush();
    return this.#files;
  }

  /** Removes what was written. */
  async discard(): Promise<readonly string[]> {
    for (const file of this.#files) await rm(join(this.#folder, file), { force: true });
    return [];
  }

  async #flush(): Promise<void> {
    const file = `${this.#video}-${this.#files.length}.frames`;
    // Level 1 is five times as fast as the default, and the files hardly larger.
    const compressed = await compress(this.#chunk.subarray(0, this.#filled), { level: 1 });
    await writeFile(join(this.#folder, file), compressed);
    this.#files.push(file);
    this.#filled = 0;
  }
}
