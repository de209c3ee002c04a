import type { Frames } from "../../core/frames.ts";
import type { Env, EnvInfo } from "../env.ts";
import type { Mode } from "../reply.ts";
import { registerWrapper } from "../wrapper-registry.ts";
import { FrameWatcher } from "./frame-watcher.ts";
import { VideoRecorder } from "./video-recorder.ts";
import type { RecordVideoOptions } from "./video-recorder.ts";

/**
 * Records episodes as videos, `<namePrefix>-episode-<n>` or `-step-<n>`. A video ends with its episode, unless
 * `videoLength` says how long it is. Files are written beside the program's work: await `saved()` before it ends.
 */
export class RecordVideo<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends FrameWatcher<Obs, Act, Info, M> {
  readonly #recorder: VideoRecorder;

  /** @throws ConfigError unless the environment renders pixels, and for options that break their rules. */
  constructor(env: Env<Obs, Act, Info, M>, options: RecordVideoOptions) {
    super(env);
    this.#recorder = new VideoRecorder(options, env.metadata, "RecordVideo");
    if (!this.#recorder.hasTriggers) this.record("RecordVideo", this.#recorder.config);
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

  protected override wants(event: "reset" | "step"): boolean {
    if (event === "reset") this.#recorder.beginEpisode();
    else this.#recorder.countStep();
    return this.#recorder.isRecording;
  }

  protected watch(frame: Frames, hasEnded: boolean): void {
    this.#recorder.add(frame, hasEnded);
  }
}

registerWrapper("RecordVideo", (env, options: RecordVideoOptions) => new RecordVideo(env, options));
