/**
 * PPO learns to balance a pole, in 64 environments side by side, and is then judged by 100 episodes.
 *
 * The algorithm is the package's: src/agents, after https://docs.cleanrl.dev/rl-algorithms/ppo/
 *
 *   npx tsx examples/ppo-cartpole.ts [--steps 200000] [--seed 1] [--num-envs 64] [--save FOLDER]
 *
 * Prints the seed, the configuration, the mean return as it learns, and at the end that of the evaluation.
 */
import { parseArgs } from "node:util";
import { z } from "zod";
import "../src/games/index.ts";
import { evaluate, PPO } from "../src/agents/index.ts";
import { makeVecSync } from "../src/env/index.ts";

const Args = z.strictObject({
  steps: z.coerce.number().int().positive().default(200_000).describe("of all environments together"),
  seed: z.coerce.number().int().nonnegative().default(1),
  "num-envs": z.coerce.number().int().positive().default(64),
  episodes: z.coerce.number().int().positive().default(100).describe("of the evaluation"),
  save: z.string().optional().describe("a folder for the agent; PPO.load reads it"),
});

const options = Object.fromEntries(Object.keys(Args.shape).map((name) => [name, { type: "string" } as const]));
const { steps, seed, episodes, save, "num-envs": numEnvs } = Args.parse({ ...parseArgs({ options }).values });

using envs = makeVecSync("CartPole-v1", { numEnvs });
await using agent = await PPO.create(envs, { gamma: 0.98, gaeLambda: 0.8, entropyCoef: 0 }, { seed });
console.log(`seed ${seed}, ${JSON.stringify(agent.config)}`);

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
for await (const { globalStep, episodes: ended, approxKl } of agent.learn({ steps })) {
  if (ended.length === 0) continue;
  const episodicReturn = mean(ended.map((episode) => episode.return));
  console.log(`step ${globalStep}  return ${episodicReturn.toFixed(1)}  approxKl ${approxKl.toFixed(4)}`);
}
if (save !== undefined) await agent.save(save);

// Episodes of training begin at seeds below 2^31 + num-envs; these are drawn from other streams.
const results = await evaluate(agent, envs, { episodes, seed: 2 ** 40 });
console.log(`mean return of ${episodes} episodes: ${mean(results.map((episode) => episode.return)).toFixed(1)}`);
