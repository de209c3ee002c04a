/**
 * A world that was learnt from plain video has no reward: here a function of two frames and the action says what a step
 * is worth, and when the task is done. The environment's side of it is `functionReward`; `tokenReward` sees tokens
 * instead, and `goalImageReward` compares with an image (README, "Limits").
 *
 *   npx tsx examples/custom-reward.ts [--world platformer] [--steps 60] [--seed 0]
 *
 * Prints the seed, and the return of each action when it is held for an episode: which of them moves the picture most?
 */
import { z } from "zod";
import { parseCommandLine } from "genie-env";
import { functionReward, GenieEnv, type RowReward } from "genie-env/env";

const Args = z.strictObject({
  world: z.string().default("platformer").describe("a bundled world, or a world's folder"),
  steps: z.coerce.number().int().positive().default(60).describe("after which an episode is cut"),
  seed: z.coerce.number().int().nonnegative().default(0),
});

/** Pays how much the picture has changed, in grey levels a pixel; nothing that moves at all ends the episode. */
function change(previous: Uint8Array, next: Uint8Array, _action: number): RowReward {
  let sum = 0;
  for (let i = 0; i < next.length; i++) sum += Math.abs(Number(next[i]) - Number(previous[i]));
  return { reward: sum / next.length, terminated: sum === 0 };
}

const { world, steps, seed } = parseCommandLine(Args);
console.log(`${world}, seed ${seed}`);

await using env = await GenieEnv.load(world, { rewardModel: functionReward(change), horizon: steps });
for (let action = 0; action < env.actionSpace.n; action++) {
  await env.reset({ seed });
  let episodeReturn = 0;
  for (let isOver = false; !isOver;) {
    const [, reward, terminated, truncated] = await env.step(action);
    episodeReturn += reward;
    isOver = terminated || truncated;
  }
  console.log(`action ${env.actionNames[action]}: return ${episodeReturn.toFixed(1)}`);
}
