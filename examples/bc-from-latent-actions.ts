/**
 * A policy learns the platformer from an expert's video without its actions. A world's latent action model says what it sees happen
 * between frames; steps in which it sees the like are one cluster. Somebody tells the key of one step of each, and all are called that.
 *
 * The algorithm is the package's: src/agents, and docs/agents.md ("Clusters"), where the way of Genie's section 3.3 and appendix E
 * (https://arxiv.org/abs/2402.15391), a dictionary of latent actions, is measured beside it.
 *
 *   npx tsx examples/bc-from-latent-actions.ts --world WORLD [--difficulty easy] [--frames 25000] [--steps 4000] [--labels 200] [--seed 1]
 *
 * Without --world the true actions stand in for what a perfect model would see. Prints the seed, the configuration, the loss as it
 * learns, and at the end the share of unseen levels that are solved.
 */
import { z } from "zod";
import { parseCommandLine } from "genie-env";
import { ActionClusters, BehavioralCloning, describeVideo, evaluate, type Demonstration } from "genie-env/agents";
import { makeVecSync, Rng } from "genie-env/env";
import { playDemonstrations, TEST_LEVELS } from "genie-env/games";
import { loadWorld } from "genie-env/model";

const Args = z.strictObject({
  world: z.string().optional().describe("whose latent action model sees the video: a bundled world, or a folder"),
  difficulty: z.enum(["easy", "hard"]).default("easy"),
  frames: z.coerce.number().int().positive().default(25_000).describe("of expert video, on training levels"),
  steps: z.coerce.number().int().positive().default(4000).describe("updates of the policy"),
  labels: z.coerce
    .number()
    .int()
    .positive()
    .default(200)
    .describe("steps of the expert whose true action is asked for"),
  temperature: z.coerce.number().positive().default(0.5).describe("below 1 makes unlikely actions rarer"),
  episodes: z.coerce.number().int().positive().default(100).describe("unseen levels that the policy is judged by"),
  horizon: z.coerce.number().int().positive().default(500).describe("steps after which a level is not solved"),
  seed: z.coerce.number().int().nonnegative().default(1),
  save: z.string().optional().describe("a folder for the agent; BehavioralCloning.load reads it"),
});

const NUM_ACTIONS = 7;

const args = parseCommandLine(Args);
const { difficulty, seed } = args;

const world = args.world === undefined ? null : await loadWorld(args.world);
const oneHot = (action: number) => Float32Array.from({ length: NUM_ACTIONS }, (_, i) => Number(i === action));

/** The expert's episodes with what the model sees in each step, [T] of [D]. `actions` are the true ones, kept for the labels. */
const video: (Demonstration & { readonly features: readonly Float32Array[] })[] = [];
for (let count = 0, episodes = playDemonstrations({ seed: 0, difficulty }); count < args.frames;) {
  const { frames, actions, weights } = episodes.next().value;
  const seen = world === null ? null : await describeVideo(world, frames);
  const features = seen?.map((step) => step.features) ?? Array.from(actions, oneHot);
  // Now and then the expert is made to stumble: the policy sees that, but does not learn to do it.
  video.push({ frames, actions, weights, features });
  count += frames.count;
}
world?.close();

/** The expert's own steps, of which one in each cluster gets its label; what it is called, all steps of the cluster are. */
const steps = video.flatMap(({ features, actions, weights = [] }) =>
  features.map((seen, at) => ({ seen, action: Number(actions[at]) })).filter((_, at) => weights[at] === 1),
);
const seenByExpert = steps.map(({ seen }) => seen);
const clusters = ActionClusters.fit(seenByExpert, { count: args.labels }, new Rng(seed).split("labels"));
const labels = clusters.representatives.map((step) => Number(steps[step]?.action));
const named = video.map((episode) => ({ ...episode, actions: clusters.translate(episode.features, labels) }));

const spec = { frameShape: [64, 64, 3], numActions: NUM_ACTIONS } as const;
await using agent = await BehavioralCloning.create(spec, { temperature: args.temperature }, { seed });
console.log(`seed ${seed}, ${video.length} episodes, ${labels.length} labels, ${JSON.stringify(agent.config)}`);
for await (const { step, loss, accuracy } of agent.learn(named, { steps: args.steps })) {
  if (step % 100 === 0) console.log(`step ${step}  loss ${loss.toFixed(3)}  accuracy ${accuracy.toFixed(3)}`);
}
if (args.save !== undefined) await agent.save(args.save);

using envs = makeVecSync("Platformer-v0", { numEnvs: 10, difficulty, levels: [...TEST_LEVELS], horizon: args.horizon });
const { episodes } = args;
const played = await evaluate(agent, envs, { episodes, seed: 2 ** 40, deterministic: false });
const solved = played.filter((episode) => episode.return > 0).length;
console.log(`solved ${solved} of ${episodes} unseen ${difficulty} levels`);
