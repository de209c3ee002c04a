import { createEngine } from "../compute/create-engine.ts";
import { parseOptions } from "../core/options.ts";
import { MaskGITConfig } from "../model/maskgit.ts";
import { parseChanges } from "./changes.ts";
import { measureSpeed, SPEED_PLAN, type Rate, type SpeedPlan, type SpeedReport } from "./speed-report.ts";

/** Options of `genie-env speed`, as the command line gives them. */
export type SpeedOptions = {
  readonly json?: boolean;
  readonly engine?: string;
  readonly precision?: string;
  readonly threads?: number;
  /** `sampling.option=json` in place of what is measured by default. */
  readonly set?: readonly string[];
  /** All that trades quality for speed: products in 8-bit integers, and half as many refinement steps. */
  readonly fast?: boolean;
};

/**
 * Measures how fast this machine plays and trains worlds, and prints it.
 * @throws ConfigError for an engine, precision or way of sampling that is not known, BackendError for an engine that is not
 * installed.
 */
export async function speed(options: SpeedOptions): Promise<void> {
  const { json, engine, precision, threads, plan } = speedPlan(options);
  const report = await measureSpeed(await createEngine(engine, { precision, threads }), plan);
  console.log(json ? JSON.stringify(report, null, 2) : formatSpeed(report));
}

/** What these options ask to measure, and on what. */
export function speedPlan({ fast = false, set = [], ...options }: SpeedOptions): SpeedOptions & { plan: SpeedPlan } {
  const { genie } = SPEED_PLAN;
  const steps = fast ? genie.sampling.steps / 2 : genie.sampling.steps;
  const asked = { ...genie.sampling, steps, ...parseChanges(set, ["sampling"])["sampling"] };
  const sampling = parseOptions(MaskGITConfig, asked, "speed");
  const precision = options.precision ?? (fast ? "int8" : "float32");
  return { ...options, precision, plan: { ...SPEED_PLAN, genie: { ...genie, sampling } } };
}

/** The report as a table for people. */
export function formatSpeed({ engine, precision, steps, rollout, train, peakGflops }: SpeedReport): string {
  const row = (what: string, { fps, gflops }: Rate) =>
    `${what.padEnd(30)}${fps.toFixed(1).padStart(10)}${gflops.toFixed(1).padStart(10)}${share(gflops, peakGflops)}`;
  return [
    `engine ${engine}, ${precision}, ${steps} refinement steps; the fastest float32 product reaches ` +
      `${peakGflops.toFixed(0)} GFLOP/s`,
    `${"".padEnd(30)}${"frames/s".padStart(10)}${"GFLOP/s".padStart(10)}${"of peak".padStart(9)}`,
    ...rollout.map(({ numEnvs, ...rate }) => row(`play, ${numEnvs} environment${numEnvs > 1 ? "s" : ""}`, rate)),
    row("train an ST-transformer", train),
  ].join("\n");
}

function share(gflops: number, peak: number): string {
  return `${((100 * gflops) / peak).toFixed(0)} %`.padStart(9);
}
