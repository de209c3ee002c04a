import { z } from "zod";

import { parseOptions } from "../core/options.ts";
import type { VectorSeed } from "./env.ts";
import { isList } from "./prompt.ts";
import type { Prompt } from "./prompt.ts";
import type { RewardModel } from "./rewards.ts";
import { worldHeads } from "./world-heads.ts";
import { maskedRows, seedPerRow } from "./vector/reset-plan.ts";
import type { ResetPlan } from "./vector/reset-plan.ts";

const prompt = z.custom<Prompt>(isPrompt, "a path, image bytes, an RGB array or frames");
const rewardModel = z.union([
  z.custom<RewardModel>(
    (value) => typeof value === "object" && value !== null && "prepare" in value && "inputs" in value,
    'a reward model, or "heads"',
  ),
  z.literal("heads").transform(() => worldHeads()),
]);

/** The options of a Genie environment, after parsing. */
export const GenieEnvConfig = z.strictObject({
  numEnvs: z.int().positive().optional().describe("environments side by side; without it, a single environment"),
  seed: z.int().nonnegative().default(0).describe("row i of the batch starts from seed + i"),
  observation: z.enum(["pixels", "tokens", "both"]).default("pixels").describe("what an observation holds"),
  horizon: z.int().positive().optional().describe("steps after which an episode is truncated"),
  frameSkip: z.int().positive().default(1).describe("frames that one step holds its action for"),
  autoresetMode: z
    .enum(["NextStep", "SameStep", "Disabled"])
    .default("NextStep")
    .describe("when a batch starts a finished row anew; a single environment never does"),
  rewardModel: rewardModel
    .optional()
    .describe('where rewards and the task\'s end come from; "heads": from those that were trained beside the world'),
  prompts: z
    .array(prompt)
    .optional()
    .describe("images that reset chooses from, by seed, when it is given none; the world's by default, [] for none"),
  renderMode: z.enum(["rgb_array", "ansi"]).nullable().default(null).describe("what render returns"),
});
export type GenieEnvConfig = z.infer<typeof GenieEnvConfig>;

/** What a user writes. */
export type GenieEnvOptions = z.input<typeof GenieEnvConfig>;

const ResetArgs = z.strictObject({
  seed: z.unknown().optional(),
  options: z
    .strictObject({
      image: z.union([prompt, z.array(prompt)]).optional(),
      reset_mask: z.unknown().optional(),
    })
    .prefault({}),
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

/** A reset as asked for, and the images to start from. */
export type GenieResetPlan = Omit<ResetPlan, "options"> & { readonly image: Prompt | readonly Prompt[] | undefined };

/** @throws ConfigError that lists every option which breaks a rule. */
export function parseEnvOptions(options: GenieEnvOptions): GenieEnvConfig {
  return parseOptions(GenieEnvConfig, options, "GenieEnv");
}

/** Reads what `reset` was given. @throws ConfigError for a mask or seeds that do not fit the batch, or an unknown option. */
export function planGenieReset(
  given: Prompt | readonly Prompt[] | GenieResetArgs | undefined,
  numEnvs: number,
): GenieResetPlan {
  const args = parseOptions(ResetArgs, isImage(given) ? { options: { image: given } } : (given ?? {}), "reset");
  const { image, reset_mask } = args.options;
  return { rows: maskedRows(reset_mask, numEnvs), seeds: seedPerRow(args.seed, numEnvs), image };
}

function isImage(value: Prompt | readonly Prompt[] | GenieResetArgs | undefined): value is Prompt | readonly Prompt[] {
  return isList(value) || isPrompt(value);
}

function isPrompt(value: unknown): boolean {
  if (typeof value === "string" || value instanceof Uint8Array) return true;
  return typeof value === "object" && value !== null && "data" in value;
}
