import { join } from "node:path";
import { createEngine } from "../../compute/create-engine.ts";
import { ConfigError } from "../../core/errors.ts";
import type { HostTensors } from "../../core/host-tensor.ts";
import { Rng } from "../../core/rng.ts";
import { openRunLog } from "../../core/run-log.ts";
import type { ClipStore } from "../../data/clip-store.ts";
import { saveWorld } from "../checkpoint.ts";
import { findMismatch } from "../../nn/params.ts";
import { genieParams, initGenie, setupGenie, type GenieConfig } from "../genie.ts";
import { provenanceOf, withAncestor, type Provenance, type RecordingSource } from "../provenance.ts";
import { expectSameRun } from "./resume.ts";
import { readRunState, saveRunState, type RunPlan, type RunState } from "./run-state.ts";
import { runStage, type StageLimit, type StageProgress } from "./run-stage.ts";
import { createStage, type StageName } from "./stage.ts";

/** What a training run is given. */
export type TrainOptions = RunPlan & {
  /** The run's folder: state, logs, and the world at the end. */
  readonly folder: string;
  /** The clips of the videos to train on, and of others. */
  readonly clips: ClipStore;
  /** The videos to train on and those to keep for evaluation, by name. */
  readonly training: readonly string[];
  readonly heldOut: readonly string[];
  /** The content hash of each video to train on (`hashVideo`): what a world must never be evaluated on. */
  readonly hashes?: readonly string[] | undefined;
  /** The recordings among the folders of the videos: the world names them instead of each of their videos. */
  readonly recordings?: readonly RecordingSource[] | undefined;
  readonly genie: GenieConfig;
  readonly seed: number;
  readonly engine?: string | undefined;
  /** Go on from the state in `folder`; the other options must be those that it began with (`expectSameRun`). */
  readonly resume: boolean;
  /** Parameters to start from instead of fresh ones (names and shapes as in the config). */
  readonly warmStart?: HostTensors | undefined;
  /** What the world was trained on that these come from: the new world remembers it too. */
  readonly ancestor?: Provenance | undefined;
  readonly signal: AbortSignal;
  readonly silent?: boolean | undefined;
  readonly checkpointSeconds?: number | undefined;
  /** Called whenever the state was saved: sample pictures are drawn here. */
  readonly onCheckpoint?: (state: RunState) => Promise<void>;
};

const STAGES: readonly StageName[] = ["tokenizer", "dynamics"];

/** Trains a world: the tokenizer first, then latent actions and dynamics together. Returns the run's last state. */
export async function trainGenie(options: TrainOptions): Promise<RunState> {
  const engine = await createEngine(options.engine);
  const store = options.clips.only(options.training);
  let state = await beginOrResume(options);
  while (state.position.stage !== "done" && !options.signal.aborted) {
    state = await trainStage(options, state, engine, store);
  }
  if (state.position.stage === "done") await writeWorld(options, state);
  return state;
}

async function trainStage(
  options: TrainOptions,
  state: RunState,
  engine: Awaited<ReturnType<typeof createEngine>>,
  store: ClipStore,
): Promise<RunState> {
  const { position } = state;
  const name = position.stage === "tokenizer" ? "tokenizer" : "dynamics";
  const config = options.config[name];
  const log = openRunLog(join(options.folder, "logs", name));
  log.truncateAfter(position.step);
  let current = state;
  await runStage({
    stage: createStage(name, position.genie, setupGenie(position.genie), config),
    config,
    limit: limitOf(options, name),
    engine,
    tensors: state.tensors,
    start: { step: position.step, seconds: position.seconds },
    rng: new Rng(position.seed),
    sample: (rng) =>
      store.sampleClips(rng, config.batchSize, config.numFrames ?? position.genie.numFrames, config.endings),
    log,
    silent: options.silent ?? false,
    signal: options.signal,
    checkpointSeconds: options.checkpointSeconds ?? 120,
    checkpoint: async (done, tensors) => {
      current = advance(current, done, tensors);
      await saveRunState(join(options.folder, "state"), current);
      await options.onCheckpoint?.(current);
    },
  });
  return current;
}

/** The run's state after `done` updates of the stage it is in; a complete stage makes room for the next. */
function advance({ position }: RunState, done: StageProgress, tensors: HostTensors): RunState {
  if (!done.isComplete) return { position: { ...position, step: done.step, seconds: done.seconds }, tensors };
  const next = STAGES[STAGES.findIndex((stage) => stage === position.stage) + 1] ?? "done";
  return {
    position: {
      ...position,
      stage: next,
      step: 0,
      seconds: 0,
      stepsDone: { ...position.stepsDone, [position.stage]: done.step },
      secondsDone: position.secondsDone + done.seconds,
    },
    // The moments of a finished stage have done their work.
    tensors: Object.fromEntries(Object.entries(tensors).filter(([name]) => !name.startsWith("adam."))),
  };
}

async function beginOrResume(options: TrainOptions): Promise<RunState> {
  const saved = await readRunState(join(options.folder, "state"));
  if (saved && !options.resume) {
    throw new ConfigError(`train: ${options.folder} must be free, got a run - add --resume, or choose another folder`);
  }
  if (saved) {
    expectSameRun(saved, options);
    return { ...saved, position: { ...saved.position, plan: planOf(options) } };
  }
  if (options.resume) {
    throw new ConfigError(`train: --resume needs a run in ${options.folder}, got none - leave --resume out`);
  }
  const { genie, seed } = options;
  const tensors = { ...initGenie(setupGenie(genie), new Rng(seed).split("init")), ...options.warmStart };
  const mismatch = findMismatch(genieParams(setupGenie(genie)), tensors);
  if (mismatch !== null) throw new ConfigError(`train: the world to start from must fit the config: ${mismatch}`);
  return {
    position: {
      seed,
      genie,
      stage: "tokenizer",
      step: 0,
      seconds: 0,
      stepsDone: {},
      secondsDone: 0,
      training: [...options.training],
      heldOut: [...options.heldOut],
      hashes: options.hashes && [...options.hashes],
      recordings: options.recordings && [...options.recordings],
      ancestor: options.ancestor,
      plan: planOf(options),
    },
    tensors,
  };
}

function planOf({ config, curation, minutes, name, preset, from }: RunPlan): RunPlan {
  return { config, curation, minutes, name, preset, from };
}

function limitOf({ minutes, config }: TrainOptions, stage: StageName): StageLimit {
  const [tokenizerSteps, dynamicsSteps] = config.steps;
  if (minutes === undefined) return { steps: stage === "tokenizer" ? tokenizerSteps : dynamicsSteps };
  const share = stage === "tokenizer" ? config.tokenizerShare : 1 - config.tokenizerShare;
  return { seconds: minutes * 60 * share };
}

async function writeWorld(options: TrainOptions, { position, tensors }: RunState): Promise<void> {
  const { training: names, heldOut, hashes, recordings, ancestor, stepsDone, secondsDone, seed } = position;
  const minutes = Math.round(secondsDone / 6) / 10;
  const seen = withAncestor(provenanceOf({ names, hashes, recordings }), ancestor);
  const record = { ...seen, heldOut, steps: stepsDone, minutes, seed };
  const world = { name: options.name, description: "", genie: position.genie, training: record };
  await saveWorld(options.folder, world, tensors);
}
