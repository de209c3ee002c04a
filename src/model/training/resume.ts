import { ConfigError } from "../../core/errors.ts";
import type { GenieConfig } from "../genie.ts";
import type { RunPlan, RunState } from "./run-state.ts";

/** What is asked of a run that goes on. */
export type ResumeRequest = RunPlan & {
  readonly genie: GenieConfig;
  readonly seed: number;
  readonly heldOut: readonly string[];
};

/**
 * A run goes on as it began: only its steps or minutes may grow, as long as it is not finished.
 * @throws ConfigError that names the option which differs.
 */
export function expectSameRun({ position }: RunState, asked: ResumeRequest): void {
  expectSame("--seed", position.seed, asked.seed);
  expectSame("--hold-out", position.heldOut.toSorted(), asked.heldOut.toSorted());
  expectSame("--size", [position.genie.width, position.genie.height], [asked.genie.width, asked.genie.height]);
  expectSame("--fps", position.genie.fps, asked.genie.fps);
  expectSame("--set genie", position.genie, asked.genie);
  if (!position.plan) return;
  expectSamePlan(position.plan, asked);
  if (position.stage === "done") expectNoMore(position.plan, asked);
}

function expectSamePlan(began: RunPlan, asked: RunPlan): void {
  expectSame("--from", began.from, asked.from);
  expectSame("--preset", began.preset, asked.preset);
  expectSame("--name", began.name, asked.name);
  const { steps, ...config } = began.config;
  const { steps: askedSteps, ...askedConfig } = asked.config;
  expectSame("--set training", config, askedConfig);
  if (began.curation) expectSame("--set curation", began.curation, asked.curation);
  for (const [i, count] of steps.entries()) expectNoLess("--steps", count, askedSteps[i] ?? 0);
  if ((began.minutes === undefined) !== (asked.minutes === undefined)) {
    throw new ConfigError("--minutes: a run must go on by the clock or by steps as it began - leave --minutes out");
  }
  expectNoLess("--minutes", began.minutes ?? 0, asked.minutes ?? 0);
}

/** The learning rate of a finished run has fallen to its end, and the optimiser's moments are gone. */
function expectNoMore(began: RunPlan, asked: RunPlan): void {
  const grown = began.config.steps.some((count, i) => (asked.config.steps[i] ?? 0) > count);
  if (!grown && (asked.minutes ?? 0) <= (began.minutes ?? 0)) return;
  throw new ConfigError(
    `${grown ? "--steps" : "--minutes"}: may only lengthen a run that is not finished - begin another with --from its world`,
  );
}

function expectSame(option: string, began: unknown, asked: unknown): void {
  const [wanted, got] = [began, asked].map((value) => JSON.stringify(value) ?? "nothing");
  if (wanted === got) return;
  throw new ConfigError(`${option}: must be what the run began with, ${wanted}, got ${got} - leave it out to --resume`);
}

function expectNoLess(option: string, began: number, asked: number): void {
  if (asked >= began) return;
  throw new ConfigError(`${option}: may only lengthen a run, from ${began}, got ${asked} - leave it out to --resume`);
}
