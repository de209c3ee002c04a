import { runKey, type BenchmarkRun, type RunResult } from "./result.ts";

/** Does one run, wherever that may be. It rejects with why a run failed. */
export type Execute = (run: BenchmarkRun, signal: AbortSignal) => Promise<Extract<RunResult, { status: "done" }>>;

/** How runs are done. */
export type RunAllOptions = {
  readonly execute: Execute;
  /** Runs side by side. Default 1. */
  readonly workers?: number;
  /** Control-C: no run is begun after it, and those under way are no results. */
  readonly signal?: AbortSignal;
  /** Called after each run, in the order in which they end. */
  readonly onResult: (result: RunResult) => Promise<void> | void;
};

/** Every agent on every task from each of `numSeeds` seeds, a seed of all before the next: what is stopped is fair. */
export function planRuns(agents: readonly string[], tasks: readonly string[], numSeeds: number): BenchmarkRun[] {
  const seeds = Array.from({ length: numSeeds }, (_, seed) => seed);
  return seeds.flatMap((seed) => tasks.flatMap((task) => agents.map((agent) => ({ agent, task, seed }))));
}

/** The runs that have no result yet, or failed. */
export function missingRuns(runs: readonly BenchmarkRun[], results: readonly RunResult[]): BenchmarkRun[] {
  const done = new Set(results.filter(({ status }) => status === "done").map(runKey));
  return runs.filter((run) => !done.has(runKey(run)));
}

/** Does all runs; one that fails becomes a result, and the rest goes on. */
export async function runAll(
  runs: readonly BenchmarkRun[],
  { execute, workers = 1, signal = new AbortController().signal, onResult }: RunAllOptions,
): Promise<void> {
  const queue = runs.values();
  const work = async (): Promise<void> => {
    for (const run of queue) {
      if (signal.aborted) return;
      const result = await attempt(run, execute, signal);
      if (result !== null) await onResult(result);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
}

/** Null for a run that was stopped. */
async function attempt(run: BenchmarkRun, execute: Execute, signal: AbortSignal): Promise<RunResult | null> {
  try {
    return await execute(run, signal);
  } catch (error) {
    if (signal.aborted) return null;
    return { ...run, status: "failed", error: error instanceof Error ? error.message : String(error) };
  }
}
