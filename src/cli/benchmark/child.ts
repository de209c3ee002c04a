import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { runName, RunResult, type BenchmarkRun, type FinishedRun } from "../../agents/benchmark/result.ts";
import { writeFileAtomically } from "../../core/atomic-file.ts";
import { ORDER_FILE, RESULT_FILE, type BenchmarkConfig } from "./config.ts";

/** The end of what a process that failed had to say. */
const MAX_REASON = 2000;

/** The longest that a timer waits, in milliseconds: 24 days. */
const MAX_TIMER = 2 ** 31 - 1;

/** What stops a run: Control-C, and the minutes that it may take. */
export type RunLimits = { readonly signal: AbortSignal; readonly minutes?: number | undefined };

/** The folder of a run's files. */
export function runFolder(out: string, run: BenchmarkRun): string {
  return join(out, "runs", runName(run));
}

/**
 * Does a run in a process of its own, so that one that dies takes nothing with it and the memory measured is its own.
 * Rejects with what the process said last, or with the minutes that it took too long.
 */
export async function runInProcess(
  out: string,
  config: BenchmarkConfig,
  run: BenchmarkRun,
  limits: RunLimits,
): Promise<FinishedRun> {
  const folder = runFolder(out, run);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(join(folder, ORDER_FILE), `${JSON.stringify({ run, config }, null, 2)}\n`);
  await untilExit(["benchmark-run", folder, "--attached"], limits);
  const path = join(folder, RESULT_FILE);
  // A process that fails says so by its status; one that ends like this was ended from within.
  if (!existsSync(path))
    throw new Error("the process ended before the run was over: the agent, or what it uses, called process.exit");
  const result = RunResult.parse(JSON.parse(await readFile(path, "utf8")));
  if (result.status === "done") return result;
  throw new Error(result.error);
}

/** Runs this command anew with other arguments. */
function untilExit(args: readonly string[], { signal, minutes }: RunLimits): Promise<void> {
  const late = minutes === undefined ? null : AbortSignal.timeout(Math.min(MAX_TIMER, Math.ceil(minutes * 60_000)));
  const launcher = process.argv[1] ?? "";
  const child = spawn(process.execPath, [...process.execArgv, launcher, ...args], {
    // Its input ends when this process does, however that may be.
    stdio: ["pipe", "ignore", "pipe"],
    signal: late === null ? signal : AbortSignal.any([signal, late]),
    // There is nothing to save in a run that is stopped, and an agent may not listen.
    killSignal: "SIGKILL",
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-MAX_REASON);
  });
  return new Promise((resolve, reject) => {
    child.on("error", (error) => {
      const isLate = late?.aborted === true && !signal.aborted;
      reject(isLate ? new Error(`the run took more than ${minutes} minutes, and was ended (--run-minutes)`) : error);
    });
    child.on("close", (code, killedBy) => {
      if (code === 0) resolve();
      else reject(new Error(reasonOf(said.trim(), code, killedBy)));
    });
  });
}

/** Node's exit status where nothing is left to do while the program still waits for something. */
const WAITS_FOR_NOTHING = 13;

/** Why a process failed: what it said last, or what its status means. */
function reasonOf(said: string, code: number | null, killedBy: NodeJS.Signals | null): string {
  if (code === WAITS_FOR_NOTHING) {
    return [said, "the agent (or its environment) waits for a promise that nothing settles"].filter(Boolean).join("\n");
  }
  return said || `the process ended with ${killedBy ?? `status ${code}`}, and said nothing`;
}
