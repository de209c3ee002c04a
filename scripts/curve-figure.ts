import { z } from "zod";
import { meanCurve } from "../src/cli/benchmark/figures.ts";
import { drawChart } from "../src/cli/charts/index.ts";
import { Rng } from "../src/core/rng.ts";

/** What an example printed while it learnt, seed by seed. */
export const LearningCurves = z.strictObject({
  example: z.string(),
  x: z.string().describe("what `steps` count"),
  y: z.string().describe("what `values` are"),
  final: z.string().describe("what the example says at its end"),
  runs: z.array(
    z.strictObject({
      seed: z.int(),
      final: z.number(),
      steps: z.array(z.number()),
      values: z.array(z.number()),
    }),
  ),
});
export type LearningCurves = z.infer<typeof LearningCurves>;

/** The mean over seeds with its 95 % bootstrap interval, and each seed's own curve, as SVG. */
export function drawCurves({ example, x, y, runs }: LearningCurves): string {
  const curves = runs.map(({ steps, values }) => steps.map((step, i) => ({ step, value: Number(values[i]) })));
  const own = curves.map((curve, i) => ({
    name: `seed ${runs[i]?.seed}`,
    kind: "line" as const,
    colour: "#bbbbbb",
    points: curve.map(({ step, value }) => ({ x: step, y: value })),
  }));
  const mean = { name: "mean", kind: "line" as const, points: meanCurve(curves, new Rng(0).split(example)) };
  return drawChart({
    title: `examples/${example}.ts`,
    x: { label: x },
    y: { label: y },
    series: runs.length > 1 ? [...own, { ...mean, colour: "#0072b2" }] : [mean],
  });
}

/** The curves in a document of docs/: the picture, and what came out at the end. */
export function curveLines(result: unknown, name: string): string[] {
  const { final, runs, y } = LearningCurves.parse(result);
  const ends = runs.map((run) => Number(run.final.toFixed(3))).join(", ");
  return [`![${y} while learning](${name}.svg)`, "", `${final}, seed by seed: ${ends}.`];
}
