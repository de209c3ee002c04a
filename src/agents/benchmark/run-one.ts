import { concatFrames, type Frames } from "../../core/frames.ts";
import type { AnyEnv, AnyVectorEnv, RenderFrame } from "../../env/index.ts";
import { mean } from "../../metrics/mean.ts";
import type { BenchmarkAgent, NamedAgent, ShownEpisode } from "./agent.ts";
import { CountSteps, VectorCountSteps, type StepCount } from "./count-steps.ts";
import type { RunMeasurements } from "./result.ts";

/** A task as the benchmark opens it: an environment to learn in, and one to be judged in. */
export type BenchmarkTask = {
  /** A world, and behind a colon its level. */
  readonly name: string;
  /** The return from which on the task counts as solved, if somebody said. */
  readonly rewardThreshold: number | null;
  /** Environments for learning. */
  makeVec(numEnvs: number): Promise<AnyVectorEnv>;
  /** One environment, with pictures from `render` where it can. */
  make(purpose: "learning" | "evaluation"): Promise<AnyEnv>;
  /** Episodes of somebody who can play, on levels for learning; left out where nobody can. Equal seeds, equal episodes. */
  readonly demonstrate?: (seed: number) => AsyncGenerator<ShownEpisode, void, undefined>;
};

/** How long agents learn, and how they are judged. */
export type RunOptions = {
  /** Steps to learn from, of all environments together. */
  readonly steps: number;
  /** Episodes of the evaluation. */
  readonly episodes: number;
  /** Whether the evaluation plays the likeliest actions. */
  readonly deterministic: boolean;
  /** Steps after which an episode of the evaluation ends, should its environment not end it. */
  readonly maxEpisodeSteps: number;
  readonly signal: AbortSignal;
};

/** The frames of an episode, and how many belong to a second. */
export type EpisodeVideo = { readonly frames: Frames; readonly fps: number };

/** What a run came to; its video is not a file yet. */
export type RunOutcome = Omit<RunMeasurements, "video" | "peakMemoryMB"> & { readonly video: EpisodeVideo | null };

/** Seeds of the evaluation lie far from those that learning starts from, and differ from run to run. */
const EVALUATION_SEEDS = 2 ** 40;
const EPISODES_PER_SEED = 2 ** 20;
/** A film holds so many frames and bytes at most. */
const MAX_FRAMES = 300;
const MAX_FILM_BYTES = 2 ** 25;

/** One run, in this process: makes the agent, lets it learn, and judges it in an environment of its own. */
export async function runOne(
  { create }: NamedAgent,
  task: BenchmarkTask,
  seed: number,
  options: RunOptions,
): Promise<RunOutcome> {
  const count: StepCount = { steps: 0 };
  const opened: { close(): void }[] = [];
  const closing = <T extends { close(): void }>(env: T): T => {
    opened.push(env);
    return env;
  };
  const judged = closing(await task.make("evaluation"));
  const { observationSpace, actionSpace } = judged;
  const agent = await create({ observationSpace, actionSpace, seed });
  try {
    const curve: { step: number; value: number }[] = [];
    const began = performance.now();
    if (agent.learn) {
      const makeVec = async (numEnvs: number): Promise<AnyVectorEnv> =>
        new VectorCountSteps(closing(await task.makeVec(numEnvs)), count);
      const report = (step: number, value: number): void => void curve.push({ step, value });
      const env = new CountSteps(closing(await task.make("learning")), count);
      const { steps, signal } = options;
      const demonstrate = task.demonstrate && (() => counted(task, seed, count));
      await agent.learn(env, { steps, seed, makeVec, demonstrate, report, signal });
    }
    const trainSeconds = agent.learn ? (performance.now() - began) / 1000 : 0;
    options.signal.throwIfAborted();
    const evaluation = await judge(agent, judged, seed, options);
    return { ...evaluation, curve, trainSteps: count.steps, trainSeconds };
  } finally {
    await agent.close?.();
    for (const env of opened) env.close();
  }
}

/** What is shown is learnt from as well. */
async function* counted(
  task: BenchmarkTask,
  seed: number,
  count: StepCount,
): AsyncGenerator<ShownEpisode, void, undefined> {
  for await (const episode of task.demonstrate?.(seed) ?? []) {
    count.steps += episode.actions.length;
    yield episode;
  }
}

type Evaluation = Omit<RunOutcome, "curve" | "trainSteps" | "trainSeconds">;

async function judge(agent: BenchmarkAgent, env: AnyEnv, seed: number, options: RunOptions): Promise<Evaluation> {
  agent.watch?.(env);
  const times = { act: new Array<number>(), step: new Array<number>(), film: new Array<number>() };
  const [returns, lengths]: [number[], number[]] = [[], []];
  let frames: Frames[] = [];
  const began = performance.now();
  for (let episode = 0; episode < options.episodes; episode++) {
    const from = EVALUATION_SEEDS + seed * EPISODES_PER_SEED + episode;
    const played = await playEpisode(agent, env, from, { ...options, times, isFilmed: episode === 0 });
    returns.push(played.return);
    lengths.push(played.length);
    if (episode === 0) ({ frames } = played);
    options.signal.throwIfAborted();
  }
  const fps = env.metadata.renderFps ?? 30;
  return {
    returns,
    lengths,
    meanReturn: mean(returns),
    evaluationSteps: times.step.length,
    evaluationSeconds: (performance.now() - began - times.film.reduce((sum, time) => sum + time, 0)) / 1000,
    actMilliseconds: percentiles(times.act),
    stepMilliseconds: percentiles(times.step),
    video: frames.length === 0 ? null : { frames: concatFrames(frames), fps },
  };
}

type EpisodeOptions = RunOptions & {
  readonly times: Readonly<Record<"act" | "step" | "film", number[]>>;
  readonly isFilmed: boolean;
};

async function playEpisode(agent: BenchmarkAgent, env: AnyEnv, seed: number, options: EpisodeOptions) {
  const { times, isFilmed, deterministic, maxEpisodeSteps } = options;
  const frames: Frames[] = [];
  const film = async (): Promise<void> => {
    const bytes = frames.length * (frames[0]?.data.length ?? 0);
    if (!isFilmed || frames.length >= MAX_FRAMES || bytes >= MAX_FILM_BYTES) return;
    const before = performance.now();
    const frame: RenderFrame = await env.render();
    times.film.push(performance.now() - before);
    if (frame !== null && typeof frame === "object") frames.push(frame);
  };
  let [obs, info] = await env.reset({ seed });
  agent.begin?.();
  await film();
  let [total, length] = [0, 0];
  for (let isOver = false; !isOver && length < maxEpisodeSteps; length++) {
    const [before, action] = [performance.now(), await agent.act(obs, info, { deterministic })];
    const chosen = performance.now();
    const [next, reward, terminated, truncated, nextInfo] = await env.step(action);
    times.act.push(chosen - before);
    times.step.push(performance.now() - chosen);
    [obs, info] = [next, nextInfo];
    total += reward;
    isOver = terminated || truncated;
    await film();
  }
  return { return: total, length, frames };
}

function percentiles(milliseconds: readonly number[]): { p50: number; p95: number } {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { p50: at(0.5), p95: at(0.95) };
}
