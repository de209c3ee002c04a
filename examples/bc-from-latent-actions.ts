/**
 * A policy learns the platformer from an expert's video without its actions: a world's latent action model names what
 * happens between two frames, the policy learns to predict these names, and a few labelled steps tell which keys they are.
 *
 * The algorithm is the package's: src/agents, after Genie (https://arxiv.org/abs/2402.15391), section 3.3 and appendix E.
 *
 *   npx tsx examples/bc-from-latent-actions.ts --world WORLD [--difficulty easy] [--frames 50000] [--steps 2500] [--labels 200] [--seed 1]
 *
 * Without --world the true actions under other names stand in for latent ones: what a perfect model would find. Prints the
 * seed, the configuration, the loss as it learns, and at the end the share of unseen levels that are solved.
 */
import { parseArgs } from "node:util";
import { z } from "zod";
import { BehavioralCloning, evaluate, labelVideo, type Demonstration } from "genie-env/agents";
import { makeVecSync, Rng } from "genie-env/env";
import { playDemonstrations, TEST_LEVELS } from "genie-env/games";
import { loadWorld } from "genie-env/model";

const Args = z.strictObject({
  world: z.string().optional().describe("whose latent action model labels the video: a bundled world, or a folder"),
  difficulty: z.enum(["easy", "hard"]).default("easy"),
  frames: z.coerce.number().int().positive().default(50_000).describe("of expert video, on training levels"),
  steps: z.coerce.number().int().positive().default(2500).describe("updates of the policy"),
  labels: z.coerce.number().int().positive().default(200).describe("steps of the expert whose true action is known"),
  episodes: z.coerce.number().int().positive().default(100).describe("unseen levels that the policy is judged by"),
  horizon: z.coerce.number().int().positive().default(500).describe("steps after which a level is not solved"),
  seed: z.coerce.number().int().nonnegative().default(1),
  save: z.string().optional().describe("a folder for the agent; BehavioralCloning.load reads it"),
});

const NUM_ACTIONS = 7;

const options = Object.fromEntries(Object.keys(Args.shape).map((name) => [name, { type: "string" } as const]));
const args = Args.parse({ ...parseArgs({ options }).values });
const { difficulty, seed } = args;

/** The expert's episodes; `actions` are the true ones, of which only a few will be looked at. */
const video: Demonstration[] = [];
for (let frames = 0, episodes = playDemonstrations({ seed: 0, difficulty }); frames < args.frames;) {
  const { frames: shown, actions, isExpert } = episodes.next().value;
  // Now and then the expert is made to stumble: the policy sees that, but does not learn to do it.
  video.push({ frames: shown, actions, weights: isExpert });
  frames += shown.count;
}

/** What a latent action model finds in the same frames. */
const world = args.world === undefined ? null : await loadWorld(args.world);
const latent: Demonstration[] = [];
for (const episode of video) {
  const renamed = Array.from(episode.actions, (action) => (action + 3) % NUM_ACTIONS);
  latent.push({ ...episode, actions: world === null ? renamed : await labelVideo(world, episode.frames) });
}

const spec = { frameShape: [64, 64, 3], numActions: world?.numActions ?? NUM_ACTIONS } as const;
await using agent = await BehavioralCloning.create(spec, {}, { seed });
console.log(`seed ${seed}, ${video.length} episodes, ${JSON.stringify(agent.config)}`);
for await (const { step, loss, accuracy } of agent.learn(latent, { steps: args.steps })) {
  if (step % 100 === 0) console.log(`step ${step}  loss ${loss.toFixed(3)}  accuracy ${accuracy.toFixed(3)}`);
}

/** A few steps of the expert, drawn evenly, with their true actions. */
const rng = new Rng(seed).split("labels");
const labels = Array.from({ length: args.labels }, () => {
  const i = rng.integer(video.length);
  const [truth, episode] = [video[i], latent[i]];
  if (truth === undefined || episode === undefined) throw new Error("the video is empty");
  const at = rng.integer(episode.actions.length);
  return { episode, at, action: Number(truth.actions[at]) };
});
await agent.mapActions(labels, { numActions: NUM_ACTIONS });
if (args.save !== undefined) await agent.save(args.save);
world?.close();

using envs = makeVecSync("Platformer-v0", { numEnvs: 10, difficulty, levels: [...TEST_LEVELS], horizon: args.horizon });
const { episodes } = args;
const played = await evaluate(agent, envs, { episodes, seed: 2 ** 40, deterministic: false });
const solved = played.filter((episode) => episode.return > 0).length;
console.log(`solved ${solved} of ${episodes} unseen ${difficulty} levels`);
