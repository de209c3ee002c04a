import { z } from "zod";

import { ConfigError } from "../core/errors.ts";
import { isList } from "./prompt.ts";
import type { Prompt } from "./prompt.ts";
import type { RewardModel } from "./rewards.ts";

const prompt = z.custom<Prompt>(isPrompt, "a path, image bytes, an RGB array or frames");
const rewardModel = z.custom<RewardModel>(
  (value) => typeof value === "object" && value !== null && "prepare" in value && "inputs" in value,
  "a reward model",
);

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
  rewardModel: rewardModel.optional().describe("where rewards and the task's end come from"),
  prompts: z
    .array(prompt)
    .optional()
    .describe("images that reset chooses from, by seed, when it is given none; the world's by default, [] for none"),
  renderMode: z.enum(["rgb_array", "ansi"]).nullable().default(null).describe("what render returns"),
});
export type GenieEnvConfig = z.infer<typeof GenieEnvConfig>;

/** What a user writes. */
export type GenieEnvOptions = z.input<typeof GenieEnvConfig>;

const seed = z.int().nonnegative();
const ResetArgs = z.strictObject({
  seed: z.union([seed, z.array(seed)]).optional(),
  options: z
    .strictObject({
      image: z.union([prompt, z.array(prompt)]).optional(),
      reset_mask: z.union([z.instanceof(Uint8Array), z.array(z.boolean())]).optional(),
    })
    .prefault({}),
});

/** What `reset` takes besides an image alone. */
export type GenieResetArgs<Seed = number | readonly number[]> = {
  /** Restarts the random streams: row i from `seed + i`, or from its own seed. Without it they go on. */
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

/** A reset as asked for: which rows, their seeds (null: go on), and the images to start from. */
export type ResetPlan = {
  readonly rows: readonly number[];
  readonly seeds: readonly number[] | null;
  readonly image: Prompt | readonly Prompt[] | undefined;
};

/** @throws ConfigError that lists every option which breaks a rule. */
export function parseEnvOptions(options: GenieEnvOptions): GenieEnvConfig {
  return parse(GenieEnvConfig, options, "GenieEnv");
}

/** Reads what `reset` was given. @throws ConfigError for a mask or seeds that do not fit the batch, or an unknown option. */
export function planReset(given: Prompt | readonly Prompt[] | GenieResetArgs | undefined, numEnvs: number): ResetPlan {
  const args = parse(ResetArgs, isImage(given) ? { options: { image: given } } : (given ?? {}), "reset");
  const { image, reset_mask } = args.options;
  return { rows: maskedRows(reset_mask, numEnvs), seeds: seedPerRow(args.seed, numEnvs), image };
}

function maskedRows(mask: ArrayLike<number | boolean> | undefined, numEnvs: number): number[] {
  const flags = mask === undefined ? Array.from({ length: numEnvs }, () => true) : Array.from(mask, Boolean);
  if (flags.length === numEnvs && flags.includes(true)) return [...flags.keys()].filter((row) => flags[row]);
  throw new ConfigError(`reset: reset_mask needs ${numEnvs} flags, at least one true, got [${flags.join(", ")}]`);
}

function seedPerRow(seeds: number | readonly number[] | undefined, numEnvs: number): readonly number[] | null {
  if (seeds === undefined) return null;
  if (typeof seeds === "number") return Array.from({ length: numEnvs }, (_, row) => seeds + row);
  if (seeds.length === numEnvs) return seeds;
  throw new ConfigError(`reset: seed must be one integer or one per environment (${numEnvs}), got ${seeds.length}`);
}

function isImage(value: Prompt | readonly Prompt[] | GenieResetArgs | undefined): value is Prompt | readonly Prompt[] {
  return isList(value) || isPrompt(value);
}

function isPrompt(value: unknown): boolean {
  if (typeof value === "string" || value instanceof Uint8Array) return true;
  return typeof value === "object" && value !== null && "data" in value;
}

function parse<T extends z.ZodType>(schema: T, value: unknown, where: string): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new ConfigError(`${where}: ${z.prettifyError(result.error)}`);
}
