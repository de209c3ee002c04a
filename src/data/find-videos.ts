import type { Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { dirname, extname, join, normalize, sep } from "node:path";
import { DataError } from "../core/errors.ts";

const videoExtensions = new Set([".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".gif"]);

/**
 * The videos that a path names, sorted: a file itself; a folder of numbered PNGs itself, as one video, unless a
 * video lies beside them; the videos anywhere below any other folder; or all that a pattern with `*`, `?` and `**` matches.
 * @throws DataError when there is none.
 */
export async function findVideos(fileFolderOrPattern: string): Promise<string[]> {
  const videos = await search(fileFolderOrPattern);
  if (videos.length > 0) return videos.toSorted();
  throw new DataError(
    `findVideos: ${fileFolderOrPattern} must name a video, got none - ` +
      `give a file, a folder or a pattern (${[...videoExtensions].join(" ")}, or folders of numbered .png)`,
  );
}

/** Whether the path is a folder that exists. */
export async function isFolder(path: string): Promise<boolean> {
  return (await statOrNull(path))?.isDirectory() ?? false;
}

/** Whether the name is that of one picture of a sequence: a PNG with a number in its name. */
export function isPictureFile(name: string): boolean {
  return /\d.*\.png$/i.test(name);
}

async function search(path: string): Promise<string[]> {
  if ((await statOrNull(path))?.isFile() === true) return [path];
  if (await isFolder(path)) return videosBelow(path);
  return matching(normalize(path));
}

async function statOrNull(path: string): Promise<Stats | null> {
  return stat(path).catch(() => null);
}

async function videosBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  if (isPictureSequence(files)) return [folder];
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return videosBelow(path);
      return isVideoFile(entry.name) ? [path] : [];
    }),
  );
  return found.flat();
}

/** A numbered picture beside videos is a thumbnail: it must not hide them. */
function isPictureSequence(names: readonly string[]): boolean {
  return names.some(isPictureFile) && !names.some(isVideoFile);
}

function isVideoFile(name: string): boolean {
  return videoExtensions.has(extname(name).toLowerCase());
}

/** Node 20 has no glob of its own. */
async function matching(pattern: string): Promise<string[]> {
  let folder = dirname(pattern);
  while (/[*?]/.test(folder)) folder = dirname(folder);
  if (!/[*?]/.test(pattern) || !(await isFolder(folder))) return [];
  const expression = toRegExp(pattern);
  const paths = await readdir(folder, { recursive: true });
  const matches = paths.map((path) => join(folder, path)).filter((path) => expression.test(path));
  return (await Promise.all(matches.map(asVideo))).flat();
}

async function asVideo(path: string): Promise<string[]> {
  if (!(await isFolder(path))) return isVideoFile(path) ? [path] : [];
  return isPictureSequence(await readdir(path)) ? [path] : [];
}

function toRegExp(pattern: string): RegExp {
  const separator = sep === "\\" ? "\\\\" : sep;
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll(`**${separator}`, "\0")
    .replaceAll("*", `[^${separator}]*`)
    .replaceAll("?", `[^${separator}]`)
    .replaceAll("\0", `(?:.*${separator})?`);
  return new RegExp(`^${source}$`);
}
