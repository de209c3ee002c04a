import type { Frames } from "../../core/frames.ts";
import type { EnvInfo, VectorEnv } from "../env.ts";
import type { Mode } from "../reply.ts";
import { VectorFrameWatcher } from "./vector-frame-watcher.ts";
import { VideoRecorder } from "./video-recorder.ts";
import type { RecordVideoOptions } from "./video-recorder.ts";

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

  /** @throws ConfigError unless the environments render pixels, and for options that break their rules. */
  constructor(env: VectorEnv<Obs, Act, Info, M>, options: RecordVideoOptions) {
    super(env);
    this.#recorder = new VideoRecorder(options, env.metadata, "VectorRecordVideo");
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

  protected watch(picture: Frames, hasEnded: boolean): void {
    this.#recorder.add(picture, hasEnded);
  }
}
