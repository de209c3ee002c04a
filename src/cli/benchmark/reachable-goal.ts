import { basename } from "node:path";
import type { Frames } from "../../core/frames.ts";
import { Rng } from "../../core/rng.ts";
import { GenieEnv } from "../../env/index.ts";

/** Plans that are tried: each holds a few actions, one after another. */
const [PLANS, ACTIONS, HELD] = [8, 3, 4];

/** What `--goal` says in place of a file. */
export const REACHABLE = "reachable";

/** A world's folder, and the picture that episodes in it start from, a file. */
export type Start = { readonly folder: string; readonly prompt: string; readonly engine?: string | undefined };

/**
 * A picture that a world comes to from another one: where a plan of three actions ends that are held for four steps each. Of
 * eight plans it is the one whose end looks least like the start. One start, one picture: the draws are of its file's name.
 * Returns uint8 [1, H, W, 3].
 */
export async function reachableGoal({ folder, prompt, engine }: Start): Promise<Frames> {
  const rng = new Rng(0).split("goal", basename(prompt));
  await using env = await GenieEnv.load(folder, {
    engine,
    prompts: [prompt],
    numEnvs: PLANS,
    autoresetMode: "Disabled",
  });
  const { n } = env.singleActionSpace;
  const [start] = await env.reset({ seed: 0 });
  let end = start;
  for (let action = 0; action < ACTIONS; action++) {
    const held = Int32Array.from({ length: PLANS }, () => rng.integer(n));
    for (let step = 0; step < HELD; step++) [end] = await env.step(held);
  }
  const size = end.length / PLANS;
  const differences = Array.from({ length: PLANS }, (_, row) => difference(start, end, row * size, size));
  const furthest = differences.indexOf(Math.max(...differences));
  const [height = 0, width = 0] = env.singleObservationSpace.shape ?? [];
  return { data: end.slice(furthest * size, (furthest + 1) * size), count: 1, height, width };
}

/** The sum over a stretch of |a - b|. */
function difference(a: Uint8Array, b: Uint8Array, from: number, length: number): number {
  let sum = 0;
  for (let i = from; i < from + length; i++) sum += Math.abs(Number(a[i]) - Number(b[i]));
  return sum;
}
