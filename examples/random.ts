/**
 * A random agent plays a world that was learnt from video, or any registered environment: the loop of Gymnasium
 * (https://gymnasium.farama.org/introduction/basic_usage/).
 *
 *   npx tsx examples/random.ts [--env Genie/platformer-v0] [--steps 100] [--seed 0]
 *
 * Prints the seed, each episode that ends, and the mean reward of a step.
 */
import { z } from "zod";
import { make, parseCommandLine } from "genie-env";

const Args = z.strictObject({
  env: z.string().default("Genie/platformer-v0").describe("the id of an environment"),
  steps: z.coerce.number().int().positive().default(100),
  seed: z.coerce.number().int().nonnegative().default(0).describe("of the environment and of the actions"),
});

const { env: id, steps, seed } = parseCommandLine(Args);

using env = await make(id);
console.log(`${id}, seed ${seed}: ${String(env.observationSpace)}, ${String(env.actionSpace)}`);

env.actionSpace.seed(seed);
await env.reset({ seed });
let [total, episode, length] = [0, 0, 0];
for (let step = 0; step < steps; step++) {
  const [, reward, terminated, truncated] = await env.step(env.actionSpace.sample());
  total += reward;
  length += 1;
  if (!terminated && !truncated) continue;
  console.log(`episode ${episode} ended after ${length} steps`);
  [episode, length] = [episode + 1, 0];
  await env.reset();
}
console.log(`mean reward of ${steps} steps: ${(total / steps).toFixed(3)}`);
