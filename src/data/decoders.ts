import { spawn } from "node:child_process";
import { once } from "node:events";
import { BackendError, DataError } from "../core/errors.ts";
import { bytesPerFrame } from "../core/frames.ts";
import { loadFFmpeg } from "./ffmpeg.ts";
import type { FrameSize } from "./image.ts";

/** The size and rate that a video is brought to: pixels, and frames per second. */
export type VideoFormat = FrameSize & { readonly fps: number };

/** Who decodes: FFmpeg's library inside node-av, or an `ffmpeg` executable on PATH. */
export type DecoderName = "node-av" | "ffmpeg";

/** Turns a video file into packed RGB frames [H, W, 3] of this size and rate, one array each. */
export type VideoDecoder = (path: string, format: VideoFormat) => AsyncIterable<Uint8Array>;

/** The decoders by name, the preferred one first. Both run the same FFmpeg filters, so their frames agree. */
export const videoDecoders: Readonly<Record<DecoderName, VideoDecoder>> = {
  "node-av": decodeWithLibrary,
  ffmpeg: decodeWithExecutable,
};

let chosen: Promise<DecoderName> | undefined;

/**
 * The decoder that `readVideo` uses here.
 * @throws BackendError when there is neither node-av's library nor an `ffmpeg` on PATH.
 */
export function videoDecoder(): Promise<DecoderName> {
  chosen ??= chooseDecoder();
  return chosen;
}

async function chooseDecoder(): Promise<DecoderName> {
  try {
    await loadFFmpeg();
    return "node-av";
  } catch (error) {
    if (await runs("ffmpeg")) return "ffmpeg";
    throw error;
  }
}

async function runs(command: string): Promise<boolean> {
  const child = spawn(command, ["-version"], { stdio: "ignore" });
  return new Promise((resolve) => {
    child.once("error", () => resolve(false));
    child.once("close", (status) => resolve(status === 0));
  });
}

/** `fps` drops and repeats frames by their timestamps; `area` averages all pixels that fall on one. */
function filters({ height, width, fps }: VideoFormat): string {
  return `fps=${fps},scale=${width}:${height}:flags=area,format=rgb24`;
}

async function* decodeWithLibrary(path: string, format: VideoFormat): AsyncGenerator<Uint8Array> {
  const { Demuxer, Decoder, FilterAPI } = await loadFFmpeg();
  // The synchronous calls are four times as fast, and need no Promise.withResolvers, which Node 20 lacks.
  using demuxer = Demuxer.openSync(path);
  const stream = demuxer.video();
  if (stream === undefined) throw new DataError(`readVideo: ${path} must hold a video stream, got none`);
  using decoder = Decoder.createSync(stream, { exitOnError: false });
  using filter = FilterAPI.create(filters(format));
  for (const frame of filter.framesSync(decoder.framesSync(demuxer.packetsSync(stream.index)))) {
    if (frame === null) return;
    try {
      yield packRows(frame.data?.[0] ?? new Uint8Array(), frame.linesize[0] ?? 0, format);
    } finally {
      frame.free();
    }
  }
}

/** FFmpeg pads rows to a multiple of its vector width. */
function packRows(padded: Uint8Array, stride: number, { height, width }: FrameSize): Uint8Array {
  const packed = new Uint8Array(bytesPerFrame({ height, width }));
  for (let row = 0; row < height; row++) {
    packed.set(padded.subarray(row * stride, row * stride + width * 3), row * width * 3);
  }
  return packed;
}

async function* decodeWithExecutable(path: string, format: VideoFormat): AsyncGenerator<Uint8Array> {
  // "file:" keeps a name that looks like an option or a URL from being one.
  const input = ["-v", "error", "-nostdin", "-i", `file:${path}`, "-map", "0:v:0"];
  const output = ["-vf", filters(format), "-f", "rawvideo", "-"];
  const child = spawn("ffmpeg", [...input, ...output], { stdio: ["ignore", "pipe", "pipe"] });
  const closed = once(child, "close");
  closed.catch(() => undefined);
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint = (complaint + text).slice(-500)));
  try {
    yield* cutIntoFrames(child.stdout, bytesPerFrame(format));
    const [status]: unknown[] = await closed;
    if (status !== 0) throw new DataError(`readVideo: ${path} cannot be decoded (ffmpeg: ${complaint.trim()})`);
  } catch (error) {
    throw error instanceof DataError ? error : new BackendError(`readVideo: ffmpeg must start (${String(error)})`);
  } finally {
    child.kill();
  }
}

/** Regroups a stream of bytes into pieces of `size` bytes; a last piece that is short is dropped. */
async function* cutIntoFrames(stream: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let frame = new Uint8Array(size);
  let filled = 0;
  for await (const bytes of stream) {
    for (let offset = 0; offset < bytes.length;) {
      const part = bytes.subarray(offset, offset + size - filled);
      frame.set(part, filled);
      offset += part.length;
      filled += part.length;
      if (filled < size) continue;
      yield frame;
      frame = new Uint8Array(size);
      filled = 0;
    }
  }
}
