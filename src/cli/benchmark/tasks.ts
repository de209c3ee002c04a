import { existsSync, realpathSync } from "node:fs";
import { basename, join, parse } from "node:path";
import type { BenchmarkTask } from "../../agents/benchmark/run-one.ts";
import { ConfigError } from "../../core/errors.ts";
import {
  GenieEnv,
  goalImageReward,
  make,
  makeVec,
  spec,
  worldHeads,
  type EnvSpec,
  type RewardModel,
} from "../../env/index.ts";
import type { AnyEnv, AnyVectorEnv, MakeOptions } from "../../env/index.ts";
import { DIFFICULTIES } from "../../games/platformer/level.ts";
import { TEST_LEVELS, TRAINING_LEVELS } from "../../games/platformer/platformer-env.ts";
import { demonstrator, hasScript } from "../../games/scripted.ts";
import { bundledWorlds, findWorld, hasHeads, WORLD_FILE, worldPrompts } from "../../model/find-world.ts";
import { readPrompt } from "../../env/prompt.ts";
import { importExport } from "../import-module.ts";
import { labelledByWorld, playedByScript } from "./demonstrations.ts";
import { REACHABLE, reachableGoal, type Start } from "./reachable-goal.ts";

/** What tasks in learnt worlds are about. */
export type WorldTaskOptions = {
  /** Steps after which an episode in a learnt world ends. */
  readonly horizon: number;
  /** An image to reach, a file, or `reachable`: one that a plan comes to and no held action, for each start another. */
  readonly goal?: string | undefined;
  /** A module whose export is a reward model or makes one. */
  readonly reward?: string | undefined;
  readonly engine?: string | undefined;
  /** Videos to learn from in learnt worlds, a folder. */
  readonly demonstrations?: string | undefined;
};

/** A world and one of its levels, in words. */
type Level = { readonly world: string; readonly level: string | null };

/** A task and where its world is from: a registered id, or a folder. */
type Found = { readonly task: BenchmarkTask; readonly from: string };

/**
 * The tasks that `--worlds` names: each world, or `WORLD:LEVEL`, on each of its levels; what is named twice is one task.
 * @throws ConfigError for a folder, a bundled world or a level that is not there, and for two worlds of one name; for an id
 * that is not there what `spec` throws.
 */
export function tasksOf(worlds: readonly string[], options: WorldTaskOptions): BenchmarkTask[] {
  const found = worlds.flatMap((text): Found[] => {
    const { world, level } = parseWorld(text);
    const from = isWorld(world) ? realpathSync(findWorld(world)) : world;
    const tasks = isWorld(world) ? worldTasks(world, options) : gameTasks(world);
    const chosen = level === null ? tasks : tasks.filter(({ name }) => name.endsWith(`:${level}`));
    if (chosen.length > 0) return chosen.map((task) => ({ task, from }));
    const known = tasks.map(({ name }) => name).join(", ");
    throw new ConfigError(`--worlds: ${world} must have the level ${level}, got only ${known}`);
  });
  const byName = new Map<string, Found>();
  for (const next of found) {
    const { task, from } = byName.get(next.task.name) ?? next;
    if (from !== next.from) {
      throw new ConfigError(
        `--worlds: names must differ, got ${task.name} of ${from} and ${next.from} - rename a folder`,
      );
    }
    byName.set(task.name, next);
  }
  return [...byName.values()].map(({ task }) => task);
}

function parseWorld(text: string): Level {
  if (isWorld(text)) return { world: text, level: null };
  const [, world = text, level = null] = /^(.+):([\w.-]+)$/.exec(text) ?? [];
  return { world, level };
}

function isWorld(nameOrFolder: string): boolean {
  return bundledWorlds().includes(nameOrFolder) || existsSync(join(nameOrFolder, WORLD_FILE));
}

/** A learnt world: each picture that it comes with is a level. */
function worldTasks(world: string, options: WorldTaskOptions): BenchmarkTask[] {
  const folder = findWorld(world);
  const prompts = worldPrompts(folder);
  if (prompts.length === 0)
    throw new ConfigError(`--worlds: ${world} must have prompts, got no prompt*.png in ${folder}`);
  expectReward(world, folder, options);
  const name = basename(folder);
  const { horizon, engine } = options;
  return prompts.map((prompt): BenchmarkTask => {
    let reward: Promise<RewardModel> | undefined;
    const common = async () => {
      reward ??= rewardOf(options, { folder, prompt, engine });
      return { engine, horizon, prompts: [prompt], rewardModel: await reward };
    };
    return {
      name: `${name}:${parse(prompt).name}`,
      rewardThreshold: null,
      make: async (): Promise<AnyEnv> => GenieEnv.load(folder, { ...(await common()), renderMode: "rgb_array" }),
      makeVec: async (numEnvs): Promise<AnyVectorEnv> => GenieEnv.load(folder, { ...(await common()), numEnvs }),
      demonstrate: (seed) => labelledByWorld({ folder, videos: options.demonstrations, engine }, seed),
    };
  });
}

/** A world learnt from plain video pays nothing by itself. */
function expectReward(world: string, folder: string, { goal, reward }: WorldTaskOptions): void {
  if (goal !== undefined && reward !== undefined) {
    throw new ConfigError("--goal: must be left out beside --reward, got both");
  }
  if (goal !== undefined || reward !== undefined || hasHeads(folder)) return;
  throw new ConfigError(
    `--worlds: ${world} must have a reward, got none - give --goal IMAGE or reachable, --reward MODULE, or train heads`,
  );
}

/** Loads what `--goal` and `--reward` name once, before any run needs it. @throws ConfigError, DataError or a system error. */
export async function expectRewards(options: WorldTaskOptions): Promise<void> {
  const { goal, reward } = options;
  // Of any size: each world fits it to its own.
  if (goal !== undefined && goal !== REACHABLE) await readPrompt(goal, [64, 64, 3]);
  if (reward !== undefined) await rewardOfModule(reward);
}

async function rewardOf({ goal, reward }: WorldTaskOptions, start: Start): Promise<RewardModel> {
  if (reward !== undefined) return rewardOfModule(reward);
  if (goal === undefined) return worldHeads();
  if (goal !== REACHABLE) return goalImageReward(goal);
  const { picture, distance } = await reachableGoal(start);
  // Pictures of some worlds differ little: who holds one action comes no nearer than twice as far.
  return goalImageReward(picture, { threshold: distance / 2 });
}

async function rewardOfModule(reward: string): Promise<RewardModel> {
  const made: unknown = await importExport(reward, "--reward", "say the reward");
  const model: unknown = typeof made === "function" ? made() : made;
  if (isRewardModel(model)) return model;
  throw new ConfigError(`--reward: ${reward} must export a reward model or a function that makes one`);
}

function isRewardModel(value: unknown): value is RewardModel {
  return typeof value === "object" && value !== null && "prepare" in value && "inputs" in value;
}

/** A registered environment: the platformer's levels are its difficulties, learnt and judged on levels of their own. */
function gameTasks(id: string): BenchmarkTask[] {
  const registered = specOf(id);
  if (registered.id !== "Platformer-v0") return [gameTask(registered, null, { learning: {}, evaluation: {} })];
  return DIFFICULTIES.map((difficulty) =>
    gameTask(registered, difficulty, {
      learning: { difficulty, levels: TRAINING_LEVELS },
      evaluation: { difficulty, levels: TEST_LEVELS },
    }),
  );
}

/** @throws ConfigError for a path that leads to no world, else as `spec`. */
function specOf(idOrFolder: string): EnvSpec {
  try {
    return spec(idOrFolder);
  } catch (error) {
    if (isPath(idOrFolder)) findWorld(idOrFolder);
    throw error;
  }
}

/** What is there, or is not written as an id is: `./mine`, `/mine`, `a/b/c`, `runs/mine`, unlike `Genie/mine-v0`. */
function isPath(text: string): boolean {
  return existsSync(text) || /^[./~]|\\|\/.*\/|\/(?!.*-v\d+$)/.test(text);
}

function gameTask(
  { id, rewardThreshold }: EnvSpec,
  level: string | null,
  options: Readonly<Record<"learning" | "evaluation", MakeOptions>>,
): BenchmarkTask {
  const checker = { disableEnvChecker: true };
  const learning = () => make(id, { ...checker, ...options.learning });
  return {
    name: level === null ? id : `${id}:${level}`,
    rewardThreshold: rewardThreshold ?? null,
    make: (purpose) => make(id, { ...checker, ...options[purpose], renderMode: "rgb_array" }),
    makeVec: (numEnvs) => makeVec(id, { ...checker, ...options.learning, numEnvs }),
    ...(hasScript(id) && { demonstrate: (seed) => playedByScript(learning, demonstrator(id), seed) }),
  };
}
