import { z } from "zod";

import { concatFrames } from "../../core/frames.ts";
import type { Frames } from "../../core/frames.ts";
import { drawAnsi } from "../../env/ansi.ts";
import type { RenderFrame } from "../../env/env.ts";
import { Canvas } from "./canvas.ts";
import type { Task } from "./task.ts";

/** How a classic environment shows itself. */
export const RenderConfig = z.strictObject({
  renderMode: z.enum(["rgb_array", "ansi"]).nullable().default(null).describe("what render returns"),
});
export type RenderConfig = z.infer<typeof RenderConfig>;

/** What a user writes. */
export type RenderOptions = z.input<typeof RenderConfig>;

/** A text shows one pixel of ten, or it would not fit into a terminal. */
const ANSI_SCALE = 0.1;

/** The rows of a task, states float64 [B, stateSize], as a render mode shows them; null without one. */
export function draw(task: Task<unknown>, states: Float64Array, { renderMode }: RenderConfig): RenderFrame {
  if (renderMode === null) return null;
  const rows = Array.from({ length: states.length / task.stateSize }, (_, row) => row * task.stateSize);
  const scale = renderMode === "ansi" ? ANSI_SCALE : 1;
  const frames = concatFrames(rows.map((at) => paint(task, states.subarray(at, at + task.stateSize), scale)));
  if (renderMode === "rgb_array") return frames;
  return rows.map((_, row) => drawAnsi(frames, row)).join("\n\n");
}

function paint(task: Task<unknown>, state: Float64Array, scale: number): Frames {
  const canvas = new Canvas(task.size, scale);
  task.paint(canvas, state);
  return canvas.frame();
}
