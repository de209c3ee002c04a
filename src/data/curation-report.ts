import type { DropReason, Span, VideoSplit } from "./curation.ts";

/** What curation did with one video. */
export type VideoReport = VideoSplit & {
  readonly path: string;
  /** Frames read, at the target rate. */
  readonly frames: number;
  /** Why the video could not be read to its end; null when it could. */
  readonly problem: string | null;
};

/** What curation kept and dropped, video by video. */
export type CurationReport = { readonly videos: readonly VideoReport[] };

/** Sums over all videos, in frames unless the name says otherwise. */
export type CurationTotals = {
  readonly videos: number;
  readonly unreadableVideos: number;
  readonly clips: number;
  readonly cuts: number;
  readonly frames: number;
  readonly kept: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
};

/** Adds up a report. */
export function totalsOf({ videos }: CurationReport): CurationTotals {
  const dropped = { dark: 0, flat: 0, static: 0, short: 0 };
  for (const span of videos.flatMap((video) => video.dropped)) dropped[span.reason] += span.count;
  return {
    videos: videos.length,
    unreadableVideos: videos.filter(({ problem }) => problem !== null).length,
    clips: sum(videos, ({ clips }) => clips.length),
    cuts: sum(videos, ({ cuts }) => cuts.length),
    frames: sum(videos, ({ frames }) => frames),
    kept: sum(videos, ({ clips }) => framesIn(clips)),
    dropped,
  };
}

/** The report as text: one line per video, then the totals. */
export function formatReport(report: CurationReport): string {
  return [...report.videos.map(formatVideo), formatTotals(report)].join("\n");
}

/** The report's totals, in a line. */
export function formatTotals(report: CurationReport): string {
  const totals = totalsOf(report);
  const drops = Object.entries(totals.dropped).map(([reason, frames]) => `${frames} ${reason}`);
  return (
    `${totals.videos} videos (${totals.unreadableVideos} unreadable): kept ${totals.kept} of ${totals.frames} frames in ` +
    `${totals.clips} clips, ${totals.cuts} cuts; dropped ${drops.join(", ")}`
  );
}

function formatVideo({ path, frames, clips, cuts, dropped, problem }: VideoReport): string {
  if (problem !== null) return `${path}: skipped - ${problem}`;
  const reasons = [...new Set(dropped.map(({ reason }) => reason))];
  const drops = reasons.map((reason) => `${framesIn(dropped.filter((span) => span.reason === reason))} ${reason}`);
  const tail = drops.length === 0 ? "" : `; dropped ${drops.join(", ")}`;
  return `${path}: kept ${framesIn(clips)} of ${frames} frames in ${clips.length} clips, ${cuts.length} cuts${tail}`;
}

function framesIn(spans: readonly Span[]): number {
  return sum(spans, ({ count }) => count);
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
