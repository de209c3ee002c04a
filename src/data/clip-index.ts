import { readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { DataError } from "../core/errors.ts";
import { CurationConfig } from "./curation.ts";

/** What a clip store is built with: the size and rate of its frames, and how its videos are split. */
export const ClipStoreConfig = CurationConfig.extend({
  height: z.int().positive(),
  width: z.int().positive(),
  fps: z.number().positive(),
});
export type ClipStoreConfig = z.infer<typeof ClipStoreConfig>;
export type ClipStoreOptions = z.input<typeof ClipStoreConfig>;

const Source = z.strictObject({ path: z.string(), size: z.number(), modified: z.number() });
export type Source = z.infer<typeof Source>;

const Span = { start: z.int().nonnegative(), count: z.int().positive() };

const VideoEntry = z.strictObject({
  name: z.string(),
  path: z.string(),
  frames: z.int().nonnegative(),
  /** Files of compressed frames, in order; all but the last hold `framesPerChunk`. */
  chunks: z.array(z.string().regex(/^[0-9]+-[0-9]+\.frames$/)).readonly(),
  clips: z.array(z.strictObject(Span)).readonly(),
  dropped: z.array(z.strictObject({ ...Span, reason: z.enum(["dark", "flat", "static", "short"]) })).readonly(),
  cuts: z.array(z.int().nonnegative()).readonly(),
  problem: z.string().nullable(),
});
export type VideoEntry = z.infer<typeof VideoEntry>;

/** The index of a clip store: `index.json`, written after everything it speaks of. */
export const ClipIndex = z.strictObject({
  version: z.literal(1),
  config: ClipStoreConfig,
  sources: z.array(Source).readonly(),
  framesPerChunk: z.int().positive(),
  videos: z.array(VideoEntry).readonly(),
});
export type ClipIndex = z.infer<typeof ClipIndex>;

/** The path of a store's index. */
export function indexPath(dir: string): string {
  return join(dir, "index.json");
}

/** The folder of a store's chunks. */
export function chunkFolder(dir: string): string {
  return join(dir, "chunks");
}

/** @throws DataError when there is no index, or a damaged one. */
export async function readIndex(dir: string): Promise<ClipIndex> {
  const path = indexPath(dir);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new DataError(`ClipStore: ${path} must exist - build the store first`, { cause: error });
  });
  const parsed = ClipIndex.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new DataError(`ClipStore: ${path} is damaged - build the store again\n${z.prettifyError(parsed.error)}`);
}

/** What tells whether a video changed: size in bytes and time of change; of a folder, the sum and latest of its files. */
export async function describeSource(path: string): Promise<Source> {
  const self = await stat(path).catch(() => null);
  if (self === null) return { path, size: -1, modified: -1 };
  if (!self.isDirectory()) return { path, size: self.size, modified: self.mtimeMs };
  const files = await Promise.all((await readdir(path)).map((name) => stat(join(path, name))));
  return {
    path,
    size: files.reduce((sum, file) => sum + file.size, 0),
    modified: Math.max(self.mtimeMs, ...files.map((file) => file.mtimeMs)),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
