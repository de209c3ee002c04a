/**
 * Plans in a learnt world until it shows a goal image: by a beam over saved and restored states, or by the cross-entropy
 * method over sequences of actions (https://doi.org/10.1016/S0377-2217(96)00385-2). Nothing is learnt here.
 *
 *   npx tsx examples/plan-to-a-goal-image.ts [--world platformer] [--goal IMAGE] [--method beam|cem] [--out plan.gif]
 *
 * Without a goal, it is what the world shows after some random steps: so a way is known to exist. Prints the seed, the
 * plan, and how far from the goal the start and the plan's end are: the mean difference of a pixel in [0, 1].
 */
import { z } from "zod";
import { parseCommandLine } from "genie-env";
import { closenessTo, planByBeam, planByCEM } from "genie-env/agents";
import { GenieEnv, Rng } from "genie-env/env";
import { concatFrames, readImage, writeAnimation, type Frames } from "genie-env/model";

const Args = z.strictObject({
  world: z.string().default("platformer").describe("a bundled world, or a world's folder"),
  goal: z.string().optional().describe("an image; what some random steps lead to by default"),
  method: z.enum(["beam", "cem"]).default("beam"),
  width: z.coerce.number().int().positive().optional().describe("beam: states that it goes on from; 4 by default"),
  population: z.coerce.number().int().positive().optional().describe("cem: plans of an iteration; 32 by default"),
  horizon: z.coerce.number().int().positive().default(6).describe("steps of a plan"),
  "num-envs": z.coerce.number().int().positive().default(8).describe("rows that try plans side by side"),
  seed: z.coerce.number().int().nonnegative().default(0),
  out: z.string().optional().describe("an animation of the plan: .gif, .webp or .mp4"),
});

const { world, method, horizon, seed, out, ...args } = parseCommandLine(
  Args.refine(
    (given) => given[given.method === "beam" ? "population" : "width"] === undefined,
    "--width is of the beam and --population of CEM: leave out that of the other method",
  ),
);
const { width = 4, population = 32 } = args;
const rng = new Rng(seed);
console.log(`${world}, ${method}, seed ${seed}`);

await using env = await GenieEnv.load(world, { numEnvs: args["num-envs"], autoresetMode: "Disabled" });
const [height = 0, imageWidth = 0] = env.singleObservationSpace.shape ?? [];
const size = height * imageWidth * 3;
const shown = (obs: Uint8Array): Frames => ({ data: obs.slice(0, size), count: 1, height, width: imageWidth });

const [start] = await env.reset({ seed });
const [from] = await env.getState([0]);
if (from === undefined) throw new TypeError("an environment has a state after its reset");
const goal = args.goal === undefined ? await wander() : await readImage(args.goal, { height, width: imageWidth });

/** What some random steps of the first row lead to; keys are held for three steps, or little would move. */
async function wander(): Promise<Frames> {
  let obs = start;
  for (let step = 0; step < horizon; step++) {
    const action = rng.split("wander", Math.floor(step / 3)).integer(env.singleActionSpace.n);
    [obs] = await env.step(new Int32Array(env.numEnvs).fill(action));
  }
  return shown(obs);
}

const objective = closenessTo(goal.data);
const task = { from, observation: shown(start).data, objective, horizon, enough: -0.001 };
const plan = await (method === "beam"
  ? planByBeam(env, task, { width })
  : planByCEM(env, task, rng.split("cem"), { population, elites: Math.max(1, Math.floor(population / 8)) }));

// The plan, carried out: a state holds its random stream, so it comes true as it was foreseen.
await env.setState(Array.from({ length: env.numEnvs }, () => from));
const film: Frames[] = [shown(start)];
for (const action of plan.actions) {
  const [obs] = await env.step(new Int32Array(env.numEnvs).fill(action));
  film.push(shown(obs));
}
if (out !== undefined) await writeAnimation(out, concatFrames([...film, goal]), { fps: 4, scale: 4 });

const difference = (frames: Frames | undefined): string => (-objective(frames?.data)).toFixed(4);
console.log(
  `plan: ${plan.actions.map((action) => env.actionNames[action]).join(", ")} (${plan.steps} steps were tried)`,
);
console.log(`difference from the goal: ${difference(film[0])} at the start, ${difference(film.at(-1))} after the plan`);
