import { z } from "zod";

import { ConfigError } from "../core/errors.ts";
import { parseOptions } from "../core/options.ts";
import { isRecord } from "../core/record.ts";
import type { VectorSeed } from "./env.ts";
import { isList } from "./prompt.ts";
import type { Prompt } from "./prompt.ts";
import { functionReward } from "./rewards.ts";
import type { RewardFunction, RewardModel } from "./rewards.ts";
import { worldHeads } from "./world-heads.ts";

const prompt = z.custom<Prompt>(isPrompt, "a path, image bytes, an RGB array or frames");
const rewardModel = z
  .custom<RewardModel | RewardFunction | "heads">(
    (value) =>
      typeof value === "function" || value === "heads" || (isRecord(value) && "prepare" in value && "inputs" in value),
    'a reward model, as functionReward, tokenReward and goalImageReward make, a function for functionReward, or "heads"',
  )
  .transform((value) => {
    if (value === "heads") return worldHeads();
    return typeof value === "function" ? functionReward(value) : value;
  });

/** The options of a Genie environment, after parsing. */
export const GenieEnvConfig = z.strictObject({
  numEnvs: z.int().positive().optional().describe("environments side by side; without it, a single environment"),
  seed: z.int().nonnegative().default(0).describe("row i of the batch starts from seed + i"),
  observation: z
    .enum(["pixels", "tokens", "both", "none"])
    .default("pixels")
    .describe("what an observation holds; with none a step brings nothing down from its device"),
  horizon: z.int().positive().optional().describe("steps after which an episode is truncated"),
  frameSkip: z.int().positive().default(1).describe("frames that one step holds its action for"),
  autoresetMode: z
    .enum(["NextStep", "SameStep", "Disabled"])
    .default("NextStep")
    .describe("when a batch starts a finished row anew; a single environment never does"),
  rewardModel: rewardModel
    .optional()
    .describe(
      'where rewards and the task\'s end come from; a function is one of pixels, "heads" are those that were trained ' +
        "beside the world",
    ),
  prompts: z
    .array(prompt)
    .optional()
    .describe("images that reset chooses from, by seed, when it is given none; the world's by default, [] for none"),
  renderMode: z.enum(["rgb_array", "ansi"]).nullable().default(null).describe("what render returns"),
});
export type GenieEnvConfig = z.infer<typeof GenieEnvConfig>;

/** What `GenieEnv.load` takes beside: what runs the world and how, and how much memory it may take. */
export const LoadConfig = GenieEnvConfig.extend({
  engine: z
    .string()
    .optional()
    .describe(
      "what computes: onnx (unless told otherwise, here or by GENIE_ENGINE), jax, tensorflow, webgpu, wasm or cpu",
    ),
  precision: z
    .string()
    .optional()
    .describe(
      '"float32", or with the engine onnx "int8", which is faster and a little less exact; float32 unless told',
    ),
  sampling: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("what differs from the world's own way of sampling: steps, temperature, unmask"),
  memoryLimit: z
    .number()
    .positive()
    .optional()
    .describe("bytes that the environments may take; by default what is free when they are opened"),
});

/** What a user writes. */
export type GenieEnvOptions = z.input<typeof GenieEnvConfig>;

/** The options of a reset, beside its mask. */
export const GenieResetOptions = z.strictObject({
  image: z
    .custom<Prompt | readonly Prompt[]>(isImage, "a path, image bytes, an RGB array or frames, or one per environment")
    .optional(),
});

/** What `reset` takes besides an image alone. */
export type GenieResetArgs<Seed = VectorSeed> = {
  /** Restarts the random streams: row i from `seed + i`, or from its own seed, if not null. Without it they go on. */
  readonly seed?: Seed | undefined;
  readonly options?:
    | {
        /** One image for all rows, or one per row. */
        readonly image?: Prompt | readonly Prompt[] | undefined;
        /** The rows to reset, one flag per row; the others stay as they are. */
        readonly reset_mask?: Uint8Array | readonly boolean[] | undefined;
      }
    | undefined;
};

/** @throws ConfigError that lists every option which breaks a rule. */
export function parseEnvOptions(options: GenieEnvOptions): GenieEnvConfig {
  return parseOptions(GenieEnvConfig, options, "GenieEnv");
}

/** What `reset` was given, where an image alone stands for the option. */
export function withImage(given: Prompt | readonly Prompt[] | GenieResetArgs | undefined): GenieResetArgs | undefined {
  if (isRecord(given) && "image" in given) {
    throw new ConfigError("reset: image is one of the options, got it beside them - pass { options: { image } }");
  }
  return isImage(given) ? { options: { image: given } } : given;
}

function isImage(value: unknown): value is Prompt | readonly Prompt[] {
  return isList(value) ? value.every(isPrompt) : isPrompt(value);
}

function isPrompt(value: unknown): boolean {
  if (typeof value === "string" || value instanceof Uint8Array) return true;
  return typeof value === "object" && value !== null && "data" in value;
}
