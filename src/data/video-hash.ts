import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { DataError } from "../core/errors.ts";
import { isFolder, isPictureFile } from "./find-videos.ts";

/**
 * What tells a video from others whatever it is called and wherever it lies: the SHA-256, as 64 hex digits, of a file's
 * bytes, or of the names and sizes of a folder's pictures.
 * @throws DataError when it cannot be read.
 */
export async function hashVideo(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    if (await isFolder(path)) hash.update(JSON.stringify(await listPictures(path)));
    else await pipeline(createReadStream(path), hash);
    return hash.digest("hex");
  } catch (error) {
    throw new DataError(`hashVideo: ${path} cannot be read (${String(error)})`, { cause: error });
  }
}

/** The hash of each video; one is read at a time. */
export async function hashVideos(paths: readonly string[]): Promise<string[]> {
  const hashes: string[] = [];
  for (const path of paths) hashes.push(await hashVideo(path));
  return hashes;
}

/** Names and sizes in bytes, sorted by name. */
async function listPictures(folder: string): Promise<[string, number][]> {
  const names = (await readdir(folder)).filter(isPictureFile).toSorted();
  return Promise.all(
    names.map(async (name): Promise<[string, number]> => [name, (await stat(join(folder, name))).size]),
  );
}
