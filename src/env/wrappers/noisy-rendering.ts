import { z } from "zod";

import type { Frames } from "../../core/frames.ts";
import { parseOptions } from "../../core/options.ts";
import type { Rng } from "../../core/rng.ts";
import type { Env, EnvInfo, RenderFrame } from "../env.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import type { WrapperSpec } from "../spec.ts";
import { registerWrapper } from "../wrapper-registry.ts";
import { Wrapper } from "../wrapper.ts";
import { ChildStream } from "./child-stream.ts";
import { expectFrames, expectPixels } from "./frame-watcher.ts";

const isNoiseGrayscale = z.boolean().default(false).describe("grey noise instead of coloured");

const AddWhiteNoiseConfig = z.strictObject({
  probabilityOfNoisePerPixel: z.number().gt(0).max(1).describe("how likely a pixel becomes noise"),
  isNoiseGrayscale,
});
/** What a user writes. */
export type AddWhiteNoiseOptions = z.input<typeof AddWhiteNoiseConfig>;

/**
 * Renders pictures in which pixels, each on its own, are replaced by noise. Draws from a stream of its own, a child of the
 * environment's.
 */
export class AddWhiteNoise<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends Wrapper<Obs, Act, Info, M> {
  readonly #config: z.infer<typeof AddWhiteNoiseConfig>;
  readonly #stream: ChildStream;

  /** @throws ConfigError unless the environment renders pixels, and for a probability outside (0, 1]. */
  constructor(env: Env<Obs, Act, Info, M>, options: AddWhiteNoiseOptions) {
    super(env);
    expectPixels(env.renderMode, "AddWhiteNoise");
    this.#config = parseOptions(AddWhiteNoiseConfig, options, "AddWhiteNoise");
    this.#stream = new ChildStream(env, "AddWhiteNoise");
  }

  override get wrapperSpec(): WrapperSpec {
    return { name: "AddWhiteNoise", options: this.#config };
  }

  override render(): Reply<RenderFrame, M> {
    return andThen<RenderFrame, RenderFrame, M>(this.env.render(), (rendered) => {
      const frame = copyOf(rendered, "AddWhiteNoise");
      const { rng } = this.#stream;
      for (let at = 0; at < frame.data.length; at += 3) {
        if (rng.uniform() < this.#config.probabilityOfNoisePerPixel) paint(frame, at, rng, this.#config);
      }
      return frame;
    });
  }
}

registerWrapper("AddWhiteNoise", (env, options: AddWhiteNoiseOptions) => new AddWhiteNoise(env, options));

const ObstructViewConfig = z.strictObject({
  obstructedPixelsRatio: z.number().gt(0).max(1).describe("share of the pixels that are covered, at most"),
  obstructionWidth: z.int().positive().describe("side of a square that covers them, in pixels"),
  isNoiseGrayscale,
});
/** What a user writes. */
export type ObstructViewOptions = z.input<typeof ObstructViewConfig>;

/**
 * Renders pictures in which squares of one colour each stand in the way, at other places in every picture; they may
 * overlap. Draws from a stream of its own, a child of the environment's.
 */
export class ObstructView<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends Wrapper<Obs, Act, Info, M> {
  readonly #config: z.infer<typeof ObstructViewConfig>;
  readonly #stream: ChildStream;

  /** @throws ConfigError unless the environment renders pixels, and for options that break their rules. */
  constructor(env: Env<Obs, Act, Info, M>, options: ObstructViewOptions) {
    super(env);
    expectPixels(env.renderMode, "ObstructView");
    this.#config = parseOptions(ObstructViewConfig, options, "ObstructView");
    this.#stream = new ChildStream(env, "ObstructView");
  }

  override get wrapperSpec(): WrapperSpec {
    return { name: "ObstructView", options: this.#config };
  }

  override render(): Reply<RenderFrame, M> {
    return andThen<RenderFrame, RenderFrame, M>(this.env.render(), (rendered) => {
      const frame = copyOf(rendered, "ObstructView");
      const { obstructedPixelsRatio: ratio, obstructionWidth: width } = this.#config;
      const squares = Math.floor((ratio * frame.height * frame.width) / width ** 2);
      for (let i = 0; i < squares; i++) this.#cover(frame);
      return frame;
    });
  }

  #cover(frame: Frames): void {
    const { rng } = this.#stream;
    const { obstructionWidth: width } = this.#config;
    const top = rng.integer(Math.max(1, frame.height - width + 1));
    const left = rng.integer(Math.max(1, frame.width - width + 1));
    const first = (top * frame.width + left) * 3;
    paint(frame, first, rng, this.#config);
    const colour = frame.data.slice(first, first + 3);
    for (let y = top; y < Math.min(top + width, frame.height); y++) {
      for (let x = left; x < Math.min(left + width, frame.width); x++)
        frame.data.set(colour, (y * frame.width + x) * 3);
    }
  }
}

registerWrapper("ObstructView", (env, options: ObstructViewOptions) => new ObstructView(env, options));

/** Gives the pixel at this byte a random colour, or grey. */
function paint(
  frame: Frames,
  at: number,
  rng: Rng,
  { isNoiseGrayscale }: { readonly isNoiseGrayscale: boolean },
): void {
  const red = rng.integer(256);
  frame.data.set(isNoiseGrayscale ? [red, red, red] : [red, rng.integer(256), rng.integer(256)], at);
}

/** A picture of our own to paint on. */
function copyOf(rendered: RenderFrame, where: string): Frames {
  const frame = expectFrames(rendered, where);
  return { ...frame, data: frame.data.slice() };
}
