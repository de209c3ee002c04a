import type { Engine, Executable } from "../../compute/engine.ts";
import { ConfigError } from "../../core/errors.ts";
import { float32, type HostTensors } from "../../core/host-tensor.ts";
import { createProgress, type ProgressOptions } from "../../core/progress.ts";
import type { Rng } from "../../core/rng.ts";
import type { RunLog } from "../../core/run-log.ts";
import { ADAMW_INPUTS, adamwInputs } from "../../nn/adamw.ts";
import { startingWith } from "../../nn/params.ts";
import { initTrainState, trainStep } from "../../nn/train-step.ts";
import { collapseAlarm } from "./collapse-alarm.ts";
import { learningRate } from "./schedule.ts";
import type { Stage, StageConfig } from "./stage.ts";

/** When a stage ends: after this many updates or seconds, whichever comes first. */
export type StageLimit = { readonly steps?: number | undefined; readonly seconds?: number | undefined };

/** What a stage is run with. */
export type StageRun = {
  readonly stage: Stage;
  readonly config: StageConfig;
  readonly limit: StageLimit;
  readonly engine: Engine;
  /** All parameters, and the moments of this stage if it was begun before. */
  readonly tensors: HostTensors;
  readonly start: { readonly step: number; readonly seconds: number };
  readonly rng: Rng;
  /** Frames uint8 [B, T, H, W, 3] of one step. */
  readonly sample: (rng: Rng) => Promise<Uint8Array>;
  readonly log: RunLog;
  readonly silent: boolean;
  /** Where the progress is shown; standard error when left out. */
  readonly stream?: ProgressOptions["stream"];
  readonly signal: AbortSignal;
  /** Called every `checkpointSeconds` and at the end, with all tensors. */
  readonly checkpoint: (done: StageProgress, tensors: HostTensors) => Promise<void>;
  readonly checkpointSeconds: number;
};

/** How far a stage is. */
export type StageProgress = { readonly step: number; readonly seconds: number; readonly isComplete: boolean };

const LOG_EVERY = 10;

/** Trains one stage until its limit or until the signal; returns how far it came and all tensors. */
export async function runStage(run: StageRun): Promise<{ done: StageProgress; tensors: HostTensors }> {
  const executable = await prepareStage(run);
  try {
    return await loop(run, executable);
  } finally {
    executable.close();
  }
}

function prepareStage({ stage, config, engine, tensors }: StageRun): Promise<Executable> {
  const learns = select(tensors, stage.learns);
  const fresh = initTrainState(learns);
  const begun = Object.fromEntries(Object.entries(tensors).filter(([name]) => name in fresh));
  return engine.prepare(trainStep(Object.keys(learns), stage.loss, config.optimiser), {
    name: `train ${stage.name}`,
    inputs: { ...stage.inputs, ...ADAMW_INPUTS },
    constants: select(tensors, stage.constants),
    state: { ...fresh, ...begun },
  });
}

async function loop(run: StageRun, executable: Executable): Promise<{ done: StageProgress; tensors: HostTensors }> {
  const { stage, config, limit, start, log, signal } = run;
  const began = performance.now() - start.seconds * 1000;
  const seconds = () => (performance.now() - began) / 1000;
  using progress = createProgress({
    ...scale(limit),
    start: progressUnits(limit, start),
    label: stage.name,
    silent: run.silent,
    ...(run.stream && { stream: run.stream }),
  });
  let step = start.step;
  let saved = seconds();
  const watchActions = stage.numActions === undefined ? null : collapseAlarm(stage.numActions);
  const framesPerStep = (stage.inputs["frames"]?.shape ?? []).slice(0, 2).reduce((a, b) => a * b, 1);
  const collect = async () => ({ ...run.tensors, ...(await executable.readState()) });
  let drawn = drawInputs(run, step + 1);
  while (shareDone(limit, step, seconds()) < 1 && !signal.aborted) {
    const share = shareDone(limit, step, seconds());
    step += 1;
    const optimiser = adamwInputs(config.optimiser, step, learningRate(config.schedule, step, share));
    const running = executable.run({ ...(await drawn), ...optimiser });
    // An engine that computes elsewhere leaves this thread free to read and draw what the next step is fed.
    drawn = drawInputs(run, step + 1);
    const outputs = await running;
    const fps = (framesPerStep * (step - start.step)) / (seconds() - start.seconds);
    expectFinite(stage.name, step, outputs);
    const usage = watchActions?.(outputs["actions"]?.data ?? []);
    if (usage?.warning) warn(run, usage.warning);
    const scalars = stage.summarise(outputs);
    if (step % LOG_EVERY === 0 || step === 1) log.scalars(step, { ...scalars, fps });
    progress.update(progressUnits(limit, { step, seconds: seconds() }), {
      ...shown({ ...scalars, ...(usage && { actionsInUse: usage.inUse }) }),
      fps: fps.toFixed(0),
      step,
    });
    if (seconds() - saved > run.checkpointSeconds) {
      await run.checkpoint({ step, seconds: seconds(), isComplete: false }, await collect());
      saved = seconds();
    }
    // Lets a signal and the progress bar's timer have their turn: a step of ONNX Runtime never yields.
    await new Promise((resolve) => setImmediate(resolve));
  }
  progress.finish();
  // Nothing is read any more once the run is over.
  await drawn.catch(() => {});
  const done = { step, seconds: seconds(), isComplete: !signal.aborted };
  const tensors = await collect();
  await run.checkpoint(done, tensors);
  return { done, tensors };
}

function warn({ stream = process.stderr, silent }: StageRun, message: string): void {
  if (!silent) stream.write(`\nwarning: ${message}\n`);
}

/** What a step is fed besides the optimiser's numbers: the same, whenever it is drawn. */
function drawInputs(run: StageRun, step: number): Promise<HostTensors> {
  const draw = async () => ({
    ...(await frameInputs(run, step)),
    ...run.stage.draw(run.rng.split(run.stage.name, step)),
  });
  const drawn = draw();
  // Whoever awaits it hears of an error; where the run ends before, nobody need.
  drawn.catch(() => {});
  return drawn;
}

async function frameInputs(run: StageRun, step: number): Promise<HostTensors> {
  const pixels = await run.sample(run.rng.split("clips", run.stage.name, step));
  return { frames: float32(new Float32Array(pixels), run.stage.inputs["frames"]?.shape ?? []) };
}

/** A gradient that is not finite has spoilt the parameters of this step already, so nothing of it may be saved. */
function expectFinite(stage: string, step: number, outputs: HostTensors): void {
  for (const name of ["loss", "gradientNorm"]) {
    const value = outputs[name]?.data[0] ?? Number.NaN;
    if (Number.isFinite(value)) continue;
    throw new ConfigError(`${stage}: ${name} must be finite, got ${value} at step ${step} - lower the learning rate`);
  }
}

/** The share of the stage that is done, in [0, 1]. */
function shareDone(limit: StageLimit, step: number, seconds: number): number {
  return Math.min(1, Math.max(step / (limit.steps ?? Infinity), seconds / (limit.seconds ?? Infinity)));
}

function scale(limit: StageLimit): { total: number } {
  return { total: limit.seconds === undefined ? (limit.steps ?? 0) : Math.round(limit.seconds) };
}

function progressUnits(limit: StageLimit, { step, seconds }: { step: number; seconds: number }): number {
  return limit.seconds === undefined ? step : Math.min(Math.round(seconds), Math.round(limit.seconds));
}

function shown(scalars: Readonly<Record<string, number>>): Record<string, string> {
  const entries = Object.entries(scalars).filter(([name]) => name !== "gradientNorm");
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Number.isInteger(value) ? `${value}` : value.toFixed(3)]),
  );
}

function select(tensors: HostTensors, prefixes: readonly string[]): HostTensors {
  const starts = prefixes.map((prefix) => `${prefix}.`);
  return startingWith(tensors, starts);
}
