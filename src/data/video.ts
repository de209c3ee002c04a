import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError, DataError, GenieError } from "../core/errors.ts";
import { bytesPerFrame, type Frames } from "../core/frames.ts";
import { videoDecoder, videoDecoders, type DecoderName, type VideoFormat } from "./decoders.ts";
import { isPictureFile, isFolder } from "./find-videos.ts";

export { videoDecoder, type DecoderName, type VideoFormat } from "./decoders.ts";
export { findVideos } from "./find-videos.ts";

/** Options of `readVideo`. */
export type VideoOptions = VideoFormat & {
  /** Who decodes; the best that is here unless told. */
  readonly decoder?: DecoderName | undefined;
};

/** The most frames that `readVideo` hands over, and holds, at a time. */
export const framesPerRead = 64;

/**
 * Reads a video from start to end, at most 64 frames at a time, in memory that does not grow with its length.
 * `path`: a file that FFmpeg can read (MP4, WebM, MKV, AVI, GIF), or a folder of pictures, one frame each in the order
 * of the numbers in their names. A file's frames are brought to `fps` by dropping and repeating (by timestamps) and to
 * the size by area averaging; a folder's pictures have no timestamps and are taken as they come.
 * @throws DataError when it cannot be read or holds no picture. ConfigError when the format is out of range.
 */
export async function* readVideo(path: string, options: VideoOptions): AsyncGenerator<Frames> {
  expectFormat(options);
  let count = 0;
  try {
    const pictures = (await isFolder(path)) ? decodeFolder(path, options) : await decodeFile(path, options);
    for await (const frames of inGroups(pictures, options)) {
      count += frames.count;
      yield frames;
    }
  } catch (error) {
    if (error instanceof GenieError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`readVideo: ${path} cannot be decoded (${reason})`, { cause: error });
  }
  if (count === 0) throw new DataError(`readVideo: ${path} must hold a picture, got none - the file may be damaged`);
}

async function decodeFile(path: string, options: VideoOptions): Promise<AsyncIterable<Uint8Array>> {
  return videoDecoders[options.decoder ?? (await videoDecoder())](path, options);
}

/** What decodes pictures is native code, and is loaded for folders of pictures only. */
async function* decodeFolder(folder: string, format: VideoFormat): AsyncGenerator<Uint8Array> {
  const { readImage } = await import("./image.ts");
  const names = (await readdir(folder)).filter(isPictureFile);
  for (const name of names.toSorted(new Intl.Collator("en", { numeric: true }).compare)) {
    yield (await readImage(join(folder, name), format)).data;
  }
}

async function* inGroups(pictures: AsyncIterable<Uint8Array>, { height, width }: VideoFormat): AsyncGenerator<Frames> {
  const bytes = bytesPerFrame({ height, width });
  let data = new Uint8Array(framesPerRead * bytes);
  let count = 0;
  for await (const picture of pictures) {
    data.set(picture, count * bytes);
    count++;
    if (count < framesPerRead) continue;
    yield { data, count, height, width };
    data = new Uint8Array(framesPerRead * bytes);
    count = 0;
  }
  if (count > 0) yield { data: data.slice(0, count * bytes), count, height, width };
}

function expectFormat({ height, width, fps }: VideoFormat): void {
  for (const [name, size] of Object.entries({ height, width })) {
    if (!Number.isInteger(size) || size < 1)
      throw new ConfigError(`readVideo: ${name} must be an integer >= 1, got ${size}`);
  }
  if (!Number.isFinite(fps) || fps <= 0) throw new ConfigError(`readVideo: fps must be a number > 0, got ${fps}`);
}
