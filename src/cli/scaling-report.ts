import { z } from "zod";
import type { PowerLaw } from "../metrics/power-law.ts";
import { drawChart, type Chart, type ChartPoint } from "./charts/index.ts";

/** One dynamics model of the ladder: what it is, and the loss that it ended with. */
export const ScalingRun = z.object({
  size: z.string().describe("BLOCKSxWIDTHxHEADS"),
  batchSize: z.number(),
  parameters: z.number().describe("of the dynamics model"),
  steps: z.number(),
  tokens: z.number(),
  flops: z.number().describe("of all training steps of the dynamics model"),
  seconds: z.number(),
  loss: z.number().describe("mean cross-entropy in nats over the last tenth of the run"),
  curve: z.array(z.tuple([z.number(), z.number()])).describe("tokens seen, and the loss there"),
});
export type ScalingRun = z.infer<typeof ScalingRun>;

const Law = z.object({ scale: z.number(), exponent: z.number(), r2: z.number() }).nullable();

/** What `genie-env scale` finds. Power laws need two sizes at least. */
export const ScalingReport = z.object({
  sizes: z.array(ScalingRun).readonly(),
  batches: z.array(ScalingRun).readonly(),
  lossOverParameters: Law,
  lossOverFlops: Law,
});
export type ScalingReport = z.infer<typeof ScalingReport>;

/** The ladder as Markdown lines. */
export function scalingTable({ sizes, batches, lossOverParameters, lossOverFlops }: ScalingReport): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const header = [
    "dynamics (blocks x width x heads)",
    "batch",
    "parameters",
    "tokens",
    "FLOPs",
    "minutes",
    "final loss",
  ];
  const isInLadder = (run: ScalingRun) =>
    sizes.some(({ size, batchSize }) => size === run.size && batchSize === run.batchSize);
  const rows = [...sizes, ...batches.filter((run) => !isInLadder(run))];
  return [
    line(header),
    line(header.map((_, i) => (i === 0 ? "---" : "--:"))),
    ...rows.map((run) =>
      line([
        run.size,
        `${run.batchSize}`,
        `${(run.parameters / 1e6).toPrecision(3)}M`,
        run.tokens.toExponential(2),
        run.flops.toExponential(2),
        (run.seconds / 60).toFixed(1),
        run.loss.toFixed(4),
      ]),
    ),
    "",
    `Final loss over parameters: ${describe(lossOverParameters, "N")}; over FLOPs: ${describe(lossOverFlops, "C")}.`,
  ];
}

function describe(law: PowerLaw | null, letter: string): string {
  if (law === null) return "one size has no law";
  return `${law.scale.toPrecision(3)} · ${letter}^${law.exponent.toFixed(3)} (r² ${law.r2.toFixed(2)})`;
}

/** Pixels of one of the plots side by side. */
const [WIDTH, HEIGHT] = [400, 320];
const LOSS = { label: "cross-entropy (nats)" } as const;

/** Figure 9 of the paper: losses as they fall, then final loss against parameters, compute and batch size. */
export function scalingSvg({ sizes, batches, lossOverParameters, lossOverFlops }: ScalingReport): string {
  const final = (key: "parameters" | "flops" | "batchSize", runs: readonly ScalingRun[]) =>
    runs.map((run) => ({ x: run[key], y: run.loss }));
  const charts: Omit<Chart, "width" | "height">[] = [
    {
      title: "Loss in training",
      x: { label: "tokens seen", scale: "log" },
      y: LOSS,
      series: sizes.map(({ size, curve }) => ({ name: size, kind: "line", points: curve.map(([x, y]) => ({ x, y })) })),
    },
    {
      title: "Final loss over parameters",
      x: { label: "parameters of the dynamics model", scale: "log" },
      y: LOSS,
      series: withLaw(final("parameters", sizes), lossOverParameters),
    },
    {
      title: "Final loss over compute",
      x: { label: "training TFLOP", scale: "log" },
      y: LOSS,
      series: withLaw(final("flops", sizes), lossOverFlops, 1e12),
    },
    {
      title: `Final loss over batch size (${batches[0]?.size ?? ""})`,
      x: { label: "clips a step, equal tokens", scale: "log" },
      y: LOSS,
      series: [{ name: "batch size", kind: "points", points: final("batchSize", batches) }],
    },
  ];
  const width = charts.length * WIDTH;
  const placed = charts.map((chart, i) =>
    // An SVG document inside another stands at its x.
    drawChart({ ...chart, width: WIDTH, height: HEIGHT }).replace("<svg ", `<svg x="${i * WIDTH}" `),
  );
  const size = `width="${width}" height="${HEIGHT}" viewBox="0 0 ${width} ${HEIGHT}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${placed.join("")}</svg>\n`;
}

const POINTS_OF_LAW = 20;

/** Points, x in multiples of `unit`, and the law that was fitted to them, drawn between the outermost. */
function withLaw(
  points: readonly { readonly x: number; readonly y: number }[],
  law: PowerLaw | null,
  unit = 1,
): Chart["series"] {
  const measured = {
    name: "measured",
    kind: "points",
    points: points.map(({ x, y }) => ({ x: x / unit, y })),
  } as const;
  if (law === null) return [measured];
  const x = points.map((point) => point.x);
  const [from, to] = [Math.min(...x), Math.max(...x)];
  const along: ChartPoint[] = Array.from({ length: POINTS_OF_LAW }, (_, i) => {
    const at = from * (to / from) ** (i / (POINTS_OF_LAW - 1));
    return { x: at / unit, y: law.scale * at ** law.exponent };
  });
  return [
    measured,
    { name: `x^${law.exponent.toFixed(3)}, r² ${law.r2.toFixed(2)}`, kind: "line", points: along, dashed: true },
  ];
}
