import type { Frames } from "../../core/frames.ts";
import type { EnvInfo, RenderFrame, RenderMode, VectorEnv, VectorMetadata } from "../env.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import { registerVectorWrapper } from "../wrapper-registry.ts";
import { drawOn, TERMINAL, withHumanMode } from "./human-rendering.ts";
import type { Screen } from "./human-rendering.ts";
import { VectorFrameWatcher } from "./vector-frame-watcher.ts";

/** Draws all rows side by side in the terminal, as `HumanRendering` draws one environment. */
export class VectorHumanRendering<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends VectorFrameWatcher<
  Obs,
  Act,
  Info,
  M
> {
  readonly #screen: Screen;

  /** @throws ConfigError unless the environments render pixels. */
  constructor(env: VectorEnv<Obs, Act, Info, M>, screen: Screen = TERMINAL) {
    super(env);
    this.#screen = screen;
    if (screen === TERMINAL) this.record("VectorHumanRendering", {});
  }

  override get renderMode(): RenderMode {
    return "human";
  }

  override get metadata(): VectorMetadata {
    return withHumanMode(this.env.metadata);
  }

  override render(): Reply<RenderFrame, M> {
    return andThen<RenderFrame, RenderFrame, M>(this.env.render(), () => null);
  }

  protected watch(picture: Frames): void {
    drawOn(this.#screen, picture);
  }
}

registerVectorWrapper("VectorHumanRendering", (env) => new VectorHumanRendering(env));
