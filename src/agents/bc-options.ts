import { z } from "zod";

/** Frames that a policy looks at, the present one included. */
const NUM_FRAMES = 4;

/**
 * Options of behavioural cloning. The paper's network (Genie, appendix E) has 12 blocks of width 512 over patches of 4
 * pixels; the defaults learn a game of 64x64 pixels in minutes on two cores.
 */
export const BehavioralCloningConfig = z.strictObject({
  numFrames: z.int().positive().default(NUM_FRAMES).describe("last frames that the policy sees"),
  patchSize: z.int().positive().default(8).describe("side of a patch in pixels: one token each"),
  numBlocks: z.int().positive().default(1).describe("blocks of the ST-transformer"),
  modelDim: z.int().positive().default(64).describe("width of every token"),
  numHeads: z.int().positive().default(4).describe("attention heads"),
  readDim: z.int().positive().default(8).describe("numbers that the policy reads from every token"),
  featureDim: z.int().positive().default(128).describe("width of the layer that reads them"),
  attention: z
    .enum(["space", "space-time"])
    .default("space")
    .describe("space-time: a token per patch and frame, as in the paper; space: one per patch, of all frames together"),
  previousActions: z
    .boolean()
    .default(false)
    .describe("add the actions that led to the frames, as in the paper; frames show what they did"),
  batchSize: z.int().positive().default(64).describe("steps of the expert in an update"),
  learningRate: z.number().positive().default(2e-3).describe("of AdamW, at its highest"),
  minLearningRate: z.number().min(0).default(2e-5).describe("of AdamW, at the last step"),
  warmupSteps: z.int().min(0).default(100).describe("updates over which the learning rate rises"),
  weightDecay: z.number().min(0).default(1e-2),
  temperature: z
    .number()
    .positive()
    .default(1)
    .describe("of the actions drawn when acting: logits are divided by it, so below 1 unlikely actions become rarer"),
  randomActions: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe("share of actions that are drawn evenly when acting; the paper's oracle did better with 0.1"),
});

/** Options with their defaults filled in. */
export type BehavioralCloningConfig = z.infer<typeof BehavioralCloningConfig>;

/** What a user writes. */
export type BehavioralCloningOptions = z.input<typeof BehavioralCloningConfig>;

/** The learning rate after so many updates, at `progress` in [0, 1] through the learning: a rise, then a cosine's fall. */
export function learningRateAt(config: BehavioralCloningConfig, updates: number, progress: number): number {
  const { learningRate, minLearningRate, warmupSteps } = config;
  const warmup = Math.min(1, (updates + 1) / Math.max(1, warmupSteps));
  const lowest = Math.min(learningRate, minLearningRate);
  return warmup * (lowest + (learningRate - lowest) * (0.5 + 0.5 * Math.cos(Math.PI * progress)));
}
