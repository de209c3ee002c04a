import { join } from "node:path";
import { missingRuns, planRuns, runAll } from "../agents/benchmark/run-all.ts";
import { runKey, type BenchmarkRun, type RunResult } from "../agents/benchmark/result.ts";
import { summarise, type BenchmarkSummary } from "../agents/benchmark/summary.ts";
import type { BenchmarkTask } from "../agents/benchmark/run-one.ts";
import { writeFileAtomically } from "../core/atomic-file.ts";
import { counted } from "../core/counted.ts";
import { ConfigError } from "../core/errors.ts";
import { parseOptions } from "../core/options.ts";
import { createProgress } from "../core/progress.ts";
import { findVideos } from "../data/find-videos.ts";
import { hasScript } from "../games/scripted.ts";
import { agentName, findAgent } from "./benchmark/agents.ts";
import { runInProcess } from "./benchmark/child.ts";
import { BenchmarkConfig } from "./benchmark/config.ts";
import { appendResult, openFolder, readResults } from "./benchmark/folder.ts";
import { describeMachine } from "./machine.ts";
import { fixed } from "./benchmark/numbers.ts";
import { htmlReport } from "./benchmark/report.ts";
import { speedRows } from "./benchmark/speeds.ts";
import { noScore } from "./benchmark/no-score.ts";
import { runsTable, scoresTable } from "./benchmark/tables.ts";
import { expectRewards, tasksOf } from "./benchmark/tasks.ts";
import { expectTrainingLevels } from "./recordings.ts";
import { INTERRUPTED, untilSignal } from "./until-signal.ts";

/** Options of `genie-env benchmark`. */
export type BenchmarkCommand = {
  readonly agents: string;
  readonly worlds: string;
  readonly seeds: number;
  readonly steps: number;
  readonly episodes: number;
  readonly horizon: number;
  readonly stochastic?: boolean;
  readonly goal?: string;
  readonly reward?: string;
  readonly engine?: string;
  readonly demonstrations?: string;
  readonly workers: number;
  readonly runMinutes?: number;
  readonly resume?: boolean;
  readonly resamples: number;
  readonly json?: boolean;
  readonly out: string;
};

/** Who scores 0 and 1 takes part always. */
const REFERENCES = ["random", "scripted"] as const;
const ALL_FAILED = 1;

/**
 * Runs agents on worlds from several seeds, each run in a process of its own, and writes what came of it: `runs.jsonl`,
 * `runs.csv`, `scores.csv`, `summary.json` and `report.html`. A run that fails is recorded, and the rest goes on.
 * Exit status 1 where no run came to its end, 130 where some are still to come.
 * @throws ConfigError for agents, worlds, a reward or a folder that do not fit, or video of test levels; DataError for no videos or a goal that is no
 * picture, before anything runs.
 */
export async function benchmark(command: BenchmarkCommand, version: string): Promise<void> {
  await import("../built-in-envs.ts");
  const config = configOf(command);
  if (command.runMinutes === 0)
    throw new ConfigError("--run-minutes: must be above 0, got 0 - leave it out for no limit");
  if (config.demonstrations !== undefined) {
    await expectTrainingLevels("demonstrations", await findVideos(config.demonstrations));
  }
  const tasks = tasksOf(config.worlds, config);
  await expectRewards(config);
  const names = await agentNames(config, tasks);
  const { out, workers } = command;
  const { machines } = await openFolder(out, config, await describeMachine(version), command.resume ?? false);
  const runs = plannedRuns(names, tasks, config.seeds);
  const results = (await readResults(out)).filter((result) => runs.some((run) => isSameRun(run, result)));
  const todo = missingRuns(runs, results);
  using progress = createProgress({ total: runs.length, label: "benchmark", start: runs.length - todo.length });
  await untilSignal((signal) =>
    runAll(todo, {
      workers,
      signal,
      execute: (run, aborted) => runInProcess(out, config, run, { signal: aborted, minutes: command.runMinutes }),
      onResult: async (result) => {
        await appendResult(out, result);
        keep(results, result);
        progress.update(runs.length - missingRuns(runs, results).length, { run: `${result.agent} ${result.task}` });
      },
    }),
  );
  progress.finish();
  const missing = runs.filter((run) => !results.some((result) => isSameRun(run, result))).length;
  const summary = summarise(results, {
    agents: names,
    tasks,
    seed: 0,
    steps: config.steps,
    resamples: command.resamples,
  });
  await writeReport(out, {
    results,
    summary,
    html: await htmlReport({ out, config, machines, results, summary, missing }),
  });
  if (command.json) console.log(JSON.stringify({ config, summary, speeds: speedRows(results) }, null, 2));
  else tell(out, { results, summary, missing });
  process.exitCode = statusOf(results, missing);
}

function statusOf(results: readonly RunResult[], missing: number): number {
  if (missing > 0) return INTERRUPTED;
  return results.some(({ status }) => status === "done") ? 0 : ALL_FAILED;
}

function configOf(command: BenchmarkCommand): BenchmarkConfig {
  const { seeds, steps, episodes, horizon, goal, reward, engine, demonstrations } = command;
  const agents = [...new Set([...REFERENCES, ...listOf("agents", command.agents)])];
  const worlds = [...new Set(listOf("worlds", command.worlds))];
  const deterministic = command.stochastic !== true;
  const given = {
    agents,
    worlds,
    seeds,
    steps,
    episodes,
    horizon,
    deterministic,
    goal,
    reward,
    engine,
    demonstrations,
  };
  return parseOptions(BenchmarkConfig, JSON.parse(JSON.stringify(given)), "benchmark");
}

function listOf(option: string, text: string): string[] {
  const parts = text.split(",").map((part) => part.trim());
  if (!parts.includes("")) return parts;
  throw new ConfigError(`--${option}: must be names with commas between them, got ${JSON.stringify(text)}`);
}

/** Loads each agent once, so that one that is not there is told before anything runs. */
async function agentNames({ agents }: BenchmarkConfig, tasks: readonly BenchmarkTask[]): Promise<string[]> {
  const names = agents.map(agentName);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined)
    throw new ConfigError(`--agents: names must differ, got ${twice} twice - export it as another`);
  for (const agent of agents) await findAgent(agent, tasks[0]?.name ?? "");
  return names.filter((name) => name !== "scripted" || tasks.some((task) => isScripted(task.name)));
}

function plannedRuns(names: readonly string[], tasks: readonly BenchmarkTask[], seeds: number): BenchmarkRun[] {
  const all = planRuns(
    names,
    tasks.map(({ name }) => name),
    seeds,
  );
  return all.filter(({ agent, task }) => agent !== "scripted" || isScripted(task));
}

function isScripted(task: string): boolean {
  return hasScript(task.split(":")[0] ?? task);
}

function isSameRun(a: BenchmarkRun, b: BenchmarkRun): boolean {
  return runKey(a) === runKey(b);
}

/** A run that was tried again has its newer result only. */
function keep(results: RunResult[], result: RunResult): void {
  const known = results.findIndex((one) => isSameRun(one, result));
  if (known < 0) results.push(result);
  else results[known] = result;
}

type Written = { readonly results: readonly RunResult[]; readonly summary: BenchmarkSummary; readonly html: string };

async function writeReport(out: string, { results, summary, html }: Written): Promise<void> {
  await writeFileAtomically(join(out, "runs.csv"), runsTable(results));
  await writeFileAtomically(join(out, "scores.csv"), scoresTable(summary));
  await writeFileAtomically(join(out, "summary.json"), `${JSON.stringify(summary, null, 2)}\n`);
  await writeFileAtomically(join(out, "report.html"), html);
}

type Told = Pick<Written, "results" | "summary"> & { readonly missing: number };

function tell(out: string, { results, summary, missing }: Told): void {
  for (const { agent, overall, runs, failed } of summary.agents) {
    const iqm = overall?.iqm;
    const score = iqm ? `IQM ${fixed(iqm.value, 3)} [${fixed(iqm.low, 3)}, ${fixed(iqm.high, 3)}]` : noScore(summary);
    console.log(`${agent.padEnd(16)} ${score}, ${counted(runs, "run")}${failed > 0 ? `, ${failed} failed` : ""}`);
  }
  for (const result of results) if (result.status === "failed") console.log(describeFailure(result));
  for (const warning of summary.warnings) console.log(`Note: ${warning}`);
  console.log(`Report: ${join(out, "report.html")}`);
  if (missing > 0) console.log(`${missing} runs are missing; go on with the same command and --resume`);
}

/** The report has all that was said, such as a stack. */
function describeFailure({ agent, task, seed, error }: Extract<RunResult, { status: "failed" }>): string {
  return `${agent} on ${task}, seed ${seed}, failed: ${error.trim().split("\n", 1).join("")}`;
}
