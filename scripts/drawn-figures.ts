import { framesSvg } from "../bench/frames/table.ts";
import { writeChart } from "../src/cli/charts/write-chart.ts";
import { figure } from "../src/cli/reproduce/bc-report.ts";
import { ScalingReport, scalingSvg } from "../src/cli/scaling-report.ts";
import { BCRun } from "./bc-run.ts";
import { benchmarkSvg } from "./benchmark-figure.ts";

type Drawing = { readonly of: string; readonly draw: (result: unknown) => string };

/** Pictures by name, and the measurements that they show. */
const DRAWN: Readonly<Record<string, Drawing>> = {
  frames: { of: "frames", draw: framesSvg },
  scale: { of: "scale", draw: (result) => scalingSvg(ScalingReport.parse(result)) },
  "benchmark-platformer": { of: "benchmark-platformer", draw: benchmarkSvg },
  "benchmark-supertux": { of: "benchmark-supertux", draw: benchmarkSvg },
  "reproduce-bc-easy": { of: "reproduce-bc", draw: easyClones },
};

function easyClones(result: unknown): string {
  const { summary } = BCRun.parse(result);
  return figure(
    summary,
    "easy",
    summary.flatMap(({ labels }) => labels ?? []),
  );
}

/** Draws measurements as FOLDER/NAME.svg and .png, those that were made. */
export async function drawFigures(folder: string, read: (name: string) => { result: unknown } | null): Promise<void> {
  for (const [name, { of, draw }] of Object.entries(DRAWN)) {
    const measurement = read(of);
    if (measurement !== null) await writeChart(`${folder}/${name}`, draw(measurement.result));
  }
}
