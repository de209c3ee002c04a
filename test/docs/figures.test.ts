import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { drawCurves } from "../../scripts/curve-figure.ts";
import { drawFigures } from "../../scripts/drawn-figures.ts";
import { documents, FIGURES, readMeasurement, withFigures } from "../../scripts/figures.ts";
import { withoutPlaces } from "../../scripts/measurement.ts";
import type { RunResult } from "../../src/agents/benchmark/result.ts";
import { summarise } from "../../src/agents/benchmark/summary.ts";
import { speedRows } from "../../src/cli/benchmark/speeds.ts";
import { temporaryFolder } from "../data/pictures.ts";

test("the documents show the figures that were measured", () => {
  const all = documents();
  expect(all.length).toBeGreaterThan(1);
  for (const { now, wanted } of all) expect(now).toBe(wanted);
});

test("the README shows the bundled world's quality, the speed of play and of training, each from a file", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const shown = [...readme.matchAll(/<!-- figures ([\w-]+) -->/g)].map(([, name]) => name ?? "");
  expect(shown).toEqual(expect.arrayContaining(["eval-platformer-easy", "eval-supertux", "speed"]));
  expect(shown.filter((name) => !existsSync(join(FIGURES, `${name}.json`)))).toEqual([]);
});

test("a figure names its command, machine and revision", () => {
  const shown = withFigures("a\n<!-- figures x -->old<!-- /figures -->\nb", () => ({
    command: "npx x --json",
    machine: "a machine",
    date: "2026-01-01",
    revision: "abc",
    result: { answer: 42 },
  }));
  expect(shown).toContain('"answer": 42');
  expect(shown).toContain("`npx x --json` on a machine, 2026-01-01, revision abc.");
  expect(shown).not.toContain("old");
});

test("a command is shown without the places of this machine", () => {
  const command = [
    "npx",
    "x",
    "--videos",
    "/mnt/a",
    "--out",
    "../b",
    "--only",
    "runs/c",
    "--world",
    "/d",
    "--seed",
    "1",
  ];
  expect(withoutPlaces(command)).toBe("npx x --videos VIDEOS --out OUT --only runs/c --world PATH --seed 1");
});

test("speeds of environments are a table, without Gymnasium's where it was not there", () => {
  const genie = { single: 2_512_345.6, wrapped: 1_000_000, batchOf64: 9_876_543.2 };
  const show = (gymnasium: object | null) =>
    withFigures("<!-- figures bench-env --><!-- /figures -->", () => ({
      command: "npm run -s bench:env",
      machine: "a machine",
      date: "2026-01-01",
      revision: "abc",
      result: { unit: "steps per second of processor time", genie, wrappersCost: 2.5123, gymnasium },
    }));
  expect(show({ single: 100_123, wrapped: 80_000, batchOf64: 400_000 }).split("\n").slice(2, 8)).toEqual([
    "| CartPole on one core, random actions, resets included | steps/s of processor time | Gymnasium |",
    "| --- | --: | --: |",
    "| one, bare | 2,510,000 | 100,000 |",
    "| one, as `make` wraps it, with episode statistics | 1,000,000 | 80,000 |",
    "| a native batch of 64, all rows together | 9,880,000 | 400,000 |",
    "| a bare step's speed over a wrapped one's | 2.51 | 1.25 |",
  ]);
  expect(show(null)).toContain("| one, bare | 2,510,000 |  |");
});

test("learning curves are a picture, and what came out at the end", () => {
  const run = (seed: number) => ({ seed, final: 100 * seed, steps: [10, 20, 30], values: [seed, 2 * seed, 3 * seed] });
  const result = { example: "x", x: "steps", y: "return", final: "Mean return", runs: [run(1), run(2)] };
  const shown = withFigures("<!-- figures curve-x --><!-- /figures -->", () => ({
    command: "npm run docs:curves -- x 2",
    machine: "a machine",
    date: "2026-01-01",
    revision: "abc",
    result,
  }));
  expect(shown).toContain("![return while learning](curve-x.svg)\n\nMean return, seed by seed: 100, 200.");
  expect(drawCurves(result)).toMatch(/^<svg .*examples\/x\.ts.*seed 1.*seed 2.*mean/s);
});

test("the platformer's speeds and players are a table, without players where none were judged", () => {
  const speeds = { difficulty: "easy", ruleStepsPerSecond: 1_234_567, renderedStepsPerSecond: 34_567 };
  const solved = { expert: { solved: 97, levels: 100, low: 0.915, high: 0.9897 } };
  const show = (more: object) =>
    withFigures("<!-- figures bench-platformer --><!-- /figures -->", () => ({
      command: "npm run -s bench:platformer",
      machine: "a machine",
      date: "2026-01-01",
      revision: "abc",
      result: { results: [{ ...speeds, framesPerSecond: { expert: 9000 }, ...more }] },
    }));
  expect(show({ solved }).split("\n").slice(2, 8)).toEqual([
    "|  | easy |",
    "| --- | --: |",
    "| steps/s, rules alone | 1,230,000 |",
    "| steps/s, with pictures | 34,600 |",
    "| frames/s, played by: expert | 9,000 |",
    "| test levels solved by: expert | 97.0 % [91.5 %, 99.0 %] of 100 |",
  ]);
  expect(show({})).not.toContain("solved");
});

test("what nobody has measured yet is said to be so", () => {
  const shown = withFigures("<!-- figures ablate-actions --><!-- /figures -->", () => null);
  expect(shown).toBe("<!-- figures ablate-actions -->\n\nNot measured yet.\n\n<!-- /figures -->");
});

test("a benchmark is a table of scores, one of returns, and profiles, which are drawn", async () => {
  const run = (agent: string, seed: number, meanReturn: number): RunResult => ({
    agent,
    task: "t",
    seed,
    status: "done",
    returns: [meanReturn],
    lengths: [1],
    meanReturn,
    curve: [],
    trainSteps: agent === "random" ? 0 : 100,
    trainSeconds: 0.1,
    evaluationSteps: 10,
    evaluationSeconds: 0.5,
    actMilliseconds: { p50: 1, p95: 1 },
    stepMilliseconds: { p50: 1, p95: 1 },
    peakMemoryMB: 1,
    video: null,
  });
  const results = [0, 1].flatMap((seed) => [run("random", seed, seed), run("mine", seed, 2 + seed)]);
  const config = {
    agents: ["mine"],
    worlds: ["t"],
    seeds: 2,
    steps: 100,
    episodes: 1,
    horizon: 1,
    deterministic: true,
  };
  const tasks = [{ name: "t", rewardThreshold: null }];
  const summary = summarise(results, { agents: ["random", "mine"], tasks, seed: 0, resamples: 50 });
  const result = { config, summary, speeds: speedRows(results) };
  const measured = { command: "npx x", machine: "a machine", date: "2026-01-01", revision: "abc", result };
  const shown = withFigures("<!-- figures benchmark-platformer --><!-- /figures -->", () => measured);
  expect(shown).toMatch(/^\| mine \| 1\.00 \[0\.\d+, 1\.\d+\] \| .* \| 1\.00 \[1\.00, 1\.00\] \| 1,000 \| 20 \|$/m);
  expect(shown).toMatch(/^\| random \| 0\.00 .* \|  \|  \| 20 \|$/m);
  expect(shown).toContain("| mine | 2.5 [2.0, 3.0] |\n| scores 0 and 1 are | 0.5 and 2.5 (best) |");
  expect(shown).toContain("2 seeds, 100 steps to learn from, 1 episodes of each run.\nIntervals of a single task");
  expect(shown).toContain("](benchmark-platformer.svg)");
  const folder = temporaryFolder();
  await drawFigures(folder, (name) => (name === "benchmark-platformer" ? measured : null));
  expect(readdirSync(folder).toSorted()).toEqual(["benchmark-platformer.png", "benchmark-platformer.svg"]);
});

test("a scaling study is a table below its plots, which are drawn", async () => {
  const size = { size: "1x32x2", batchSize: 4, parameters: 2e5, steps: 9, tokens: 4e4, flops: 3e9, seconds: 60 };
  const run = { ...size, loss: 1.5, curve: [[1e4, 3]] };
  const result = { sizes: [run], batches: [run], lossOverParameters: null, lossOverFlops: null };
  const measured = { command: "npx x", machine: "a machine", date: "2026-01-01", revision: "abc", result };
  const shown = withFigures("<!-- figures scale --><!-- /figures -->", () => measured);
  expect(shown).toMatch(/!\[.*\]\(scale\.svg\)[^]*\| 1x32x2 \| 4 \| 0\.200M \|/);
  const folder = temporaryFolder();
  await drawFigures(folder, (name) => (name === "scale" ? measured : null));
  expect(readdirSync(folder).toSorted()).toEqual(["scale.png", "scale.svg"]);
});

test("clones of one number of labels are dots, and agents without labels cross the whole plot", async () => {
  const folder = temporaryFolder();
  const measured = readMeasurement("reproduce-bc");
  expect.assert(measured);
  const { summary, ...rest } = measured.result as { readonly summary: readonly { readonly labels: number | null }[] };
  const result = { ...rest, summary: summary.filter(({ labels }) => labels === null || labels === 200) };
  await drawFigures(folder, (name) => (name === "reproduce-bc" ? { ...measured, result } : null));
  const svg = readFileSync(join(folder, "reproduce-bc-easy.svg"), "utf8");
  const [, left, width] = /<rect x="(\d+)" [^>]*width="(\d+)" height="\d+"\/><\/clipPath>/.exec(svg) ?? [];
  const levels = Array.from(svg.matchAll(/d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)" [^>]*dasharray/g));
  expect(levels.map(([, from, , to]) => [Number(from), Number(to)])).toEqual(
    Array.from({ length: 2 }, () => [Number(left), Number(left) + Number(width)]),
  );
  // One dot for each kind of clone, whatever was measured.
  expect(svg.match(/<circle/g)).toHaveLength(result.summary.filter(({ labels }) => labels !== null).length);
  await drawFigures(folder, (name) => (name === "reproduce-bc" ? measured : null));
  const all = readFileSync(join(folder, "reproduce-bc-easy.svg"), "utf8");
  expect(all).toBe(readFileSync(join(FIGURES, "../reproduce-bc-easy.svg"), "utf8"));
});

test("an evaluation shows what it knows, and no row for what it does not", () => {
  const measured = readMeasurement("eval-supertux");
  const known = { effectAccuracy: 0.9, effectCi95: [0.85, 0.95], effectConstant: 0.5, effectNmi: 0.6, effectSteps: 99 };
  const result = measured?.result as { readonly actions: object };
  const heads = { reward: { averagePrecision: 0.75, positives: 3, steps: 40 }, end: null };
  const more = {
    ...result,
    actions: { ...result.actions, ...known },
    drift: { ratio: 1.5, ci95: [1.2, 1.8], rollOuts: 16 },
    heads,
  };
  const show = (one: unknown) =>
    withFigures("<!-- figures eval-x --><!-- /figures -->", () => measured && { ...measured, result: one });
  expect(show({ ...result, drift: null, heads: null })).not.toMatch(/effect|head|Fréchet/);
  expect(show(more)).toMatch(
    /effect accuracy .* 0\.900 \[0\.850, 0\.950\][^]*1-20, 16 roll-outs \[95 %\] \| 1\.50 \[1\.20, 1\.80\][^]*reward head.* 0\.750/,
  );
  expect(show(more)).not.toContain("end head");
});
