import { framesSvg } from "../bench/frames/table.ts";
import { writeChart } from "../src/cli/charts/write-chart.ts";
import { ScalingReport, scalingSvg } from "../src/cli/scaling-report.ts";

/** Measurements that are drawn too, by name. */
const DRAWN: Readonly<Record<string, (result: unknown) => string>> = {
  frames: framesSvg,
  scale: (result) => scalingSvg(ScalingReport.parse(result)),
};

/** Draws measurements as FOLDER/NAME.svg and .png, those that were made. */
export async function drawFigures(folder: string, read: (name: string) => { result: unknown } | null): Promise<void> {
  for (const [name, draw] of Object.entries(DRAWN)) {
    const measurement = read(name);
    if (measurement !== null) await writeChart(`${folder}/${name}`, draw(measurement.result));
  }
}
