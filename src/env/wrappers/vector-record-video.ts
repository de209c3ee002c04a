import { z } from "zod";

import { sliceFrames } from "../../core/frames.ts";
import type { Frames } from "../../core/frames.ts";
import { parseOptions } from "../../core/options.ts";
import type { EnvInfo, VectorEnv } from "../env.ts";
import type { Mode } from "../reply.ts";
import { registerVectorWrapper } from "../wrapper-registry.ts";
import { tileFrames } from "./tile-frames.ts";
import { VectorFrameWatcher } from "./vector-frame-watcher.ts";
import { RecordVideoConfig, VideoRecorder, VideoTriggers } from "./video-recorder.ts";

const VectorRecordVideoConfig = RecordVideoConfig.extend({
  ...VideoTriggers.shape,
  recordFirstOnly: z.boolean().default(false).describe("record row 0 alone"),
  videoAspectRatio: z
    .tuple([z.number().positive(), z.number().positive()])
    .optional()
    .describe(
      "width to height that the picture comes as close to as it can; by default a grid as wide as high in rows",
    ),
});
/** What a user writes: how videos are recorded, and which rows they show. */
export type VectorRecordVideoOptions = z.input<typeof VectorRecordVideoConfig>;

/**
 * Records all rows side by side, as `RecordVideo` records one environment. Episodes are those of row 0, and a step is one
 * of the batch. In SameStep mode an episode's last frame is not shown: the row shows its next episode by then.
 */
export class VectorRecordVideo<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends VectorFrameWatcher<
  Obs,
  Act,
  Info,
  M
> {
  readonly #recorder: VideoRecorder;
  readonly #config: z.infer<typeof VectorRecordVideoConfig>;

  /** @throws ConfigError unless the environments render pixels, and for options that break their rules. */
  constructor(env: VectorEnv<Obs, Act, Info, M>, options: VectorRecordVideoOptions) {
    super(env);
    this.#config = parseOptions(VectorRecordVideoConfig, options, "VectorRecordVideo");
    const { recordFirstOnly, videoAspectRatio, ...video } = this.#config;
    this.#recorder = new VideoRecorder(video, env.metadata, "VectorRecordVideo");
    if (!this.#recorder.hasTriggers) {
      this.record("VectorRecordVideo", { ...this.#recorder.config, recordFirstOnly, videoAspectRatio });
    }
  }

  /** The files of all videos that ended so far, once they are written. Rejects when one could not be. */
  saved(): Promise<readonly string[]> {
    return this.#recorder.saved();
  }

  /** Ends the video that is being recorded. Await `saved()` for its file. */
  override close(): void {
    this.#recorder.finish();
    super.close();
  }

  protected override wants(event: "reset" | "step", begins: boolean): boolean {
    if (begins) this.#recorder.beginEpisode();
    if (event === "step") this.#recorder.countStep();
    return this.#recorder.isRecording;
  }

  protected override arrange(rows: Frames): Frames {
    if (this.#config.recordFirstOnly) return sliceFrames(rows, 0);
    const [width, height] = this.#config.videoAspectRatio ?? [];
    return tileFrames(rows, width && height && width / height);
  }

  protected watch(picture: Frames, hasEnded: boolean): void {
    this.#recorder.add(picture, hasEnded);
  }
}

registerVectorWrapper(
  "VectorRecordVideo",
  (env, options: VectorRecordVideoOptions) => new VectorRecordVideo(env, options),
);
