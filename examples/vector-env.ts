/**
 * Environments side by side: batches in, batches out, rows that start anew by themselves, and statistics of the episodes
 * (https://gymnasium.farama.org/api/vector/).
 *
 *   npx tsx examples/vector-env.ts [--env CartPole-v1] [--num-envs 8] [--steps 1000] [--seed 0]
 *
 * Prints the seed, how the rows are stepped, and the mean return and length of the episodes that ended.
 */
import { z } from "zod";
import { makeVec, parseCommandLine } from "genie-env";

const Args = z.strictObject({
  env: z.string().default("CartPole-v1"),
  "num-envs": z.coerce.number().int().positive().default(8),
  mode: z
    .enum(["sync", "worker", "native"])
    .optional()
    .describe("how rows are stepped; the fastest there is by default"),
  steps: z.coerce.number().int().positive().default(1000).describe("of the batch"),
  seed: z.coerce.number().int().nonnegative().default(0).describe("row i starts from seed + i"),
});

const { env: id, mode, steps, seed, "num-envs": numEnvs } = parseCommandLine(Args);

using envs = await makeVec(id, { numEnvs, vectorizationMode: mode });
console.log(
  `seed ${seed}, ${numEnvs} times ${id}, mode ${envs.spec?.vector?.vectorizationMode}, ${envs.metadata.autoresetMode}`,
);

envs.actionSpace.seed(seed);
await envs.reset({ seed });
const returns = new Float64Array(numEnvs);
const lengths = new Float64Array(numEnvs);
const ended: { readonly return: number; readonly length: number }[] = [];
/** Rows whose next step only starts them anew: in NextStep mode it ignores their action and pays nothing. */
let resetting = new Uint8Array(numEnvs);
for (let step = 0; step < steps; step++) {
  const [, rewards, terminated, truncated] = await envs.step(envs.actionSpace.sample());
  const starting = resetting;
  resetting = new Uint8Array(numEnvs);
  for (let row = 0; row < numEnvs; row++) {
    if (starting[row] === 1) continue;
    returns[row] = Number(returns[row]) + Number(rewards[row]);
    lengths[row] = Number(lengths[row]) + 1;
    if (terminated[row] === 0 && truncated[row] === 0) continue;
    ended.push({ return: Number(returns[row]), length: Number(lengths[row]) });
    returns[row] = lengths[row] = 0;
    resetting[row] = Number(envs.metadata.autoresetMode === "NextStep");
  }
}
const mean = (of: (episode: (typeof ended)[number]) => number): string =>
  (ended.reduce((sum, episode) => sum + of(episode), 0) / ended.length).toFixed(1);
console.log(
  ended.length === 0
    ? `no episode ended within ${steps} steps`
    : `mean return of ${ended.length} episodes: ${mean((one) => one.return)}, of ${mean((one) => one.length)} steps`,
);
