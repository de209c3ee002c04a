import { extname } from "node:path";
import type { Encoder, FilterAPI } from "node-av/api";
import type { CodecContext, Frame } from "node-av/lib";
import sharp, { type Sharp } from "sharp";
import { replaceFile } from "../core/atomic-file.ts";
import { BackendError, ConfigError, DataError } from "../core/errors.ts";
import { sliceFrames, type Frames } from "../core/frames.ts";
import { loadFFmpeg, type FFmpeg } from "./ffmpeg.ts";
import { upscale, type PictureOptions } from "./image.ts";

/** Options of an animation that is written. */
export type AnimationOptions = PictureOptions & {
  /** Frames per second; a GIF's are rounded to hundredths of a second per frame. */
  readonly fps: number;
  /** Keeps every pixel of an `.mp4` as it is: for data, not for every player; false unless told. */
  readonly exact?: boolean | undefined;
};

type AnimationWriter = (path: string, frames: Frames, options: WriterOptions) => Promise<void>;
type WriterOptions = { readonly fps: number; readonly exact: boolean };

const writers: Readonly<Record<string, AnimationWriter>> = {
  ".gif": async (path, frames, { fps, exact }) => {
    if (exact) throw new ConfigError("writeAnimation: exact pixels must go to .webp or .mp4, got .gif");
    // Without dithering flat areas stay flat, and the file small.
    await openAnimation(frames)
      .gif({ delay: delays(frames, fps), loop: 0, dither: 0 })
      .toFile(path);
  },
  ".webp": async (path, frames, { fps }) => {
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
  { fps, scale = 1, exact = false }: AnimationOptions,
): Promise<void> {
  const write = animationWriter(path);
  if (!Number.isFinite(fps) || fps <= 0) throw new ConfigError(`writeAnimation: fps must be a number > 0, got ${fps}`);
  if (frames.count === 0) throw new DataError("writeAnimation: frames must not be empty");
  await replaceFile(path, (temporary) => write(temporary, upscale(frames, scale), { fps, exact }));
}

/** Who writes files of this name: asked before long work, so that a wrong name costs nothing. @throws ConfigError */
export function animationWriter(path: string): AnimationWriter {
  const write = writers[extname(path).toLowerCase()];
  if (write !== undefined) return write;
  throw new ConfigError(`animation: extension must be one of ${Object.keys(writers).join(" ")}, got ${path}`);
}

function openAnimation({ data, count, height, width }: Frames): Sharp {
  const raw = { width, height: height * count, channels: 3, pageHeight: height } as const;
  // The limit is for strangers' files; these pixels are there already.
  return sharp(data, { raw, limitInputPixels: false });
}

/** How long each frame is shown, in milliseconds. */
function delays({ count }: Frames, fps: number): number[] {
  return Array.from({ length: count }, () => Math.round(1000 / fps));
}

async function writeMp4(path: string, frames: Frames, { fps, exact }: WriterOptions): Promise<void> {
  const ffmpeg = await loadFFmpeg();
  // 4:2:0 chroma, which every player knows, needs even sizes.
  const filters = exact ? "format=bgr24" : "pad=ceil(iw/2)*2:ceil(ih/2)*2,format=yuv420p";
  using filter = ffmpeg.FilterAPI.create(filters, { framerate: rational(fps) });
  using encoder = exact ? createExactEncoder(ffmpeg, filter) : createEncoder(ffmpeg, filter);
  using muxer = ffmpeg.Muxer.openSync(path, { format: "mp4" });
  const stream = muxer.addStream(encoder);
  for (const packet of encoder.packetsSync(filter.framesSync(avFrames(ffmpeg, frames, fps)))) {
    muxer.writePacketSync(packet, stream);
    packet?.free();
  }
}

/** H.264, or MPEG-4 part 2 where the library comes without x264. */
function createEncoder({ Codec, Encoder, constants }: FFmpeg, filter: FilterAPI): Encoder {
  if (Codec.findEncoderByName(constants.FF_ENCODER_LIBX264) !== null) {
    const configure = settingOf({ crf: "16", preset: "veryfast" }, constants);
    return Encoder.createSync(constants.FF_ENCODER_LIBX264, { filter, threadCount: 1, configure });
  }
  return Encoder.createSync(constants.FF_ENCODER_MPEG4, { filter, threadCount: 1, bitrate: "4M" });
}

/** H.264 of RGB without any loss: no change of colour space rounds the pixels. */
function createExactEncoder({ Codec, Encoder, constants }: FFmpeg, filter: FilterAPI): Encoder {
  if (Codec.findEncoderByName(constants.FF_ENCODER_LIBX264RGB) === null) {
    throw new BackendError("writeAnimation: exact .mp4 needs FFmpeg with x264, got one without - write .webp instead");
  }
  const configure = settingOf({ qp: "0", preset: "veryfast" }, constants);
  return Encoder.createSync(constants.FF_ENCODER_LIBX264RGB, { filter, threadCount: 1, configure });
}

/** What sets an encoder's options. Not as its `options`: node-av 6.1 frees those twice, which ends the process later. */
function settingOf(options: Readonly<Record<string, string>>, constants: FFmpeg["constants"]) {
  return (context: CodecContext): void => {
    for (const [name, value] of Object.entries(options)) {
      context.setOption(name, value, constants.AV_OPT_TYPE_STRING, constants.AV_OPT_SEARCH_CHILDREN);
    }
  };
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
