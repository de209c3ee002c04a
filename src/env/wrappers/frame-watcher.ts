import { ConfigError, ShapeError } from "../../core/errors.ts";
import type { Frames } from "../../core/frames.ts";
import type { Env, EnvInfo, RenderFrame, ResetArgs, ResetResult, StepResult } from "../env.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import { Wrapper } from "../wrapper.ts";

/** A wrapper that looks at what the environment renders, after every reset and step. */
export abstract class FrameWatcher<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends Wrapper<
  Obs,
  Act,
  Info,
  M
> {
  /** @throws ConfigError unless the environment renders pixels. */
  constructor(env: Env<Obs, Act, Info, M>) {
    super(env);
    expectPixels(env.renderMode, this.constructor.name);
  }

  /** Whether the frame after this reset or step is looked at: only then is it rendered. */
  protected wants(_event: "reset" | "step"): boolean {
    return true;
  }

  /** A frame of the environment's, after a reset or a step; `hasEnded`: the episode's last. */
  protected abstract watch(frame: Frames, hasEnded: boolean): void;

  override reset(args?: ResetArgs): Reply<ResetResult<Obs, Info>, M> {
    return andThen<ResetResult<Obs, Info>, ResetResult<Obs, Info>, M>(this.env.reset(args), (result) =>
      this.#look("reset", result, false),
    );
  }

  override step(action: Act): Reply<StepResult<Obs, Info>, M> {
    return andThen<StepResult<Obs, Info>, StepResult<Obs, Info>, M>(this.env.step(action), (result) =>
      this.#look("step", result, result[2] || result[3]),
    );
  }

  #look<T>(event: "reset" | "step", result: T, hasEnded: boolean): T | Reply<T, M> {
    if (!this.wants(event)) return result;
    return andThen<RenderFrame, T, M>(this.env.render(), (frame) => {
      this.watch(expectFrames(frame, this.constructor.name), hasEnded);
      return result;
    });
  }
}

/** @throws ConfigError for any mode but "rgb_array". */
export function expectPixels(renderMode: string | null, where: string): void {
  if (renderMode === "rgb_array") return;
  throw new ConfigError(`${where}: the environment's renderMode must be "rgb_array", got ${renderMode}`);
}

/** @throws ShapeError for anything but one frame of pixels. */
export function expectFrames(frame: RenderFrame, where: string): Frames {
  if (frame !== null && typeof frame !== "string" && frame.count === 1) return frame;
  throw new ShapeError(`${where}: render must return one frame of pixels, got something else`);
}
