import { z } from "zod";

import { ConfigError } from "../../core/errors.ts";
import { concatFrames } from "../../core/frames.ts";
import type { Frames } from "../../core/frames.ts";
import { parseOptions } from "../../core/options.ts";
import type { EnvMetadata } from "../env.ts";
import { warn } from "../warn.ts";

/** How videos are recorded. */
export const RecordVideoConfig = z.strictObject({
  videoFolder: z.string().min(1).describe("where the videos go; made when it is missing"),
  videoLength: z.int().nonnegative().default(0).describe("frames of a video, 0 for a whole episode"),
  namePrefix: z.string().min(1).default("rl-video").describe("what file names begin with"),
  fps: z.number().positive().optional().describe("frames per second; the environment's own by default"),
  format: z.enum(["mp4", "gif", "webp"]).default("mp4").describe("the files' extension"),
});
export type RecordVideoConfig = z.infer<typeof RecordVideoConfig>;

const trigger = z.custom<(count: number) => boolean>((value) => typeof value === "function", "a function").optional();

/** When videos begin; only code can say so, so a wrapper with a trigger is not rebuilt from its spec. */
export const VideoTriggers = z.strictObject({
  episodeTrigger: trigger.describe("whether a video begins with this episode; capped cubic where neither is given"),
  stepTrigger: trigger.describe("whether a video begins after this many steps of all episodes"),
});
export type VideoTriggers = z.infer<typeof VideoTriggers>;

/** What a user writes. */
export type RecordVideoOptions = z.input<typeof RecordVideoConfig> & z.input<typeof VideoTriggers>;

/** Episodes 0, 1, 8, 27 and so on to 729, then every thousandth: what is recorded when nobody says. */
export function cappedCubicVideoSchedule(episode: number): boolean {
  return episode < 1000 ? Math.round(Math.cbrt(episode)) ** 3 === episode : episode % 1000 === 0;
}

type Recording = { readonly name: string; readonly frames: Frames[] };

/** Counts episodes and steps, begins a video where a trigger says so, and writes each beside the program's work. */
export class VideoRecorder {
  readonly config: RecordVideoConfig;
  /** Whether code says when videos begin. */
  readonly hasTriggers: boolean;
  readonly #triggers: { readonly [Name in keyof VideoTriggers]-?: (count: number) => boolean };
  readonly #fps: number;
  readonly #files: Promise<string>[] = [];
  #episode = -1;
  #step = 0;
  #recording: Recording | null = null;

  /** @throws ConfigError for options that break their rules, and for a rate that nobody knows; `where` names the caller. */
  constructor(options: RecordVideoOptions, { renderFps }: EnvMetadata, where: string) {
    const parsed = parseOptions(RecordVideoConfig.extend(VideoTriggers.shape), options, where);
    const { episodeTrigger, stepTrigger, ...config } = parsed;
    this.config = config;
    this.hasTriggers = episodeTrigger !== undefined || stepTrigger !== undefined;
    const never = (): boolean => false;
    const ofEpisodes = stepTrigger === undefined ? cappedCubicVideoSchedule : never;
    this.#triggers = { episodeTrigger: episodeTrigger ?? ofEpisodes, stepTrigger: stepTrigger ?? never };
    const fps = this.config.fps ?? renderFps;
    if (fps === undefined) {
      throw new ConfigError(`${where}: fps must be given where the metadata has no renderFps, got neither`);
    }
    this.#fps = fps;
  }

  /** Whether the next frame belongs to a video. */
  get isRecording(): boolean {
    return this.#recording !== null;
  }

  /** An episode begins: a video of the one before ends. */
  beginEpisode(): void {
    const { videoLength, namePrefix } = this.config;
    if (videoLength === 0) this.finish();
    this.#episode += 1;
    if (this.#triggers.episodeTrigger(this.#episode)) this.#begin(`${namePrefix}-episode-${this.#episode}`);
  }

  /** A step was taken. */
  countStep(): void {
    this.#step += 1;
    if (this.#triggers.stepTrigger(this.#step)) this.#begin(`${this.config.namePrefix}-step-${this.#step}`);
  }

  /** Adds a frame to the video that is being recorded; `hasEnded`: the episode's last. */
  add(frame: Frames, hasEnded: boolean): void {
    const frames = this.#recording?.frames ?? [];
    frames.push(frame);
    const { videoLength } = this.config;
    if (videoLength === 0 ? hasEnded : frames.length >= videoLength) this.finish();
  }

  /** Ends the video that is being recorded, if there is one. */
  finish(): void {
    const recording = this.#recording;
    this.#recording = null;
    if (recording === null || recording.frames.length === 0) return;
    const { videoFolder, format } = this.config;
    const file = writeVideo(videoFolder, `${recording.name}.${format}`, recording.frames, this.#fps);
    file.catch((error: unknown) => warn(`RecordVideo: ${recording.name} was not written - ${String(error)}`));
    this.#files.push(file);
  }

  /** The files of all videos that ended so far, once they are written. Rejects when one could not be. */
  async saved(): Promise<readonly string[]> {
    return Promise.all(this.#files);
  }

  #begin(name: string): void {
    this.finish();
    this.#recording = { name, frames: [] };
  }
}

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
