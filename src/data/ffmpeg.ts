import type * as Api from "node-av/api";
import type * as Constants from "node-av/constants";
import type * as Lib from "node-av/lib";
import { BackendError } from "../core/errors.ts";

/** The part of FFmpeg's library that this package uses, through node-av. */
export type FFmpeg = Pick<typeof Api, "Decoder" | "Demuxer" | "Encoder" | "FilterAPI" | "Muxer"> &
  Pick<typeof Lib, "Codec" | "Frame"> & { readonly constants: typeof Constants };

let loading: Promise<FFmpeg> | undefined;

/**
 * FFmpeg's library, loaded on first use (it is 170 MB, and most programs read no video).
 * @throws BackendError when node-av has no prebuilt library for this machine.
 */
export function loadFFmpeg(): Promise<FFmpeg> {
  loading ??= importNodeAv();
  return loading;
}

async function importNodeAv(): Promise<FFmpeg> {
  try {
    const [api, { Codec, Frame, Log }, constants] = await Promise.all([
      import("node-av/api"),
      import("node-av/lib"),
      import("node-av/constants"),
    ]);
    // FFmpeg prints on stderr by itself; what matters arrives as a thrown error.
    Log.setLevel(constants.AV_LOG_FATAL);
    const { Decoder, Demuxer, Encoder, FilterAPI, Muxer } = api;
    return { Codec, Decoder, Demuxer, Encoder, FilterAPI, Frame, Muxer, constants };
  } catch (error) {
    throw new BackendError(
      "ffmpeg: node-av must load its prebuilt library, got " +
        `${error instanceof Error ? error.message : String(error)} - install node-av for this platform, ` +
        "or put an ffmpeg executable on PATH to read video",
      { cause: error },
    );
  }
}
