import { counted } from "../core/counted.ts";
import { ConfigError } from "../core/errors.ts";
import { profileStep, type StepProfile } from "./profile-report.ts";
import { unlessStopped } from "./until-signal.ts";

/** Options of `genie-env profile`, as the command line gives them. */
export type ProfileOptions = {
  readonly world?: string;
  readonly numEnvs: number;
  readonly steps: number;
  readonly threads?: number;
  readonly precision?: string;
  readonly json?: boolean;
};

/**
 * Measures where the time of one step goes, by ONNX Runtime's own profiler, and prints it.
 * @throws ConfigError for an unknown world or too many steps; CheckpointError for a damaged world.
 */
export async function profile({ json, ...plan }: ProfileOptions): Promise<void> {
  const { steps } = plan;
  if (steps > MOST_STEPS) {
    throw new ConfigError(
      `--steps: must be at most ${MOST_STEPS}, got ${steps} - the runtime's profiler keeps no more`,
    );
  }
  // The profiler's files must not stay behind.
  await unlessStopped("profile", async (signal) => {
    const report = await profileStep({ ...plan, signal });
    console.log(json ? JSON.stringify(report, null, 2) : formatProfile(report));
  });
}

/** The profiler drops what comes after a million events; a step of a large world has some thousand. */
const MOST_STEPS = 100;

/** Of the first column: the longest operator, SimplifiedLayerNormalization, fits. */
const WIDTH = 32;

/** The profile as a table for people: a section for each graph. */
export function formatProfile(report: StepProfile): string {
  const { world, numEnvs, steps, msPerStep, outsideMs, graphs } = report;
  const line = (what: string, ms: number, more: readonly string[] = []) =>
    [
      what.padEnd(WIDTH),
      ms.toFixed(3).padStart(11),
      `${((100 * ms) / msPerStep).toFixed(1)} %`.padStart(9),
      ...more,
    ].join("");
  return [
    `world ${world}, ${counted(numEnvs, "environment")}, mean of ${steps} steps of ${msPerStep.toFixed(3)} ms, profiler on`,
    `${"".padEnd(WIDTH)}${"ms a step".padStart(11)}${"of step".padStart(9)}${"runs".padStart(8)}${"GFLOP/s".padStart(9)}`,
    ...graphs.flatMap(({ graph, threads, ms, betweenMs, operators }) => [
      line(`${graph}${threads > 1 ? `, ${threads} threads` : ""}`, ms),
      ...operators.map(({ operator, ms: own, count, gflops }) =>
        line(`  ${operator}`, own, [
          count.toFixed(0).padStart(8),
          ...(gflops === null ? [] : [gflops.toFixed(1).padStart(9)]),
        ]),
      ),
      line("  between operators", betweenMs),
    ]),
    line("outside the graphs", outsideMs),
  ].join("\n");
}
