/*
 * PPO on tasks whose scores are known: trains on each seed, then plays 100 evaluation episodes with the likeliest
 * actions. Prints JSON: for each run the task, the seed, the mean return, its goal, steps and steps a second. MountainCar is
 * a control: a policy that explores by drawing actions never sees the flag, and stays at -200 as in the literature.
 *
 *   npx tsx bench/ppo/known-good.ts [TASKS [SEEDS]]     such as CartPole-v1,Catch-v0,Catch-pixels 5; all by default
 */
import "../../src/games/index.ts";
import { evaluate, PPO, type PPOOptions } from "../../src/agents/index.ts";
import { integerOption } from "../../src/cli/options.ts";
import { onnxEngine } from "../../src/compute/index.ts";
import { ConfigError } from "../../src/core/errors.ts";
import { makeVecSync, type MakeVecOptions } from "../../src/env/index.ts";
import { expectWords, runBench } from "../run.ts";

type Task = {
  readonly id?: string;
  readonly make?: MakeVecOptions;
  /** Learnt from at the most: whole rollouts. */
  readonly steps: number;
  readonly numEnvs: number;
  readonly goal: number;
  readonly options: PPOOptions;
  /** A task that is not to be solved. */
  readonly isControl?: boolean;
};

const EPISODES = 100;
/** Evaluation starts from states that no training began with. */
const EVALUATION_SEED = 1_000_000;
/** Those of the RL Baselines3 Zoo, but for the epochs: https://github.com/DLR-RM/rl-baselines3-zoo */
const CART_POLE: PPOOptions = { gamma: 0.98, gaeLambda: 0.8, entropyCoef: 0 };
const TASKS: Readonly<Record<string, Task>> = {
  "CartPole-v1": { steps: 200_000, numEnvs: 64, goal: 475, options: CART_POLE },
  "Catch-v0": { steps: 40_000, numEnvs: 32, goal: 1, options: { learningRate: 3e-3, updateEpochs: 4 } },
  "Catch-pixels": {
    id: "Catch-v0",
    // What a person sees: 100 x 50 pixels in colour.
    make: { renderMode: "rgb_array", wrappers: [{ name: "AddRenderObservation", options: { size: [100, 50] } }] },
    steps: 40_000,
    numEnvs: 32,
    goal: 1,
    options: { learningRate: 1e-3, updateEpochs: 4 },
  },
  "Pendulum-v1": {
    steps: 200_000,
    numEnvs: 32,
    goal: -250,
    options: { numSteps: 128, gamma: 0.9, numMinibatches: 16, entropyCoef: 0 },
  },
  "MountainCar-v0": { steps: 200_000, numEnvs: 32, goal: -110, options: {}, isControl: true },
};

async function run(
  name: string,
  { id = name, make, steps, numEnvs, goal, options, isControl = false }: Task,
  seed: number,
): Promise<object> {
  using envs = makeVecSync(id, { ...make, numEnvs });
  await using agent = await PPO.create(envs, options, { engine: onnxEngine({ threads: 1 }), seed });
  const began = performance.now();
  const rollout = numEnvs * agent.config.numSteps;
  for await (const _ of agent.learn({ steps: Math.floor(steps / rollout) * rollout })) continue;
  const seconds = (performance.now() - began) / 1000;
  const results = await evaluate(agent, envs, { episodes: EPISODES, seed: EVALUATION_SEED });
  const returns = results.map((episode) => episode.return);
  const mean = returns.reduce((sum, x) => sum + x, 0) / returns.length;
  const stepsPerSecond = Math.round(agent.globalStep / seconds);
  const [least, took] = [Math.min(...returns), agent.globalStep];
  return { id: name, seed, mean, least, goal, isControl, steps: took, stepsPerSecond };
}

function taskOf(name: string): readonly [string, Task] {
  const task = TASKS[name];
  if (task !== undefined) return [name, task];
  throw new ConfigError(`known-good: tasks must be of ${Object.keys(TASKS).join(", ")}, got ${name}`);
}

await runBench(async (words) => {
  expectWords("known-good", words, 2);
  const [only = Object.keys(TASKS).join(), numSeeds = "5"] = words;
  const seeds = integerOption("seeds", numSeeds, 1);
  const reports: object[] = [];
  for (const [id, task] of only.split(",").map(taskOf)) {
    for (let seed = 1; seed <= seeds; seed++) {
      const report = await run(id, task, seed);
      console.error(JSON.stringify(report));
      reports.push(report);
    }
  }
  console.log(JSON.stringify(reports, null, 2));
});
