/**
 * PPO learns to balance a pole, in 64 environments side by side, and is then judged by 100 episodes.
 *
 * The algorithm is the package's: src/agents, after https://docs.cleanrl.dev/rl-algorithms/ppo/
 *
 *   npx tsx examples/ppo-cartpole.ts [--steps 198656] [--seed 1] [--num-envs 64] [--save FOLDER] [--resume FOLDER]
 *
 * Prints the seed, the configuration, the mean return as it learns, and now and then and at the end that of an evaluation.
 */
import { z } from "zod";
import { makeVecSync, parseCommandLine } from "genie-env";
import { evaluate, PPO } from "genie-env/agents";

const Args = z.strictObject({
  steps: z.coerce.number().int().positive().default(198_656).describe("of all environments together: 97 rollouts"),
  seed: z.coerce.number().int().nonnegative().default(1),
  "num-envs": z.coerce.number().int().positive().default(64),
  episodes: z.coerce.number().int().positive().default(100).describe("of an evaluation"),
  "eval-every": z.coerce.number().int().positive().default(50_000).describe("steps to an evaluation, and a checkpoint"),
  save: z.string().optional().describe("a folder for checkpoints and the agent; PPO.load reads it"),
  resume: z.string().optional().describe("the folder of an agent that goes on"),
});

const { steps, seed, episodes, save, resume, ...args } = parseCommandLine(Args);
const { "num-envs": numEnvs, "eval-every": evalEvery } = args;

using envs = makeVecSync("CartPole-v1", { numEnvs });
await using agent =
  resume === undefined
    ? await PPO.create(envs, { gamma: 0.98, gaeLambda: 0.8, entropyCoef: 0 }, { seed })
    : await PPO.load(resume, envs);
console.log(`seed ${seed}, ${JSON.stringify(agent.config)}`);

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
// Environments of their own: those that are learnt in stand in the middle of their episodes. Episodes of training begin at
// seeds below 2^31 + num-envs; these are drawn from other streams.
using testEnvs = makeVecSync("CartPole-v1", { numEnvs: 16 });
const judge = async (): Promise<string> =>
  mean((await evaluate(agent, testEnvs, { episodes, seed: 2 ** 40 })).map((episode) => episode.return)).toFixed(1);

let due = agent.globalStep + evalEvery;
for await (const { globalStep, episodes: ended, approxKl } of agent.learn({ steps })) {
  if (ended.length > 0) {
    const episodicReturn = mean(ended.map((episode) => episode.return));
    console.log(`step ${globalStep}  return ${episodicReturn.toFixed(1)}  approxKl ${approxKl.toFixed(4)}`);
  }
  if (globalStep < due) continue;
  due += evalEvery;
  console.log(`step ${globalStep}  evaluation ${await judge()}`);
  if (save !== undefined) await agent.save(save);
}
if (save !== undefined) await agent.save(save);
console.log(`mean return of ${episodes} episodes: ${await judge()}`);
