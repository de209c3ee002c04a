import { basename } from "node:path";
import type { Frames } from "../../core/frames.ts";
import { Rng } from "../../core/rng.ts";
import { GenieEnv, type GenieVectorEnv } from "../../env/index.ts";
import { meanDifference } from "../../metrics/mean.ts";

/** Plans that are tried, how many of them side by side; the actions of each, and the steps that each of these is held for. */
const [PLANS, ROWS, ACTIONS, HELD] = [32, 16, 3, 4];

/** What `--goal` says in place of a file. */
export const REACHABLE = "reachable";

/** A world's folder, and the picture that episodes in it start from, a file. */
export type Start = { readonly folder: string; readonly prompt: string; readonly engine?: string | undefined };

/** A picture to come to. */
export type PlannedGoal = {
  /** uint8 [1, H, W, 3]. */
  readonly picture: Frames;
  /** The actions that lead there, [T]. */
  readonly plan: readonly number[];
  /** The mean difference of a pixel, in [0, 1], from the nearest of the pictures that single held actions show. */
  readonly distance: number;
};

/**
 * A picture that a world comes to from another one, and that no single held action shows: see `planGoal`. One start, one picture:
 * the draws are of its file's name.
 */
export async function reachableGoal({ folder, prompt, engine }: Start): Promise<PlannedGoal> {
  await using env = await GenieEnv.load(folder, {
    engine,
    prompts: [prompt],
    numEnvs: ROWS,
    autoresetMode: "Disabled",
  });
  return await planGoal(env, new Rng(0).split("goal", basename(prompt)));
}

/**
 * Where a plan of three actions ends that are held for four steps each. Every action held alone for as long shows pictures too; of 32
 * plans it is the one whose end is furthest from the nearest of these, the start among them.
 */
export async function planGoal(env: GenieVectorEnv, rng: Rng): Promise<PlannedGoal> {
  const { n } = env.singleActionSpace;
  const held = Array.from({ length: n }, (_, action) => planOf(Array.from({ length: ACTIONS }, () => action)));
  const plans = Array.from({ length: PLANS }, () => planOf(Array.from({ length: ACTIONS }, () => rng.integer(n))));
  const easy = (await framesOf(env, held)).flat();
  const ends = (await framesOf(env, plans)).flatMap((frames) => frames.at(-1) ?? []);
  const distances = ends.map((end) => Math.min(...easy.map((frame) => meanDifference(frame, end))));
  const distance = Math.max(...distances);
  const best = distances.indexOf(distance);
  const [height = 0, width = 0] = env.singleObservationSpace.shape ?? [];
  const picture = { data: ends[best] ?? new Uint8Array(), count: 1, height, width };
  return { picture, plan: plans[best] ?? [], distance: distance / 255 };
}

/** The steps of a plan, [ACTIONS * HELD]. */
function planOf(actions: readonly number[]): readonly number[] {
  return actions.flatMap((action) => Array.from({ length: HELD }, () => action));
}

/** What each plan shows from the start on, [plans] of [T + 1] of uint8 [H * W * 3]; as many at once as there are rows. */
async function framesOf(env: GenieVectorEnv, plans: readonly (readonly number[])[]): Promise<Uint8Array[][]> {
  const shown: Uint8Array[][] = [];
  for (let first = 0; first < plans.length; first += env.numEnvs) {
    const rows = plans.slice(first, first + env.numEnvs);
    const [start] = await env.reset({ seed: 0 });
    const size = start.length / env.numEnvs;
    const steps = Array.from({ length: ACTIONS * HELD }, (_, t) =>
      Int32Array.from({ length: env.numEnvs }, (_, row) => rows[row]?.[t] ?? 0),
    );
    const { pixels = new Uint8Array() } = await env.imagine(steps);
    const at = (t: number, row: number) =>
      pixels.slice((t * env.numEnvs + row) * size, (t * env.numEnvs + row + 1) * size);
    shown.push(
      ...rows.map((_, row) => [start.slice(row * size, (row + 1) * size), ...steps.map((_, t) => at(t, row))]),
    );
  }
  return shown;
}
