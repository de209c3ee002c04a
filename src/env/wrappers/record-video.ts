import { z } from "zod";

import { ConfigError } from "../../core/errors.ts";
import { concatFrames } from "../../core/frames.ts";
import type { Frames } from "../../core/frames.ts";
import { parseOptions } from "../../core/options.ts";
import type { Env, EnvInfo } from "../env.ts";
import type { Mode } from "../reply.ts";
import type { WrapperSpec } from "../spec.ts";
import { warn } from "../warn.ts";
import { registerWrapper } from "../wrapper-registry.ts";
import { FrameWatcher } from "./frame-watcher.ts";

const RecordVideoConfig = z.strictObject({
  videoFolder: z.string().min(1).describe("where the videos go; made when it is missing"),
  videoLength: z.int().nonnegative().default(0).describe("frames of a video, 0 for a whole episode"),
  namePrefix: z.string().min(1).default("rl-video").describe("what file names begin with"),
  fps: z.number().positive().optional().describe("frames per second; the environment's own by default"),
  format: z.enum(["mp4", "gif", "webp"]).default("mp4").describe("the files' extension"),
});
/** What a user writes. A trigger says whether a video begins with this episode, or after this many steps of all. */
export type RecordVideoOptions = z.input<typeof RecordVideoConfig> & {
  readonly episodeTrigger?: (episode: number) => boolean;
  readonly stepTrigger?: (step: number) => boolean;
};

/** Episodes 0, 1, 8, 27 and so on to 729, then every thousandth: what is recorded when nobody says. */
export function cappedCubicVideoSchedule(episode: number): boolean {
  return episode < 1000 ? Math.round(Math.cbrt(episode)) ** 3 === episode : episode % 1000 === 0;
}

type Recording = { readonly name: string; readonly frames: Frames[] };

/**
 * Records episodes as videos, `<namePrefix>-episode-<n>` or `-step-<n>`. A video ends with its episode, unless
 * `videoLength` says how long it is. Files are written beside the program's work: await `saved()` before it ends.
 */
export class RecordVideo<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends FrameWatcher<Obs, Act, Info, M> {
  readonly #config: z.infer<typeof RecordVideoConfig>;
  readonly #episodeTrigger: (episode: number) => boolean;
  readonly #stepTrigger: (step: number) => boolean;
  readonly #hasDefaultTriggers: boolean;
  readonly #files: Promise<string>[] = [];
  #episode = -1;
  #step = 0;
  #recording: Recording | null = null;

  /** @throws ConfigError unless the environment renders pixels, and for options that break their rules. */
  constructor(env: Env<Obs, Act, Info, M>, { episodeTrigger, stepTrigger, ...options }: RecordVideoOptions) {
    super(env);
    this.#config = parseOptions(RecordVideoConfig, options, "RecordVideo");
    this.#hasDefaultTriggers = episodeTrigger === undefined && stepTrigger === undefined;
    this.#episodeTrigger = episodeTrigger ?? (this.#hasDefaultTriggers ? cappedCubicVideoSchedule : () => false);
    this.#stepTrigger = stepTrigger ?? (() => false);
    if (this.#config.fps === undefined && env.metadata.renderFps === undefined) {
      throw new ConfigError("RecordVideo: fps must be given where the metadata has no renderFps, got neither");
    }
  }

  override get wrapperSpec(): WrapperSpec {
    return { name: "RecordVideo", options: this.#hasDefaultTriggers ? this.#config : null };
  }

  /** The files of all videos that ended so far, once they are written. Rejects when one could not be. */
  async saved(): Promise<readonly string[]> {
    return Promise.all(this.#files);
  }

  /** Ends the video that is being recorded. Await `saved()` for its file. */
  override close(): void {
    this.#finish();
    super.close();
  }

  protected override wants(event: "reset" | "step"): boolean {
    const { videoLength, namePrefix } = this.#config;
    if (event === "reset") {
      if (videoLength === 0) this.#finish();
      this.#episode += 1;
      if (this.#episodeTrigger(this.#episode)) this.#begin(`${namePrefix}-episode-${this.#episode}`);
    } else {
      this.#step += 1;
      if (this.#stepTrigger(this.#step)) this.#begin(`${namePrefix}-step-${this.#step}`);
    }
    return this.#recording !== null;
  }

  protected watch(frame: Frames, hasEnded: boolean): void {
    const frames = this.#recording?.frames ?? [];
    frames.push(frame);
    const { videoLength } = this.#config;
    if (videoLength === 0 ? hasEnded : frames.length >= videoLength) this.#finish();
  }

  #begin(name: string): void {
    this.#finish();
    this.#recording = { name, frames: [] };
  }

  #finish(): void {
    const recording = this.#recording;
    this.#recording = null;
    if (recording === null || recording.frames.length === 0) return;
    const { videoFolder, format, fps = this.env.metadata.renderFps ?? 0 } = this.#config;
    const file = writeVideo(videoFolder, `${recording.name}.${format}`, recording.frames, fps);
    file.catch((error: unknown) => warn(`RecordVideo: ${recording.name} was not written - ${String(error)}`));
    this.#files.push(file);
  }
}

registerWrapper("RecordVideo", (env, options: RecordVideoOptions) => new RecordVideo(env, options));

async function writeVideo(folder: string, name: string, frames: readonly Frames[], fps: number): Promise<string> {
  const [{ writeAnimation }, { mkdir }] = await Promise.all([
    import("../../data/animation.ts"),
    import("node:fs/promises"),
  ]);
  await mkdir(folder, { recursive: true });
  const path = `${folder}/${name}`;
  await writeAnimation(path, concatFrames(frames), { fps });
  return path;
}
