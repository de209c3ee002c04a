import { z } from "zod";
import { FrameMeter, type FrameStats } from "./frame-stats.ts";

/** How a video is split into clips. The defaults were chosen by eye on a scrolling 2D platformer at 10 fps. */
export const CurationConfig = z.strictObject({
  minFrames: z.int().positive().default(16).describe("clips with fewer frames are dropped"),
  cutThreshold: z
    .number()
    .positive()
    .max(1)
    .default(0.5)
    .describe("a cut: this part of the pixels left the palette at once (scrolling: below 0.25, cuts: above 0.9)"),
  darkThreshold: z
    .number()
    .min(0)
    .max(255)
    .default(4)
    .describe("dark: mean brightness below this (caves: 10 and more)"),
  flatThreshold: z.number().min(0).default(2).describe("flat: brightness varies less than this over the frame"),
  maxFadeSeconds: z.number().min(0).default(3).describe("how much of a steady fade to or from dark is dropped with it"),
  maxStaticSeconds: z.number().positive().nullable().default(3).describe("longer stretches without change are dropped"),
  staticThreshold: z.number().min(0).default(0.05).describe("static: mean change per channel below this, of 255"),
});
export type CurationConfig = z.infer<typeof CurationConfig>;
export type CurationOptions = z.input<typeof CurationConfig>;

/** `count` frames from frame `start` of a video (at the rate that it is read at). */
export type Span = { readonly start: number; readonly count: number };

/** Why frames are not in a clip: see `CurationConfig`; `short` is what is left between two drops or cuts. */
export type DropReason = "dark" | "flat" | "static" | "short";

/** A video's frames, split: every frame is in one clip or in one dropped span. */
export type VideoSplit = {
  readonly clips: readonly Span[];
  readonly dropped: readonly (Span & { readonly reason: DropReason })[];
  /** The frames that start a new scene without being dropped themselves. */
  readonly cuts: readonly number[];
};

/** Measures of a video's frames what `splitVideo` asks with this config. */
export function createMeter({ maxStaticSeconds, cutThreshold }: CurationConfig): FrameMeter {
  return new FrameMeter({ change: maxStaticSeconds !== null, paletteChange: cutThreshold < 1 });
}

/** Splits a video, given the statistics of its frames, into clips that cross no cut, fade, flat or static stretch. */
export function splitVideo(stats: readonly FrameStats[], fps: number, config: CurationConfig): VideoSplit {
  const labels: (DropReason | null)[] = stats.map((frame) => unusable(frame, config));
  markFades(labels, stats, { ...config, fps });
  if (config.maxStaticSeconds !== null)
    markStatic(labels, stats, config.maxStaticSeconds * fps, config.staticThreshold);
  const isCut = stats.map(({ paletteChange }, i) => paletteChange > config.cutThreshold && labels[i] === null);
  const runs = runsOf(labels, isCut, config.minFrames);
  return {
    clips: runs.flatMap(({ start, count, reason }) => (reason === null ? [{ start, count }] : [])),
    dropped: runs.flatMap(({ start, count, reason }) => (reason === null ? [] : [{ start, count, reason }])),
    cuts: isCut.flatMap((cut, i) => (cut ? [i] : [])),
  };
}

function unusable({ brightness, contrast }: FrameStats, config: CurationConfig): DropReason | null {
  if (brightness < config.darkThreshold) return "dark";
  return contrast < config.flatThreshold ? "flat" : null;
}

/**
 * Marks fades as dark: frames that steadily lose contrast towards an unusable frame or a cut, and frames that steadily
 * gain it after an unusable one. A cut ends a fade, for out of black at once is no fade.
 */
function markFades(labels: (DropReason | null)[], stats: readonly FrameStats[], config: CurationConfig & Rate): void {
  const maxFrames = Math.round(config.maxFadeSeconds * config.fps);
  const unusableFrames = [...labels.keys()].filter((i) => labels[i] !== null);
  const cuts = stats.flatMap(({ paletteChange }, i) => (paletteChange > config.cutThreshold ? [i] : []));
  for (const end of [...unusableFrames, ...cuts.map((cut) => cut - 1)]) {
    markFade(labels, stats, { from: end, step: -1, maxFrames, cuts: new Set(cuts.map((cut) => cut - 1)) });
  }
  for (const start of unusableFrames) markFade(labels, stats, { from: start, step: 1, maxFrames, cuts: new Set(cuts) });
}

type Rate = { readonly fps: number };
type Fade = {
  readonly from: number;
  readonly step: 1 | -1;
  readonly maxFrames: number;
  /** Frames that a walk in this direction must not enter. */
  readonly cuts: ReadonlySet<number>;
};

function markFade(labels: (DropReason | null)[], stats: readonly FrameStats[], fade: Fade): void {
  let at = fade.from;
  for (let n = 0; n < fade.maxFrames; n++) {
    const next = at + fade.step;
    // One frame may stand still: compressed video repeats some.
    const fades = isStronger(stats[next], stats[at]) || isStronger(stats[next + fade.step], stats[at]);
    if (labels[next] !== null || fade.cuts.has(next) || !fades) return;
    labels[at] ??= "dark";
    labels[next] = "dark";
    at = next;
  }
}

/** A fade changes contrast and brightness together; objects that come and go seldom do. */
function isStronger(frame: FrameStats | undefined, weaker: FrameStats | undefined): boolean {
  if (frame === undefined || weaker === undefined) return false;
  const brightnessMoves = Math.abs(frame.brightness - weaker.brightness) > weaker.brightness * 0.003;
  return brightnessMoves && frame.contrast > weaker.contrast * 1.005;
}

function markStatic(
  labels: (DropReason | null)[],
  stats: readonly FrameStats[],
  maxFrames: number,
  threshold: number,
): void {
  const isStatic = stats.map(({ change }, i) => i > 0 && change < threshold && labels[i] === null);
  for (let start = 0; start < stats.length; start++) {
    if (isStatic[start] !== true) continue;
    let end = start;
    while (isStatic[end] === true) end++;
    if (end - start > maxFrames) labels.fill("static", start, end);
    start = end;
  }
}

type Run = Span & { readonly reason: DropReason | null };

/** Frames in a row with the same label; a cut starts a new run, and a run to keep that is too short is not kept. */
function runsOf(labels: readonly (DropReason | null)[], isCut: readonly boolean[], minFrames: number): Run[] {
  const starts = labels.flatMap((label, i) => (i === 0 || label !== labels[i - 1] || isCut[i] === true ? [i] : []));
  return starts.map((start, i) => {
    const count = (starts[i + 1] ?? labels.length) - start;
    const reason = labels[start] ?? (count < minFrames ? "short" : null);
    return { start, count, reason };
  });
}
