import { ShapeError } from "../../core/errors.ts";
import type { Frames } from "../../core/frames.ts";
import type { EnvInfo, RenderFrame, ResetResult, VectorEnv, VectorResetArgs, VectorStepResult } from "../env.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import { Restarts } from "../restarts.ts";
import { VectorWrapper } from "../vector-wrapper.ts";
import { expectPixels } from "./frame-watcher.ts";
import { tileFrames } from "./tile-frames.ts";

/** A vector wrapper that looks at what the rows render, side by side in one picture, after every reset and step. */
export abstract class VectorFrameWatcher<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends VectorWrapper<
  Obs,
  Act,
  Info,
  M
> {
  readonly #restarts: Restarts;

  /** @throws ConfigError unless the environments render pixels. */
  constructor(env: VectorEnv<Obs, Act, Info, M>) {
    super(env);
    expectPixels(env.renderMode, this.constructor.name);
    this.#restarts = new Restarts(env);
  }

  /**
   * Whether the picture after this reset or step is looked at: only then are the rows rendered. `begins`: row 0 starts
   * an episode with it.
   */
  protected wants(_event: "reset" | "step", _begins: boolean): boolean {
    return true;
  }

  /** One picture out of a frame per row. */
  protected arrange(rows: Frames): Frames {
    return tileFrames(rows);
  }

  /** The picture after a reset or a step; `hasEnded`: the last of an episode of row 0. */
  protected abstract watch(picture: Frames, hasEnded: boolean): void;

  override reset(args?: VectorResetArgs): Reply<ResetResult<Obs, Info>, M> {
    return andThen<ResetResult<Obs, Info>, ResetResult<Obs, Info>, M>(this.env.reset(args), (result) => {
      const begins = this.#restarts.reset(args).includes(0);
      return this.wants("reset", begins) ? this.#look(result, false) : result;
    });
  }

  override step(actions: Act): Reply<VectorStepResult<Obs, Info>, M> {
    return andThen<VectorStepResult<Obs, Info>, VectorStepResult<Obs, Info>, M>(this.env.step(actions), (result) => {
      const [, , terminated, truncated] = result;
      const isStepped = this.#restarts.step(terminated, truncated).includes(0);
      const hasEnded = terminated[0] === 1 || truncated[0] === 1;
      // What is rendered after a step that ended an episode in SameStep mode is the next one's first frame.
      const showsNext = hasEnded && this.metadata.autoresetMode === "SameStep";
      return this.wants("step", showsNext || !isStepped) ? this.#look(result, hasEnded && !showsNext) : result;
    });
  }

  #look<T>(result: T, hasEnded: boolean): Reply<T, M> {
    return andThen<RenderFrame, T, M>(this.env.render(), (frames) => {
      this.watch(this.arrange(this.#expectRows(frames)), hasEnded);
      return result;
    });
  }

  #expectRows(frames: RenderFrame): Frames {
    if (frames !== null && typeof frames !== "string" && frames.count === this.numEnvs) return frames;
    throw new ShapeError(`${this.constructor.name}: render must return a frame of pixels per row, got something else`);
  }
}
