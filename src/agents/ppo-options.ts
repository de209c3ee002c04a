import { z } from "zod";
import { ConfigError } from "../core/errors.ts";

/** The options of PPO, by CleanRL's names; the defaults suit dozens of cheap environments side by side. */
export const PPOConfig = z.strictObject({
  learningRate: z.number().positive().default(1e-3).describe("of Adam, at the start"),
  annealLearningRate: z.boolean().default(true).describe("lower the learning rate linearly to 0 at the last step"),
  numSteps: z.int().positive().default(32).describe("steps of each environment between two updates"),
  gamma: z.number().min(0).max(1).default(0.99).describe("discount of rewards"),
  gaeLambda: z.number().min(0).max(1).default(0.95).describe("decay of generalised advantage estimation"),
  numMinibatches: z.int().positive().default(4).describe("parts that the steps are split into, anew in each epoch"),
  updateEpochs: z.int().positive().default(10).describe("times that an update goes through the steps"),
  normalizeAdvantages: z.boolean().default(true).describe("to mean 0 and deviation 1 within each minibatch"),
  clipCoef: z.number().positive().default(0.2).describe("how far the ratio of probabilities may leave 1 and still pay"),
  clipValueLoss: z
    .boolean()
    .default(false)
    .describe("clip the change of values too, by clipCoef; wants rewards of scale 1"),
  entropyCoef: z.number().min(0).default(0.01).describe("weight of the entropy bonus"),
  valueCoef: z.number().min(0).default(0.5).describe("weight of the value loss"),
  maxGradNorm: z.number().positive().default(0.5).describe("largest norm of the whole gradient"),
  targetKl: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe("end an update with the epoch after which the policy has moved further than this, in nats"),
  anchorCoef: z
    .number()
    .min(0)
    .default(0)
    .describe("weight of the divergence from the policy that learning began with: one that imitated, as a rule"),
  criticWarmup: z
    .int()
    .min(0)
    .default(0)
    .describe("first steps, of all environments together, whose rewards the critic alone learns from"),
  criticEncoder: z
    .enum(["shared", "detached", "own"])
    .default("shared")
    .describe(
      "of pictures and tokens: one that actor and critic share and both teach, one that the critic reads and does not teach, " +
        "or one of the critic's own",
    ),
  featureDim: z.int().positive().default(128).describe("features that pictures or tokens are encoded in"),
  embedDim: z.int().positive().default(32).describe("numbers that a patch or a token is embedded in"),
  patchSize: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe("pixels of a patch's side; the divisor of the picture's sides nearest to 8 by default"),
  hiddenSizes: z.array(z.int().positive()).default([64, 64]).describe("widths of the tanh layers of actor and critic"),
});

/** Options with their defaults filled in. */
export type PPOConfig = z.infer<typeof PPOConfig>;

/** What a user writes. */
export type PPOOptions = z.input<typeof PPOConfig>;

/**
 * What the options ask of the number of environments.
 * @throws ConfigError unless a rollout has whole minibatches, of more than one step where advantages are normalised: that of
 * a single step is its own mean, and teaches the actor nothing. `where` begins the message.
 */
export function expectMinibatches(
  { numSteps, numMinibatches, normalizeAdvantages }: PPOConfig,
  numEnvs: number,
  where = "PPO",
): void {
  const rows = (numEnvs * numSteps) / numMinibatches;
  if (!Number.isInteger(rows)) {
    throw new ConfigError(
      `${where}: numMinibatches must divide ${numEnvs} environments x ${numSteps} steps, got ${numMinibatches}`,
    );
  }
  if (rows > 1 || !normalizeAdvantages) return;
  throw new ConfigError(
    `${where}: numMinibatches must leave two steps or more of ${numEnvs} environments x ${numSteps} steps to each, or nothing ` +
      `is left of normalised advantages, got ${numMinibatches} - take fewer, or normalizeAdvantages false`,
  );
}
