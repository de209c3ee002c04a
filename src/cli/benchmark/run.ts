import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FinishedRun } from "../../agents/benchmark/result.ts";
import { runOne } from "../../agents/benchmark/run-one.ts";
import { writeFileAtomically } from "../../core/atomic-file.ts";
import { ConfigError } from "../../core/errors.ts";
import { openRunLog } from "../../core/run-log.ts";
import { writeAnimation } from "../../data/animation.ts";
import { untilSignal } from "../until-signal.ts";
import { agentName, findAgent } from "./agents.ts";
import { ORDER_FILE, RESULT_FILE, RunOrder, VIDEO_FILE } from "./config.ts";
import { tasksOf } from "./tasks.ts";

/** An episode of the evaluation that no environment ends is ended here. */
const MAX_EPISODE_STEPS = 10_000;

/**
 * Does the run that the folder's `run.json` orders, and leaves its `result.json`, learning curve and video there.
 * `attached`: it ends with whoever holds its standard input; else a run would go on when the benchmark was killed, and write
 * into the folder of one that resumes it.
 */
export async function benchmarkRun(
  folder: string,
  { attached = false }: { readonly attached?: boolean },
): Promise<void> {
  if (attached) {
    process.stdin.resume().once("end", () => process.kill(process.pid, "SIGKILL"));
    // An agent that waits for nothing is to be told as such.
    process.stdin.unref();
  }
  await import("../../built-in-envs.ts");
  const order = RunOrder.parse(JSON.parse(await readFile(join(folder, ORDER_FILE), "utf8")));
  const result = await untilSignal((signal) => measure(order, folder, signal));
  await writeFileAtomically(join(folder, RESULT_FILE), `${JSON.stringify(result)}\n`);
}

async function measure({ run, config }: RunOrder, folder: string, signal: AbortSignal): Promise<FinishedRun> {
  const task = tasksOf(config.worlds, config).find(({ name }) => name === run.task);
  const target = config.agents.find((agent) => agentName(agent) === run.agent);
  if (task === undefined || target === undefined) {
    throw new ConfigError(`benchmark: ${run.agent} on ${run.task} must be of this benchmark, got another`);
  }
  const agent = await findAgent(target, run.task);
  const { steps, episodes, deterministic } = config;
  const options = { steps, episodes, deterministic, maxEpisodeSteps: MAX_EPISODE_STEPS, signal };
  const { video, ...outcome } = await runOne(agent, task, run.seed, options);
  const log = openRunLog(folder);
  log.truncateAfter(-1);
  for (const { step, value } of outcome.curve) log.scalars(step, { "charts/episodic_return": value });
  if (video !== null) await writeAnimation(join(folder, VIDEO_FILE), video.frames, { fps: video.fps });
  return {
    ...run,
    status: "done",
    ...outcome,
    peakMemoryMB: process.resourceUsage().maxRSS / 1024,
    video: video === null ? null : VIDEO_FILE,
  };
}
