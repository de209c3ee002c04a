/**
 * PPO learns within a world that was learnt from video: no game runs, every frame is the model's. What is worth something
 * is the user's to say: here to come to a goal image soon, or what heads say that were trained beside the world.
 *
 * The algorithm is the package's: src/agents, after https://docs.cleanrl.dev/rl-algorithms/ppo/
 *
 *   npx tsx examples/ppo-genie.ts [--world platformer] [--steps 8192] [--goal IMAGE | --reward heads] [--save FOLDER]
 *
 * Without a goal, it is what the world shows after one action has been held from its first prompt on, the action that changes
 * most: so a way is known to exist. Prints the seed, the configuration, the mean return as it learns, and at the end that of the
 * evaluation beside a random agent's.
 */
import { z } from "zod";
import { parseCommandLine } from "genie-env";
import { evaluate, PPO, type Actor } from "genie-env/agents";
import { GenieEnv, goalImageReward, worldHeads } from "genie-env/env";
import { findWorld, worldPrompts, type Frames } from "genie-env/model";

const Args = z.strictObject({
  world: z.string().default("platformer").describe("a bundled world, or a world's folder"),
  goal: z.string().optional().describe("an image; where holding one action leads by default"),
  "goal-steps": z.coerce.number().int().positive().default(12).describe("steps that the action is held for"),
  reward: z.enum(["goal", "heads"]).default("goal"),
  steps: z.coerce.number().int().positive().default(8192).describe("of all environments together"),
  "num-envs": z.coerce.number().int().positive().default(16),
  "num-steps": z.coerce.number().int().positive().default(32).describe("steps of an environment between updates"),
  horizon: z.coerce.number().int().positive().default(32).describe("steps of an episode"),
  observation: z.enum(["pixels", "tokens"]).default("tokens").describe("what the agent sees; tokens need no decoding"),
  seed: z.coerce.number().int().nonnegative().default(1),
  episodes: z.coerce.number().int().positive().default(16).describe("of the evaluation"),
  save: z.string().optional().describe("a folder for the agent; PPO.load reads it"),
});

const {
  "num-envs": numEnvs,
  "num-steps": numSteps,
  "goal-steps": goalSteps,
  ...args
} = parseCommandLine(
  Args.refine(
    ({ goal, reward }) => goal === undefined || reward === "goal",
    "--goal is for --reward goal: leave it out beside --reward heads",
  ),
);
const { world, steps, seed, episodes, horizon, observation } = args;

/** What the world shows after holding, from a prompt on, the action that changes the picture most. */
async function farthest(prompts: string[]): Promise<Frames> {
  await using env = await GenieEnv.load(world, { prompts });
  const [height = 0, width = 0] = env.observationSpace.shape ?? [];
  let [goal, most]: [Uint8Array, number] = [new Uint8Array(), -1];
  for (let action = 0; action < env.actionSpace.n; action++) {
    const [start] = await env.reset({ seed });
    let data = start;
    for (let step = 0; step < goalSteps; step++) [data] = await env.step(action);
    const change = start.reduce((sum, pixel, i) => sum + Math.abs(pixel - Number(data[i])), 0);
    if (change > most) [goal, most] = [data, change];
  }
  return { data: goal, count: 1, height, width };
}

const all = worldPrompts(findWorld(world));
const prompts = args.reward === "heads" ? all : all.slice(0, 1);
const rewardModel = args.reward === "heads" ? worldHeads() : goalImageReward(args.goal ?? (await farthest(prompts)));
await using envs = await GenieEnv.load(world, { numEnvs, prompts, horizon, observation, rewardModel });
await using agent = await PPO.create(envs, { numSteps, learningRate: 1e-3, updateEpochs: 4 }, { seed });
console.log(`${world}, seed ${seed}, ${JSON.stringify(agent.config)}`);

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
for await (const { globalStep, episodes: ended, approxKl, entropy } of agent.learn({ steps })) {
  if (ended.length === 0) continue;
  const episodicReturn = mean(ended.map((episode) => episode.return));
  console.log(
    `step ${globalStep}  return ${episodicReturn.toFixed(3)}  entropy ${entropy.toFixed(3)}  approxKl ${approxKl.toFixed(4)}`,
  );
}
if (args.save !== undefined) await agent.save(args.save);

const judge = async (who: Actor): Promise<string> =>
  mean((await evaluate(who, envs, { episodes, seed: 2 ** 40 })).map((episode) => episode.return)).toFixed(3);
envs.actionSpace.seed(seed);
const random = await judge({ act: () => envs.actionSpace.sample() });
console.log(`mean return of ${episodes} episodes: ${await judge(agent)} (a random agent's: ${random})`);
