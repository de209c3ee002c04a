import { z } from "zod";
import { PPOConfig } from "../../agents/index.ts";
import { DIFFICULTIES } from "../../games/platformer/level.ts";
import { MadeBy } from "../machine.ts";

const Plan = z.strictObject({
  world: z.string(),
  difficulty: z.enum(DIFFICULTIES),
  frames: z.int().min(2).describe("of expert video: what is imitated, and where dreams begin"),
  labels: z.int().positive().describe("steps of the expert whose true action is known, for the map to real actions"),
  memory: z.int().positive().describe("last frames that an agent sees"),
  deathPenalty: z.number().min(0).describe("what an end without reward costs while learning in the dream"),
  starts: z
    .int()
    .positive()
    .describe("places of the video that dreams begin at: half in the last second of an episode, half anywhere"),
  numEnvs: z.int().positive().describe("dreams side by side"),
  horizon: z.int().positive().describe("steps of a dream"),
  dreamSteps: z.int().positive().describe("steps of PPO in the dream, of all environments together"),
  imitationSteps: z.int().positive().describe("updates of cloning"),
  episodes: z.int().positive().describe("real levels that each agent of each seed plays"),
  judgedOn: z.enum(["test", "validation"]).default("test").describe("which levels these are"),
  realHorizon: z.int().positive().describe("steps after which a real level counts as not solved"),
  seeds: z.int().positive(),
  ppo: PPOConfig.describe("of an agent that learns in the dream or in the game from nothing"),
  tuning: PPOConfig.describe("of the agent that goes on from a clone"),
});

/** Everything that the results of `genie-env reproduce dream` depend on. */
export const DreamPlan = Plan.refine(({ ppo, tuning, dreamSteps }) => {
  return Math.max(ppo.criticWarmup, tuning.criticWarmup) < dreamSteps;
}, "the critic's warm-up must be shorter than the dream steps").refine(({ ppo, labels }) => {
  return ppo.criticWarmup < labels;
}, "the critic's warm-up (ppo.criticWarmup) must be shorter than the labels, which are steps of PPO in the game");
export type DreamPlan = z.infer<typeof DreamPlan>;
export type DreamPlanOptions = z.input<typeof DreamPlan>;

/** The agents: controls that learn nothing first, then those that learn. */
export const DREAMERS = [
  "random",
  "run right and jump",
  "clone",
  "PPO in the dream",
  "clone, then PPO in the dream",
  "PPO in the game",
] as const;
export type DreamerName = (typeof DREAMERS)[number];

/** One agent of one seed. */
export const DreamResult = z.strictObject({
  agent: z.enum(DREAMERS),
  seed: z.int().nonnegative(),
  solved: z.array(z.union([z.literal(0), z.literal(1)])).describe("for each real test level, whether it got the coin"),
  dreamt: z.array(z.number()).describe("return of a dream from each start; empty for agents of the real actions"),
  real: z.array(z.number()).describe("return of the real game from the same starts, as many steps"),
  curve: z
    .array(z.strictObject({ step: z.int(), return: z.number(), episodes: z.int() }))
    .describe("mean return of the episodes that ended in each rollout of learning"),
  madeBy: MadeBy.optional().describe("left out in results from before it was recorded"),
});
export type DreamResult = z.infer<typeof DreamResult>;
