import { z } from "zod";

import type { Frames } from "../../core/frames.ts";
import { parseOptions } from "../../core/options.ts";
import type { Rng } from "../../core/rng.ts";
import type { Env, EnvInfo, RenderFrame } from "../env.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import { registerWrapper } from "../wrapper-registry.ts";
import { Wrapper } from "../wrapper.ts";
import { ChildStream } from "./child-stream.ts";
import { expectFrames, expectPixels } from "./frame-watcher.ts";

const NoiseConfig = z.strictObject({
  isNoiseGrayscale: z.boolean().default(false).describe("grey noise instead of coloured"),
});
type NoiseConfig = z.infer<typeof NoiseConfig>;

/** Paints on a copy of every rendered picture, by a random stream of its own, a child of the environment's. */
abstract class NoisyRendering<Obs, Act, Info, M extends Mode, Config extends NoiseConfig> extends Wrapper<
  Obs,
  Act,
  Info,
  M
> {
  protected readonly config: Config;
  readonly #name: string;
  readonly #stream: ChildStream;

  /** @throws ConfigError unless the environment renders pixels, and for options that break their rules. */
  constructor(env: Env<Obs, Act, Info, M>, name: string, config: Config) {
    super(env);
    expectPixels(env.renderMode, name);
    this.#name = name;
    this.config = config;
    this.#stream = new ChildStream(env, name);
    this.record(name, config);
  }

  /** Paints on a frame that is ours. */
  protected abstract spoil(frame: Frames, rng: Rng): void;

  override render(): Reply<RenderFrame, M> {
    return andThen<RenderFrame, RenderFrame, M>(this.env.render(), (rendered) => {
      const shown = expectFrames(rendered, this.#name);
      const frame = { ...shown, data: shown.data.slice() };
      this.spoil(frame, this.#stream.rng);
      return frame;
    });
  }
}

const AddWhiteNoiseConfig = NoiseConfig.extend({
  probabilityOfNoisePerPixel: z.number().gt(0).max(1).describe("how likely a pixel becomes noise"),
});
type AddWhiteNoiseConfig = z.infer<typeof AddWhiteNoiseConfig>;
/** What a user writes. */
export type AddWhiteNoiseOptions = z.input<typeof AddWhiteNoiseConfig>;

/** Renders pictures in which pixels, each on its own, are replaced by noise. */
export class AddWhiteNoise<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends NoisyRendering<
  Obs,
  Act,
  Info,
  M,
  AddWhiteNoiseConfig
> {
  /** @throws ConfigError unless the environment renders pixels, and for a probability outside (0, 1]. */
  constructor(env: Env<Obs, Act, Info, M>, options: AddWhiteNoiseOptions) {
    super(env, "AddWhiteNoise", parseOptions(AddWhiteNoiseConfig, options, "AddWhiteNoise"));
  }

  protected spoil(frame: Frames, rng: Rng): void {
    for (let at = 0; at < frame.data.length; at += 3) {
      if (rng.uniform() < this.config.probabilityOfNoisePerPixel) paint(frame, at, rng, this.config);
    }
  }
}

registerWrapper("AddWhiteNoise", (env, options: AddWhiteNoiseOptions) => new AddWhiteNoise(env, options));

const ObstructViewConfig = NoiseConfig.extend({
  obstructedPixelsRatio: z.number().gt(0).max(1).describe("share of the pixels that are covered, at most"),
  obstructionWidth: z.int().positive().describe("side of a square that covers them, in pixels"),
});
type ObstructViewConfig = z.infer<typeof ObstructViewConfig>;
/** What a user writes. */
export type ObstructViewOptions = z.input<typeof ObstructViewConfig>;

/** Renders pictures in which squares of one colour each stand in the way, anew in every picture; they may overlap. */
export class ObstructView<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends NoisyRendering<
  Obs,
  Act,
  Info,
  M,
  ObstructViewConfig
> {
  /** @throws ConfigError unless the environment renders pixels, and for options that break their rules. */
  constructor(env: Env<Obs, Act, Info, M>, options: ObstructViewOptions) {
    super(env, "ObstructView", parseOptions(ObstructViewConfig, options, "ObstructView"));
  }

  protected spoil(frame: Frames, rng: Rng): void {
    const { obstructedPixelsRatio: ratio, obstructionWidth: width } = this.config;
    const squares = Math.floor((ratio * frame.height * frame.width) / width ** 2);
    for (let i = 0; i < squares; i++) this.#cover(frame, rng);
  }

  #cover(frame: Frames, rng: Rng): void {
    const { obstructionWidth: width } = this.config;
    const top = rng.integer(Math.max(1, frame.height - width + 1));
    const left = rng.integer(Math.max(1, frame.width - width + 1));
    const first = (top * frame.width + left) * 3;
    paint(frame, first, rng, this.config);
    const colour = frame.data.slice(first, first + 3);
    for (let y = top; y < Math.min(top + width, frame.height); y++) {
      for (let x = left; x < Math.min(left + width, frame.width); x++)
        frame.data.set(colour, (y * frame.width + x) * 3);
    }
  }
}

registerWrapper("ObstructView", (env, options: ObstructViewOptions) => new ObstructView(env, options));

/** Gives the pixel at this byte a random colour, or grey. */
function paint(frame: Frames, at: number, rng: Rng, { isNoiseGrayscale }: NoiseConfig): void {
  const red = rng.integer(256);
  frame.data.set(isNoiseGrayscale ? [red, red, red] : [red, rng.integer(256), rng.integer(256)], at);
}
