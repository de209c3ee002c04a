import { z } from "zod";
import { BehavioralCloningConfig } from "../../agents/bc-options.ts";
import { DIFFICULTIES } from "../../games/platformer/level.ts";
import { MadeBy } from "../machine.ts";
import { MAPS } from "./maps.ts";

/** Everything that the results of `genie-env reproduce bc` depend on. */
export const BCPlan = z.strictObject({
  env: z.literal("Platformer-v0"),
  labeler: z
    .discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("world"), world: z.string() }),
      z.strictObject({ kind: z.literal("renamed"), noise: z.number().min(0).max(1) }),
    ])
    .describe("what finds latent actions: a world, or as a control the true actions renamed, a share of them wrong"),
  difficulties: z.array(z.enum(DIFFICULTIES)).min(1),
  labels: z.array(z.int().positive()).min(1).describe("how many steps of the expert have their true action"),
  maps: z.array(z.enum(MAPS)).min(1),
  episodes: z.int().positive().describe("test levels that each agent of each seed plays"),
  seeds: z.int().positive(),
  frames: z.int().positive().describe("of expert video for each difficulty"),
  disturbance: z.number().min(0).lt(1).describe("share of the expert's steps that a stumble begins at"),
  steps: z.int().positive().describe("updates of a policy"),
  minutes: z.number().positive().nullable().describe("after which a policy stops learning"),
  horizon: z.int().positive().describe("steps after which an episode counts as not solved"),
  deterministic: z.boolean().describe("act by the likeliest actions instead of drawing them"),
  policy: BehavioralCloningConfig,
});
export type BCPlan = z.infer<typeof BCPlan>;
export type BCPlanOptions = z.input<typeof BCPlan>;

/** The kinds of agent that are compared. */
export const AGENTS = [
  "random",
  "oracle",
  "latent, dictionary",
  "latent, decoder",
  "latent, translation",
  "latent, clusters",
  "labels only",
] as const;
export type AgentName = (typeof AGENTS)[number];

/** One agent of one seed on its test levels. */
export const BCResult = z.strictObject({
  difficulty: z.enum(DIFFICULTIES),
  agent: z.enum(AGENTS),
  labels: z.int().positive().nullable().describe("labelled steps that it used; null where that means nothing"),
  seed: z.int().nonnegative(),
  solved: z.array(z.union([z.literal(0), z.literal(1)])).describe("for each test level, whether it got the coin"),
  meanLength: z.number().describe("steps of an episode"),
  madeBy: MadeBy.optional().describe("left out in results from before it was recorded"),
});
export type BCResult = z.infer<typeof BCResult>;

/** How well the labeler's actions stand for the true ones, over the expert's own steps of the video. */
export const LabelQuality = z.strictObject({
  difficulty: z.enum(DIFFICULTIES),
  steps: z.int(),
  used: z.int().describe("latent actions that occur"),
  agreement: z.number().describe("share of steps that the best map from latent to true actions gets right"),
  constantAgreement: z.number().describe("share of the most frequent true action"),
  effectAccuracy: z
    .number()
    .describe(
      "share of the steps where actions differ in effect that the best map's action has the true one's effect in",
    ),
  constantEffectAccuracy: z.number().describe("the same by one action for all"),
  nmi: z.number().describe("normalised mutual information of latent and true actions"),
});
export type LabelQuality = z.infer<typeof LabelQuality>;

/** A cell of the experiment: what `BCResult` is of. */
export type BCCell = Omit<BCResult, "solved" | "meanLength" | "madeBy">;

/** All cells, in the order in which they are computed. */
export function cellsOf(plan: BCPlan): readonly BCCell[] {
  const seeds = Array.from({ length: plan.seeds }, (_, seed) => seed);
  return plan.difficulties.flatMap((difficulty) =>
    seeds.flatMap((seed) => {
      const withLabels = (agent: AgentName) => plan.labels.map((labels) => ({ difficulty, agent, labels, seed }));
      return [
        { difficulty, agent: "random" as const, labels: null, seed },
        { difficulty, agent: "oracle" as const, labels: null, seed },
        ...plan.maps.flatMap((map) => withLabels(`latent, ${map}`)),
        ...withLabels("labels only"),
      ];
    }),
  );
}

/** Whether two cells are the same. */
export function isSameCell(a: BCCell, b: BCCell): boolean {
  return a.difficulty === b.difficulty && a.agent === b.agent && a.labels === b.labels && a.seed === b.seed;
}
