import { z } from "zod";

import { concatFrames } from "../../core/frames.ts";
import type { Frames } from "../../core/frames.ts";
import { parseOptions } from "../../core/options.ts";
import type { Env, EnvInfo, EnvMetadata, RenderFrame, RenderMode, ResetArgs, ResetResult } from "../env.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import { registerWrapper } from "../wrapper-registry.ts";
import { FrameWatcher } from "./frame-watcher.ts";

const RenderCollectionConfig = z.strictObject({
  popFrames: z.boolean().default(true).describe("render forgets the frames that it returns"),
  resetClean: z.boolean().default(true).describe("reset forgets the frames of the episode before"),
});
/** What a user writes. */
export type RenderCollectionOptions = z.input<typeof RenderCollectionConfig>;

/** Collects a frame after every reset and step; `render`, in mode "rgb_array_list", returns them all. */
export class RenderCollection<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends FrameWatcher<
  Obs,
  Act,
  Info,
  M
> {
  readonly #config: z.infer<typeof RenderCollectionConfig>;
  #frames: Frames[] = [];

  /** @throws ConfigError unless the environment renders pixels. */
  constructor(env: Env<Obs, Act, Info, M>, options: RenderCollectionOptions = {}) {
    super(env);
    this.#config = parseOptions(RenderCollectionConfig, options, "RenderCollection");
    this.record("RenderCollection", this.#config);
  }

  override get renderMode(): RenderMode {
    return "rgb_array_list";
  }

  override get metadata(): EnvMetadata {
    const { metadata } = this.env;
    return { ...metadata, renderModes: [...metadata.renderModes, "rgb_array_list"] };
  }

  override reset(args?: ResetArgs): Reply<ResetResult<Obs, Info>, M> {
    const before = this.#frames.length;
    return andThen<ResetResult<Obs, Info>, ResetResult<Obs, Info>, M>(super.reset(args), (result) => {
      if (this.#config.resetClean) this.#frames.splice(0, before);
      return result;
    });
  }

  /** The frames since the last call, or since the episode's beginning; none is an array of 0 frames. */
  override render(): Reply<RenderFrame, M> {
    return andThen<RenderFrame, RenderFrame, M>(this.env.render(), (current) => {
      const frames = this.#frames;
      if (this.#config.popFrames) this.#frames = [];
      if (frames.length > 0) return concatFrames(frames);
      return current === null || typeof current === "string"
        ? current
        : { ...current, count: 0, data: new Uint8Array(0) };
    });
  }

  protected watch(frame: Frames): void {
    this.#frames.push(frame);
  }
}

registerWrapper("RenderCollection", (env, options: RenderCollectionOptions) => new RenderCollection(env, options));
