import { parseArgs } from "node:util";
import { closenessTo, planByBeam, planByCEM } from "../src/agents/index.ts";
import type { RecordedEpisode } from "../src/cli/recorded-episodes.ts";
import { createProgress } from "../src/core/progress.ts";
import { ConfigError, GenieError } from "../src/core/errors.ts";
import { sliceFrames, type Frames } from "../src/core/frames.ts";
import { Rng } from "../src/core/rng.ts";
import { GenieEnv, type GenieVectorEnv } from "../src/env/index.ts";
import { ACTIONS } from "../src/games/platformer/game.ts";
import { DIFFICULTIES, TILE } from "../src/games/platformer/level.ts";
import { PlatformerEnv } from "../src/games/platformer/platformer-env.ts";
import { wilsonInterval } from "../src/metrics/proportion.ts";
import { CONTEXT } from "../src/model/evaluation.ts";
import { findWorld } from "../src/model/find-world.ts";
import type { GenieWorld } from "../src/model/genie-world.ts";
import { loadWorld } from "../src/model/index.ts";
import { recordEpisodes } from "./record-episodes.ts";

/*
 * Whether plans that are made in a world come true in the game: from places of test levels, with a picture as the goal that a
 * mixed player saw some steps later, which no key gets to that is held down. A plan is made in the dream, its latent actions are
 * named by the world's own names, and the game plays them; it has come true where the hero then stands within half a tile of where
 * it stood in the goal.
 *   npm run measure -- planning-easy npm run -s eval:planning easy
 *   npm run eval:planning -- hard --world runs/mine --goals 8
 */
const [HORIZON, NUM_ENVS, SEED] = [8, 32, 6];
/** Steps that a plan holds an action for: of plans that change their mind at each step, too many would have to be tried. */
const HOLD = 2;
const STEPS = HORIZON / HOLD;
const WIDTH = 8;
const CEM = { population: NUM_ENVS, elites: 6, iterations: 4 } as const;
const PLAYER = "the player's own way, told by the world";

type Task = { readonly episode: RecordedEpisode; readonly at: number };
type Place = { readonly x: number; readonly y: number };

const NAMES: ReadonlyMap<string, number> = new Map(ACTIONS.map(({ name }, action) => [name, action]));

/** The true action of a latent one: `right-2` is a second `right`. */
function trueAction(name: string): number {
  return NAMES.get(name.replace(/-\d+$/, "")) ?? 0;
}

/** The game after the episode's first `at` steps and these. */
function play({ episode, at }: Task, actions: Iterable<number>): Place {
  const env = new PlatformerEnv({ difficulty: episode.difficulty });
  env.reset({ options: { level: episode.level } });
  let isOver = false;
  for (const action of [...episode.actions.subarray(0, at), ...actions]) {
    if (!isOver) [, , isOver] = env.step(action);
  }
  const { x, y } = env.getState().game;
  return { x, y };
}

function isThere(a: Place, b: Place): boolean {
  return Math.abs(a.x - b.x) <= TILE / 2 && Math.abs(a.y - b.y) <= TILE / 2;
}

/** Places whose goal is somewhere else: the hero has moved two tiles at least, and not by one key held down. */
function drawTasks(episodes: readonly RecordedEpisode[], count: number, rng: Rng): Task[] {
  const tasks: Task[] = [];
  for (const episode of episodes) {
    const room = episode.actions.length - HORIZON - CONTEXT;
    if (room <= 0 || tasks.length === count) continue;
    const task = { episode, at: CONTEXT - 1 + rng.integer(room) };
    const [start, goal] = [play(task, []), play(task, shown(task))];
    if (Math.abs(goal.x - start.x) + Math.abs(goal.y - start.y) < 2 * TILE) continue;
    const isEasy = [...ACTIONS.keys()].some((key) => isThere(play(task, new Array<number>(HORIZON).fill(key)), goal));
    if (!isEasy) tasks.push(task);
  }
  return tasks;
}

/** A plan, frame by frame. */
function held(plan: readonly number[]): number[] {
  return plan.flatMap((action) => new Array<number>(HOLD).fill(action));
}

/** What the player did on its way to the goal. */
function shown({ episode, at }: Task): Int32Array {
  return episode.actions.subarray(at, at + HORIZON);
}

/** Whether each kind of plan comes true. */
class Trial {
  readonly #world: GenieWorld;
  readonly #env: GenieVectorEnv;
  readonly #rng: Rng;
  readonly #named: readonly number[];

  constructor(world: GenieWorld, env: GenieVectorEnv, rng: Rng) {
    this.#world = world;
    this.#env = env;
    this.#rng = rng;
    this.#named = env.actionNames.map(trueAction);
  }

  async run(task: Task): Promise<Record<string, boolean>> {
    const { episode, at } = task;
    const seen = sliceFrames(episode.frames, at - CONTEXT + 1, CONTEXT + HORIZON);
    const goal = play(task, shown(task));
    const comesTrue = (latents: readonly number[]) => isThere(play(task, this.#byName(latents)), goal);
    const { beam, cem } = await this.#plan(seen, this.#rng.split("cem", episode.level));
    const random = this.#rng.split("random", episode.level);
    return {
      // What the names allow: the world's own reading of the player's way.
      [PLAYER]: comesTrue([...(await this.#world.inferActions(seen)).subarray(CONTEXT - 1)]),
      [`beam, ${WIDTH} states wide`]: comesTrue(held(beam)),
      [`CEM, ${CEM.iterations} times ${CEM.population} plans`]: comesTrue(held(cem)),
      "a random plan": comesTrue(held(Array.from({ length: STEPS }, () => random.integer(this.#named.length)))),
    };
  }

  /** From the first frames of `seen` to its last. */
  async #plan(seen: Frames, rng: Rng): Promise<{ beam: readonly number[]; cem: readonly number[] }> {
    const image = sliceFrames(seen, 0, CONTEXT);
    await this.#env.reset({ seed: SEED, options: { image: Array.from({ length: NUM_ENVS }, () => image) } });
    const [from] = await this.#env.getState([0]);
    if (from === undefined) throw new TypeError("an environment has a state after its reset");
    const objective = closenessTo(sliceFrames(seen, seen.count - 1).data);
    const goal = { from, objective, horizon: STEPS };
    const beam = await planByBeam(this.#env, goal, { width: WIDTH });
    const cem = await planByCEM(this.#env, goal, rng, CEM);
    return { beam: beam.actions, cem: cem.actions };
  }

  #byName(latents: readonly number[]): number[] {
    return latents.map((latent) => this.#named[latent] ?? 0);
  }
}

function readOptions() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { world: { type: "string", default: "platformer" }, goals: { type: "string", default: "16" } },
  });
  const difficulty = DIFFICULTIES.find((known) => known === positionals[0]);
  if (difficulty === undefined) {
    throw new ConfigError(`must be one of ${DIFFICULTIES.join(", ")}, got ${positionals[0] ?? "nothing"}`);
  }
  return { difficulty, world: values.world, goals: Number(values.goals) };
}

try {
  const { difficulty, world: name, goals } = readOptions();
  const world = await loadWorld(findWorld(name));
  await using env = await GenieEnv.fromWorld(world, { numEnvs: NUM_ENVS, frameSkip: HOLD, autoresetMode: "Disabled" });
  const rng = new Rng(SEED);
  const tasks = drawTasks(await recordEpisodes("mixed", difficulty, SEED), goals, rng.split("tasks"));
  const trial = new Trial(world, env, rng);
  const outcomes: Record<string, boolean>[] = [];
  using progress = createProgress({ label: "planning", total: tasks.length });
  for (const task of tasks) {
    outcomes.push(await trial.run(task));
    progress.update(outcomes.length);
  }
  progress.finish();
  const rows = Object.keys(outcomes[0] ?? {}).map((method) => {
    const reached = outcomes.filter((outcome) => outcome[method]).length;
    return { method, reached, goals: outcomes.length, ...wilsonInterval(reached, outcomes.length) };
  });
  console.log(JSON.stringify({ difficulty, horizon: HORIZON, rows }));
  world.close();
} catch (error) {
  // What a user can mend is told in a line, as the command does.
  if (!(error instanceof GenieError || error instanceof TypeError)) throw error;
  console.error(`eval:planning: ${error.message}`);
  process.exit(2);
}
