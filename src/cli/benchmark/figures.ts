import type { FinishedRun, RunResult } from "../../agents/benchmark/result.ts";
import type { BenchmarkSummary } from "../../agents/benchmark/summary.ts";
import { Rng } from "../../core/rng.ts";
import { alignCurves, thinCurve } from "../../metrics/curves.ts";
import { bootstrapInterval } from "../../metrics/bootstrap.ts";
import { drawChart, seriesColour, type ChartPoint, type ChartSeries } from "../charts/index.ts";

const CURVE_POINTS = 40;
const CURVE_RESAMPLES = 500;

/** Each agent's IQM over all tasks. */
export function iqmChart({ agents }: BenchmarkSummary): string | null {
  const points = agents.flatMap(({ agent, overall }) =>
    overall === null ? [] : [{ x: agent, y: overall.iqm.value, low: overall.iqm.low, high: overall.iqm.high }],
  );
  if (points.length === 0) return null;
  return drawChart({
    title: "Interquartile mean",
    x: { label: "agent", scale: "category" },
    y: { label: "normalised score" },
    series: [{ name: "IQM", kind: "points", points }],
  });
}

/** The share of runs that score higher than each threshold. */
export function profileChart({ agents }: BenchmarkSummary): string | null {
  const series = agents.flatMap(({ agent, overall }, i): ChartSeries[] => {
    if (overall === null) return [];
    const points = overall.profile.map(({ threshold, value, low, high }) => ({ x: threshold, y: value, low, high }));
    return [{ name: agent, kind: "line", colour: seriesColour(i), points }];
  });
  if (series.length === 0) return null;
  return drawChart({
    title: "Performance profile",
    x: { label: "normalised score" },
    y: { label: "share of runs above it", min: 0, max: 1 },
    series,
  });
}

/** One chart of returns per task. */
export function scoreCharts({ tasks, scales }: BenchmarkSummary): string[] {
  return scales.flatMap(({ task }) => {
    const points = tasks
      .filter((row) => row.task === task)
      .map(({ agent, returns }) => ({ x: agent, y: returns.mean, low: returns.low, high: returns.high }));
    if (points.length === 0) return [];
    const series: ChartSeries[] = [{ name: task, kind: "bars", points }];
    return [
      drawChart({
        title: task,
        x: { label: "agent", scale: "category" },
        y: { label: "return" },
        series,
        width: 420,
        height: 320,
      }),
    ];
  });
}

/** One chart of returns while learning per task: means over seeds with 95 % intervals, an agent's in its colour of the profile. */
export function curveCharts(results: readonly RunResult[], { agents: all }: BenchmarkSummary, seed: number): string[] {
  const learnt = results.filter((result): result is FinishedRun => result.status === "done" && result.curve.length > 1);
  const tasks = [...new Set(learnt.map(({ task }) => task))];
  return tasks.map((task) => {
    const runs = learnt.filter((run) => run.task === task);
    const agents = [...new Set(runs.map(({ agent }) => agent))];
    const series = agents.map((agent): ChartSeries => {
      const curves = runs.filter((run) => run.agent === agent).map(({ curve }) => curve);
      const colour = seriesColour(all.findIndex((row) => row.agent === agent));
      return { name: agent, kind: "line", colour, points: meanCurve(curves, new Rng(seed).split(task, agent)) };
    });
    return drawChart({
      // A single curve has no legend.
      title: agents.length === 1 ? `${task}: ${agents[0]}` : task,
      x: { label: "steps" },
      y: { label: "episodic return" },
      series: series.filter(({ points }) => points.length > 0),
      width: 420,
      height: 320,
    });
  });
}

/** The mean of curves at common steps, with a 95 % bootstrap interval over them; `rng` draws it. */
export function meanCurve(curves: readonly FinishedRun["curve"][], rng: Rng): ChartPoint[] {
  const { steps, values } = alignCurves(
    curves.map((curve) => thinCurve(curve, CURVE_POINTS)),
    CURVE_POINTS,
  );
  return steps.map((step, i) => {
    const there = values.map((curve) => curve[i] ?? Number.NaN);
    const { mean, low, high } = bootstrapInterval(there, { rng: rng.split(i), resamples: CURVE_RESAMPLES });
    return { x: step, y: mean, low, high };
  });
}
