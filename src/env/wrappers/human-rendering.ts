import type { Frames } from "../../core/frames.ts";
import { drawAnsi } from "../ansi.ts";
import type { Env, EnvInfo, EnvMetadata, RenderFrame, RenderMode } from "../env.ts";
import { andThen } from "../reply.ts";
import type { Mode, Reply } from "../reply.ts";
import { registerWrapper } from "../wrapper-registry.ts";
import { FrameWatcher } from "./frame-watcher.ts";
import { resizeArea } from "./resize.ts";

/** Where the picture goes; by default the terminal that the program runs in, 80 columns of it. */
export type Screen = { readonly columns: number; readonly write: (text: string) => void };

const CURSOR_HOME = "\u001B[H";

/** The terminal that the program runs in. */
export const TERMINAL: Screen = {
  columns: 80,
  write: (text) => {
    process.stdout.write(text);
  },
};

/**
 * Draws the environment in the terminal after every reset and step, over the picture before. The environment renders
 * pixels; this one is in mode "human", where `render` returns nothing.
 */
export class HumanRendering<Obs, Act, Info = EnvInfo, M extends Mode = "sync"> extends FrameWatcher<Obs, Act, Info, M> {
  readonly #screen: Screen;

  /** @throws ConfigError unless the environment renders pixels. */
  constructor(env: Env<Obs, Act, Info, M>, screen: Screen = TERMINAL) {
    super(env);
    this.#screen = screen;
    if (screen === TERMINAL) this.record("HumanRendering", {});
  }

  override get renderMode(): RenderMode {
    return "human";
  }

  override get metadata(): EnvMetadata {
    return withHumanMode(this.env.metadata);
  }

  override render(): Reply<RenderFrame, M> {
    return andThen<RenderFrame, RenderFrame, M>(this.env.render(), () => null);
  }

  protected watch(frame: Frames): void {
    drawOn(this.#screen, frame);
  }
}

registerWrapper("HumanRendering", (env) => new HumanRendering(env));

/** Draws a frame over the picture before, no wider than the screen. */
export function drawOn(screen: Screen, frame: Frames): void {
  screen.write(`${CURSOR_HOME}${drawAnsi(fit(frame, screen.columns))}\n`);
}

/** The metadata with the render mode "human" among the others. */
export function withHumanMode<T extends EnvMetadata>(metadata: T): T {
  return { ...metadata, renderModes: [...new Set([...metadata.renderModes, "human"])] };
}

/** The frame, or a smaller one of this width. */
function fit(frame: Frames, columns: number): Frames {
  if (frame.width <= columns) return frame;
  const size = [Math.max(1, Math.round((frame.height * columns) / frame.width)), columns] as const;
  return { count: 1, height: size[0], width: size[1], data: resizeArea(frame.data, { ...frame, channels: 3 }, size) };
}
