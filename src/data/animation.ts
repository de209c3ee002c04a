import { extname } from "node:path";
import type { Encoder, FilterAPI } from "node-av/api";
import type { CodecContext, Frame } from "node-av/lib";
import sharp, { type Sharp } from "sharp";
import { replaceFile } from "../core/atomic-file.ts";
import { ConfigError, DataError } from "../core/errors.ts";
import { sliceFrames, type Frames } from "../core/frames.ts";
import { loadFFmpeg, type FFmpeg } from "./ffmpeg.ts";
import { upscale, type PictureOptions } from "./image.ts";

/** Options of an animation that is written. */
export type AnimationOptions = PictureOptions & {
  /** Frames per second; a GIF's are rounded to hundredths of a second per frame. */
  readonly fps: number;
};

type AnimationWriter = (path: string, frames: Frames, fps: number) => Promise<void>;

const writers: Readonly<Record<string, AnimationWriter>> = {
  ".gif": async (path, frames, fps) => {
    // Without dithering flat areas stay flat, and the file small.
    await openAnimation(frames)
      .gif({ delay: delays(frames, fps), loop: 0, dither: 0 })
      .toFile(path);
  },
  ".webp": async (path, frames, fps) => {
    await openAnimation(frames)
      .webp({ delay: delays(frames, fps), loop: 0, lossless: true })
      .toFile(path);
  },
  ".mp4": writeMp4,
};

/**
 * Writes frames as a `.gif` (256 colours), a `.webp` (lossless) or an `.mp4` (H.264, for which odd sizes are padded to
 * even ones), in one step: readers never see half a file.
 * @throws ConfigError on another extension or rate. DataError when there is no frame. BackendError without FFmpeg.
 */
export async function writeAnimation(
  path: string,
  frames: Frames,
  { fps, scale = 1 }: AnimationOptions,
): Promise<void> {
  const write = animationWriter(path);
  if (!Number.isFinite(fps) || fps <= 0) throw new ConfigError(`writeAnimation: fps must be a number > 0, got ${fps}`);
  if (frames.count === 0) throw new DataError("writeAnimation: frames must not be empty");
  await replaceFile(path, (temporary) => write(temporary, upscale(frames, scale), fps));
}

/** Who writes files of this name: asked before long work, so that a wrong name costs nothing. @throws ConfigError */
export function animationWriter(path: string): AnimationWriter {
  const write = writers[extname(path).toLowerCase()];
  if (write !== undefined) return write;
  throw new ConfigError(`animation: extension must be one of ${Object.keys(writers).join(" ")}, got ${path}`);
}

function openAnimation({ data, count, height, width }: Frames): Sharp {
  return sharp(data, { raw: { width, height: height * count, channels: 3, pageHeight: height } });
}

/** How long each frame is shown, in milliseconds. */
function delays({ count }: Frames, fps: number): number[] {
  return Array.from({ length: count }, () => Math.round(1000 / fps));
}

async function writeMp4(path: string, frames: Frames, fps: number): Promise<void> {
  const ffmpeg = await loadFFmpeg();
  // 4:2:0 chroma, which every player knows, needs even sizes.
  const filters = "pad=ceil(iw/2)*2:ceil(ih/2)*2,format=yuv420p";
  using filter = ffmpeg.FilterAPI.create(filters, { framerate: rational(fps) });
  using encoder = createEncoder(ffmpeg, filter);
  using muxer = ffmpeg.Muxer.openSync(path, { format: "mp4" });
  const stream = muxer.addStream(encoder);
  for (const packet of encoder.packetsSync(filter.framesSync(avFrames(ffmpeg, frames, fps)))) {
    muxer.writePacketSync(packet, stream);
    packet?.free();
  }
}

/** H.264, or MPEG-4 part 2 where the library comes without x264. */
function createEncoder({ Codec, Encoder, constants }: FFmpeg, filter: FilterAPI): Encoder {
  // Not as `options`: node-av 6.1 frees those twice, which ends the process at some later time.
  const configure = (context: CodecContext): void => {
    for (const [name, value] of Object.entries({ crf: "16", preset: "veryfast" })) {
      context.setOption(name, value, constants.AV_OPT_TYPE_STRING, constants.AV_OPT_SEARCH_CHILDREN);
    }
  };
  if (Codec.findEncoderByName(constants.FF_ENCODER_LIBX264) !== null) {
    return Encoder.createSync(constants.FF_ENCODER_LIBX264, { filter, threadCount: 1, configure });
  }
  return Encoder.createSync(constants.FF_ENCODER_MPEG4, { filter, threadCount: 1, bitrate: "4M" });
}

/** FFmpeg's frames, then null: what makes its pieces hand over what they hold back. */
function* avFrames({ Frame, constants }: FFmpeg, frames: Frames, fps: number): Generator<Frame | null> {
  const { height, width } = frames;
  const { num, den } = rational(fps);
  for (let i = 0; i < frames.count; i++) {
    yield Frame.fromVideoBuffer(Buffer.from(sliceFrames(frames, i).data), {
      width,
      height,
      format: constants.AV_PIX_FMT_RGB24,
      timeBase: { num: den, den: num },
      pts: BigInt(i),
    });
  }
  yield null;
}

/** Frames per second to a thousandth, as the fraction that FFmpeg wants. */
function rational(fps: number): { num: number; den: number } {
  return { num: Math.round(fps * 1000), den: 1000 };
}
