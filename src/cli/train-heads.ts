import { createEngine } from "../compute/create-engine.ts";
import { ConfigError } from "../core/errors.ts";
import { parseOptions } from "../core/options.ts";
import { createProgress } from "../core/progress.ts";
import { Rng } from "../core/rng.ts";
import { readEpisode } from "../data/episodes.ts";
import { findVideos } from "../data/video.ts";
import { findWorld, hasHeads, HEADS_FILE } from "../model/find-world.ts";
import type { GenieWorld } from "../model/genie-world.ts";
import { saveHeads } from "../model/heads-file.ts";
import { tokenizeEpisode, type TokenEpisode } from "../model/judge-episodes.ts";
import { loadWorld } from "../model/load-world.ts";
import { HeadsTrainingConfig, trainHeads, type TrainedHeads } from "../model/training/train-heads.ts";
import { parseChanges } from "./changes.ts";
import { expectTrainingLevels } from "./recordings.ts";
import { untilSignal } from "./until-signal.ts";

/** Options of `genie-env train-heads`. */
export type TrainHeadsCommand = {
  readonly world: string;
  /** Recordings with rewards and ends beside them. */
  readonly episodes: string;
  /** Whether heads that the world has may be written over. */
  readonly replace?: boolean;
  readonly steps?: number;
  readonly seed: number;
  /** `heads.option=json` on top of the defaults (`HeadsTrainingConfig`). */
  readonly set?: readonly string[];
  readonly engine?: string;
};

/** One episode in this many is kept to measure on. */
const HELD_OUT_EVERY = 8;

/**
 * Trains the reward and end heads of a world on labelled episodes, and writes them beside it. The world is only read: it
 * goes on as it was learnt, from video alone.
 * @throws ConfigError for options that break a rule, a world that has heads already, or episodes of test levels or in which
 * nothing is paid or nothing ends; DataError for episodes without labels.
 */
export async function trainHeadsOf({ engine, seed, episodes, ...command }: TrainHeadsCommand): Promise<void> {
  const config = configure(command);
  const folder = findWorld(command.world);
  if (hasHeads(folder) && command.replace !== true) {
    throw new ConfigError(
      `--world: must have no ${HEADS_FILE} yet, got ${folder} with one - pass --replace to write over it`,
    );
  }
  const videos = await findVideos(episodes);
  await expectTrainingLevels("episodes", videos);
  const world = await loadWorld(folder, { engine, heads: false });
  try {
    const read = await tokenizeAll(world, videos);
    const heldOut = read.filter((_, i) => i % HELD_OUT_EVERY === HELD_OUT_EVERY - 1);
    const training = read.filter((_, i) => i % HELD_OUT_EVERY !== HELD_OUT_EVERY - 1);
    expectEvents(training);
    const heads = await optimise(world, { training, heldOut, config, seed, engine });
    const record = {
      episodes: training.length,
      steps: training.reduce((sum, { ends }) => sum + ends.length, 0),
      updates: config.steps,
      seed,
      heldOutEpisodes: heldOut.length,
      averagePrecision: heads.averagePrecision,
    };
    await saveHeads(folder, heads, { world: { genie: world.config, params: world.params }, training: record });
    console.log(describe(folder, heads, heldOut.length));
  } finally {
    world.close();
  }
}

function configure({ steps, set = [] }: Pick<TrainHeadsCommand, "steps" | "set">): HeadsTrainingConfig {
  const { heads = {} } = parseChanges(set, ["heads"]);
  return parseOptions(HeadsTrainingConfig, { ...heads, ...(steps !== undefined && { steps }) }, "train-heads");
}

async function tokenizeAll(world: GenieWorld, videos: readonly string[]): Promise<TokenEpisode[]> {
  using progress = createProgress({ total: videos.length, label: "reading episodes" });
  const read: TokenEpisode[] = [];
  for (const video of videos) {
    read.push(await tokenizeEpisode(world, await readEpisode(video, world.config)));
    progress.update(read.length);
  }
  return read;
}

/** Heads that never saw a reward, or an end, would tell of none for ever. */
function expectEvents(episodes: readonly TokenEpisode[]): void {
  for (const [what, labels] of [
    ["a reward other than 0", "rewards"],
    ["an end", "ends"],
  ] as const) {
    if (episodes.some((episode) => episode[labels].some((label) => label !== 0))) continue;
    throw new ConfigError(
      `--episodes: must hold ${what} among those to learn from, got none in ${episodes.length} - record more, or a player who comes farther`,
    );
  }
}

type Run = {
  readonly training: readonly TokenEpisode[];
  readonly heldOut: readonly TokenEpisode[];
  readonly config: HeadsTrainingConfig;
  readonly seed: number;
  readonly engine: string | undefined;
};

async function optimise(world: GenieWorld, { seed, engine, ...run }: Run): Promise<TrainedHeads> {
  using progress = createProgress({ total: run.config.steps, label: "training heads" });
  const compute = await createEngine(engine);
  const rng = new Rng(seed).split("heads");
  return untilSignal((signal) =>
    trainHeads(world, {
      ...run,
      engine: compute,
      rng,
      signal,
      onProgress: (step, { reward = 0, end = 0 }) =>
        progress.update(step, { reward: reward.toFixed(3), end: end.toFixed(3) }),
    }),
  );
}

function describe(folder: string, { config, averagePrecision }: TrainedHeads, heldOut: number): string {
  const score = (value: number | null) => (value === null ? "never happens there" : value.toFixed(3));
  return [
    `${folder}/heads.json: rewards ${config.rewards.join(", ")}; the world itself was left as it is and saw no label`,
    `average precision on ${heldOut} episodes kept out: reward ${score(averagePrecision.reward)}, end ${score(averagePrecision.end)}`,
    `Use them with GenieEnv.load(${JSON.stringify(folder)}, { rewardModel: "heads" })`,
  ].join("\n");
}
