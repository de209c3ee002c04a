import { z } from "zod";
import { drawChart } from "../../src/cli/charts/index.ts";

const Cost = z.object({ frames: z.number(), processorMs: z.number(), peakMB: z.number() });
export type Cost = z.infer<typeof Cost>;

/** What `npm run bench:frames` prints: what a training step costs by the frames of a clip, with each attention. */
export const FramesReport = z.object({ shape: z.string(), spaceTime: z.array(Cost), full: z.array(Cost) });
export type FramesReport = z.infer<typeof FramesReport>;

/** The report as rows of a table, the header first. */
export function framesRows(result: unknown): string[][] {
  const { shape, spaceTime, full } = FramesReport.parse(result);
  const by = (costs: readonly Cost[], frames: number) => costs.find((cost) => cost.frames === frames);
  const ms = (cost: Cost | undefined) => (cost ? cost.processorMs.toFixed(0) : "");
  const mb = (cost: Cost | undefined) => (cost ? cost.peakMB.toFixed(0) : "");
  return [
    [`frames of a clip (${shape})`, "ST, ms", "full, ms", "ST, MB", "full, MB"],
    ...spaceTime.map(({ frames }) => {
      const [st, all] = [by(spaceTime, frames), by(full, frames)];
      return [String(frames), ms(st), ms(all), mb(st), mb(all)];
    }),
  ];
}

const [WIDTH, HEIGHT] = [400, 320];

/** Time and memory over frames, side by side. */
export function framesSvg(result: unknown): string {
  const { spaceTime, full } = FramesReport.parse(result);
  const series = (key: "processorMs" | "peakMB", unit: number) =>
    Object.entries({ "ST-transformer": spaceTime, "full space-time attention": full }).map(([name, costs]) => ({
      name,
      kind: "line" as const,
      points: costs.map((cost) => ({ x: cost.frames, y: cost[key] / unit })),
    }));
  const x = { label: "frames of a clip", min: 0 };
  const charts = [
    {
      title: "Processor time of a training step",
      y: { label: "seconds", min: 0 },
      series: series("processorMs", 1000),
    },
    { title: "Peak memory of the process", y: { label: "gigabytes", min: 0 }, series: series("peakMB", 1000) },
  ].map((chart, i) =>
    // An SVG document inside another stands at its x.
    drawChart({ ...chart, x, width: WIDTH, height: HEIGHT }).replace("<svg ", `<svg x="${i * WIDTH}" `),
  );
  const size = `width="${2 * WIDTH}" height="${HEIGHT}" viewBox="0 0 ${2 * WIDTH} ${HEIGHT}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${charts.join("")}</svg>\n`;
}
