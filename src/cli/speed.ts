import { createEngine } from "../compute/create-engine.ts";
import { measureSpeed, SPEED_PLAN, type Rate, type SpeedReport } from "./speed-report.ts";

/** Options of `genie-env speed`, as the command line gives them. */
export type SpeedOptions = { readonly json?: boolean; readonly engine?: string };

/**
 * Measures how fast this machine plays and trains worlds, and prints it.
 * @throws ConfigError for an engine that is not known, BackendError for one that is not installed.
 */
export async function speed({ json, engine }: SpeedOptions): Promise<void> {
  const report = await measureSpeed(await createEngine(engine), SPEED_PLAN);
  console.log(json ? JSON.stringify(report, null, 2) : formatSpeed(report));
}

/** The report as a table for people. */
export function formatSpeed({ engine, rollout, train, peakGflops }: SpeedReport): string {
  const row = (what: string, { fps, gflops }: Rate) =>
    `${what.padEnd(30)}${fps.toFixed(1).padStart(10)}${gflops.toFixed(1).padStart(10)}${share(gflops, peakGflops)}`;
  return [
    `engine ${engine}; the fastest matrix product reaches ${peakGflops.toFixed(0)} GFLOP/s`,
    `${"".padEnd(30)}${"frames/s".padStart(10)}${"GFLOP/s".padStart(10)}${"of peak".padStart(9)}`,
    ...rollout.map(({ numEnvs, ...rate }) => row(`play, ${numEnvs} environment${numEnvs > 1 ? "s" : ""}`, rate)),
    row("train an ST-transformer", train),
  ].join("\n");
}

function share(gflops: number, peak: number): string {
  return `${((100 * gflops) / peak).toFixed(0)} %`.padStart(9);
}
