import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FinishedRun, RunResult } from "../../agents/benchmark/result.ts";
import type { BenchmarkSummary, TaskRow, TaskScale } from "../../agents/benchmark/summary.ts";
import type { Estimate } from "../../metrics/aggregate.ts";
import { counted } from "../../core/counted.ts";
import { escapeXml } from "../charts/index.ts";
import { runFolder } from "./child.ts";
import type { BenchmarkConfig } from "./config.ts";
import { curveCharts, iqmChart, profileChart, scoreCharts } from "./figures.ts";
import { noScore } from "./no-score.ts";
import { fixed } from "./numbers.ts";
import type { Machine } from "../machine.ts";
import { speedRows, type SpeedRow } from "./speeds.ts";

/** All that the report shows. */
export type Report = {
  readonly out: string;
  readonly config: BenchmarkConfig;
  readonly machines: readonly Machine[];
  readonly results: readonly RunResult[];
  readonly summary: BenchmarkSummary;
  /** Runs that are still to come. */
  readonly missing: number;
};

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1320px; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff }
table { border-collapse: collapse; margin: 1rem 0 } th, td { padding: .3rem .7rem; border-bottom: 1px solid #ddd; text-align: right }
td { white-space: nowrap } th:first-child, td:first-child, td.text { text-align: left } .charts { display: flex; flex-wrap: wrap; gap: 1rem }
figure { margin: 0; display: inline-block } figcaption { font-size: 13px } img { image-rendering: pixelated; min-width: 192px }
.note { color: #555 } pre { white-space: pre-wrap }`;

/** The report as one HTML file, which needs no other file and no network. */
export async function htmlReport(report: Report): Promise<string> {
  const sections = [
    introduction(report),
    section("All tasks together", overallTable(report.summary) + charts([iqmChart, profileChart], report.summary)),
    section("Probability of improvement", improvementTable(report.summary)),
    section("Task by task", taskTable(report.summary) + figures(scoreCharts(report.summary))),
    section("Learning curves", learningCurves(report)),
    section("First evaluation episodes", await videos(report)),
    section("Speed and memory", speedTable(report.results)),
    section("Failed runs", failures(report.results)),
    section("How this was made", provenance(report)),
  ];
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>genie-env benchmark</title><style>${STYLE}</style></head><body>${sections.join("\n")}</body></html>\n`;
}

function section(title: string, content: string): string {
  return content === "" ? "" : `<h2>${escapeXml(title)}</h2>${content}`;
}

function figures(svgs: readonly string[]): string {
  return svgs.length === 0 ? "" : `<div class="charts">${svgs.join("")}</div>`;
}

function charts(makers: readonly ((summary: BenchmarkSummary) => string | null)[], summary: BenchmarkSummary): string {
  return figures(makers.flatMap((make) => make(summary) ?? []));
}

function learningCurves({ results, summary, config }: Report): string {
  const drawn = figures(curveCharts(results, summary, config.seeds));
  const note =
    "<p class=note>What agents reported while they learnt, mostly with actions drawn: means over seeds, of neighbouring points " +
    "where there are many. An agent that reports nothing, as bc, or a single point has no curve.</p>";
  return drawn === "" ? "" : note + drawn;
}

function introduction({ config, results, summary, missing }: Report): string {
  const failed = results.filter(({ status }) => status === "failed").length;
  const state = missing > 0 ? `<p><b>${missing} runs are still to come</b>: go on with --resume.</p>` : "";
  const judged = `${config.episodes} episodes with ${config.deterministic ? "the likeliest" : "drawn"} actions`;
  return [
    "<h1>genie-env benchmark</h1>",
    `<p>${summary.agents.length} agents, ${results.length} runs (${failed} failed) from ${counted(config.seeds, "seed")} each; `,
    `${config.steps.toLocaleString("en")} steps to learn from, then ${judged}, in environments of their own.</p>`,
    "<p class=note>A score is (return - random agent's) / (reference - random agent's), both of which are taken as exact. In ",
    "brackets, and drawn as bars and bands: 95 % of bootstrap resamples of the runs, those of each task by themselves. Over all ",
    "tasks that is rliable's stratified bootstrap; IQM is the mean of the middle half of all scores (Agarwal et al. 2021).</p>",
    state,
    ...summary.warnings.map((warning) => `<p><b>Note:</b> ${escapeXml(warning)}</p>`),
  ].join("");
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[], tag: string) =>
    row.map((cell) => `<${tag}>${escapeXml(cell)}</${tag}>`).join("");
  const body = rows.map((row) => `<tr>${cells(row, "td")}</tr>`).join("");
  return `<table><thead><tr>${cells(header, "th")}</tr></thead><tbody>${body}</tbody></table>`;
}

function overallTable({ agents, scales }: BenchmarkSummary): string {
  const header = ["agent", "IQM", "mean", "median", "optimality gap", "runs", "failed"];
  const rows = agents.map(({ agent, overall, runs, failed }) => {
    const numbers = overall && [overall.iqm, overall.mean, overall.median, overall.optimalityGap];
    const shown = numbers?.map(estimate) ?? [noScore({ scales }), "", "", ""];
    return [agent, ...shown, String(runs), String(failed)];
  });
  return table(header, rows);
}

function improvementTable({ agents }: BenchmarkSummary): string {
  const complete = agents.filter(({ overall }) => overall !== null);
  if (complete.length < 2) return "";
  const rows = complete.map(({ agent, overall }) => [
    agent,
    ...complete.map(({ agent: other }) => {
      const improvement = overall?.improvement[other];
      return improvement ? estimate(improvement) : "";
    }),
  ]);
  const note =
    "<p class=note>How likely a run of the row's agent scores higher than one of the column's on a task.</p>";
  return note + table(["", ...complete.map(({ agent }) => agent)], rows);
}

function taskTable({ tasks, scales }: BenchmarkSummary): string {
  const rows = tasks.map(({ agent, task, returns, scores }) => {
    const scale = scales.find((one) => one.task === task);
    const { mean: value, low, high } = returns;
    return [
      task,
      agent,
      estimate({ value, low, high }),
      scores === null || scale === undefined ? "" : estimate(scored(returns, scale)),
      scale ? `0 = ${number(scale.random)}, 1 = ${number(scale.reference)} (${scale.referenceIs})` : "",
    ];
  });
  return table(["task", "agent", "return", "score", "scale"], rows);
}

/** The mean score: a scale is taken as exact, so that its interval is that of the returns. */
function scored({ mean: value, low, high }: TaskRow["returns"], { random, reference }: TaskScale): Estimate {
  const score = (of: number) => (of - random) / (reference - random);
  return { value: score(value), low: score(low), high: score(high) };
}

/** One film per agent and task: the lowest seed's. */
async function videos({ out, results }: Report): Promise<string> {
  const shown = new Map<string, FinishedRun>();
  for (const result of results) {
    if (result.status !== "done" || result.video === null) continue;
    const known = shown.get(`${result.task} ${result.agent}`);
    if (known === undefined || known.seed > result.seed) shown.set(`${result.task} ${result.agent}`, result);
  }
  const films = [...shown.values()].toSorted((a, b) => a.task.localeCompare(b.task));
  const parts = await Promise.all(films.map((run) => film(out, run)));
  return figures(parts);
}

async function film(out: string, run: FinishedRun): Promise<string> {
  const path = join(runFolder(out, run), run.video ?? "");
  if (!existsSync(path)) return "";
  const data = (await readFile(path)).toString("base64");
  const caption = escapeXml(`${run.agent} on ${run.task}, seed ${run.seed}: return ${number(run.returns[0] ?? 0)}`);
  return `<figure><img alt="${caption}" src="data:image/webp;base64,${data}"><figcaption>${caption}</figcaption></figure>`;
}

function speedTable(results: readonly RunResult[]): string {
  const range = ({ p50, p95 }: SpeedRow["actMilliseconds"]) => `${short(p50)} / ${short(p95)}`;
  const rows = speedRows(results).map(({ agent, task, learning, ...row }) => [
    agent,
    task,
    ...(learning === null ? ["", "", ""] : [learning.steps, learning.stepsPerSecond, learning.seconds].map(number)),
    number(row.evaluationStepsPerSecond),
    range(row.actMilliseconds),
    range(row.stepMilliseconds),
    number(row.peakMemoryMB),
  ]);
  const header = [
    "agent",
    "task",
    "learning steps",
    "learning steps/s",
    "learning s",
    "evaluation steps/s",
    "act ms p50 / p95",
    "step ms p50 / p95",
    "peak memory MB",
  ];
  const note = "<p class=note>Medians over seeds. Evaluation steps/s counts resets and choosing, but no filming.</p>";
  return rows.length === 0 ? "" : note + table(header, rows);
}

function failures(results: readonly RunResult[]): string {
  const failed = results.filter((result) => result.status === "failed");
  return failed
    .map(({ agent, task, seed, error }) => {
      return `<p>${escapeXml(`${agent} on ${task}, seed ${seed}`)}</p><pre>${escapeXml(error)}</pre>`;
    })
    .join("");
}

function provenance({ config, machines }: Report): string {
  const line = (machine: Machine) =>
    [
      `genie-env ${machine.package}`,
      `revision ${machine.revision ?? "unknown"}`,
      ...Object.entries(machine.libraries).map(([name, version]) => `${name} ${version}`),
      `Node ${machine.node}`,
      `on ${counted(machine.cores, "core")} of ${machine.cpu}`,
      `${machine.memoryGB} GB`,
      machine.platform,
    ].join(", ");
  return `${machines.map((machine) => `<p>${escapeXml(line(machine))}</p>`).join("")}<pre>${escapeXml(JSON.stringify(config, null, 2))}</pre>`;
}

function estimate({ value, low, high }: Estimate): string {
  return `${number(value)} [${number(low)}, ${number(high)}]`;
}

/** What may be far below 1, as microseconds are in milliseconds. */
function short(value: number): string {
  return value > 0 && value < 0.1 ? String(Number(value.toPrecision(2))) : number(value);
}

function number(value: number): string {
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en");
  return fixed(value, size >= 100 ? 0 : size >= 10 ? 1 : 2);
}
