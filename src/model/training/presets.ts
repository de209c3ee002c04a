import { z } from "zod";
import type { GenieOptions } from "../genie.ts";
import { StageConfig } from "./stage.ts";

/** A stage of which these parts can learn: refused before anything is read or trained. */
const stageOf = (...parts: StageConfig["learns"][]) =>
  StageConfig.refine(({ learns }) => parts.includes(learns), {
    path: ["learns"],
    error: `must be one of ${parts.join(", ")}`,
  }).prefault({});

/** How Genie is trained: its two stages, and how the time is shared between them. */
export const TrainingConfig = z.strictObject({
  tokenizer: stageOf("all", "decoder"),
  dynamics: stageOf("all", "actions", "dynamics"),
  tokenizerShare: z.number().min(0).max(1).default(0.4).describe("share of the time that the tokenizer gets"),
  steps: z.tuple([z.int().nonnegative(), z.int().nonnegative()]).default([4000, 4000]).describe("updates per stage"),
});
export type TrainingConfig = z.infer<typeof TrainingConfig>;

/** A world's size and how it is trained, as plain data. */
export type Preset = {
  readonly description: string;
  readonly genie: GenieOptions;
  readonly training: z.input<typeof TrainingConfig>;
  /** How videos are cut into clips, where the defaults do not fit (`CurationConfig`). */
  readonly curation?: Readonly<Record<string, unknown>>;
};

const transformer = (numBlocks: number, modelDim: number, numHeads: number) => ({ numBlocks, modelDim, numHeads });
/** The paper's feed-forward layer must be narrow for its parameter counts to come out (about one D x D matrix). */
const paper = (numBlocks: number, modelDim: number, numHeads: number, headDim: number) => ({
  ...transformer(numBlocks, modelDim, numHeads),
  headDim,
  feedForwardDim: modelDim / 2,
});
const paperVQ = (codebookSize: number) => ({ kind: "vq", codebookSize, codeDim: 32 }) as const;

/** The presets by name. */
export const PRESETS = {
  tiny: {
    description: "for tests: seconds",
    genie: {
      height: 16,
      width: 16,
      numFrames: 4,
      tokenizer: {
        encoder: transformer(1, 32, 2),
        decoder: transformer(1, 32, 2),
        quantizer: { kind: "fsq", levels: [4, 4, 4] },
      },
      actions: { patchSize: 8, encoder: transformer(1, 32, 2), decoder: transformer(1, 32, 2) },
      dynamics: { transformer: transformer(2, 32, 2) },
      sampling: { steps: 4 },
    },
    training: { tokenizer: { batchSize: 4 }, dynamics: { batchSize: 4 }, steps: [30, 30] },
  },
  small: {
    description: "two CPU cores, about an hour",
    genie: {
      height: 48,
      width: 80,
      numFrames: 8,
      // A still scene keeps its tokens from frame to frame, and the dynamics need not learn how they settle.
      tokenizer: { architecture: "vit", encoder: transformer(2, 128, 4), decoder: transformer(3, 128, 4) },
      actions: {
        shrink: 2,
        patchSize: 4,
        reach: [3, 4],
        margin: [0, 1],
        encoder: transformer(1, 64, 2),
        decoder: transformer(1, 64, 2),
      },
      // Who learns to mend random tokens mends rare ones, which levels never seen are made of.
      dynamics: { transformer: transformer(4, 128, 4), actions: "add", corruption: 0 },
    },
    training: {
      tokenizer: { batchSize: 16, numFrames: 2 },
      dynamics: { batchSize: 4 },
      tokenizerShare: 0.3,
    },
    // Latent actions are found in what moves: a player who is stuck, or waits, teaches none.
    curation: { minFrames: 10, maxStaticSeconds: 3, staticThreshold: 2.5 },
  },
  platformer: {
    description: "the bundled game: two CPU cores, hours",
    genie: {
      height: 64,
      width: 64,
      fps: 15,
      numFrames: 8,
      tokenizer: {
        architecture: "vit",
        patchSize: 8,
        encoder: transformer(2, 128, 4),
        decoder: transformer(3, 192, 6),
        quantizer: { kind: "fsq", levels: [7, 5, 5, 5, 5] },
      },
      // The hero runs 4 pixels a frame, jumps 6 and falls 7: half of that in the shrunk frame. Two frames tell how fast he
      // rises, so that codes need not, and can tell whether jump is held.
      actions: {
        shrink: 2,
        patchSize: 4,
        reach: [4, 2],
        margin: [0, 1],
        memory: 2,
        encoder: transformer(2, 96, 4),
        decoder: transformer(1, 64, 2),
      },
      // It plays in one step, which sees no token of the frame that it draws.
      dynamics: { transformer: transformer(4, 160, 5), actions: "add", corruption: 0.1, maskRate: [0.8, 1] },
      sampling: { steps: 1, temperature: 0 },
    },
    training: {
      // Coins and deaths are a twentieth of the frames and all of the rewards.
      tokenizer: { batchSize: 16, numFrames: 2, endings: 5 },
      dynamics: { batchSize: 4, endings: 10, schedule: { peak: 1.5e-3, decayShare: 0.6 } },
      tokenizerShare: 0.4,
    },
    // A recording is cut into episodes already, and shows nothing that is not the game.
    curation: { maxStaticSeconds: null, minFrames: 8, darkThreshold: 0, cutThreshold: 1 },
  },
  ablation: {
    description: "for ablations on two CPU cores: half an hour to an hour a variant",
    genie: {
      height: 64,
      width: 64,
      fps: 15,
      numFrames: 8,
      tokenizer: { encoder: transformer(2, 96, 4), decoder: transformer(2, 96, 4) },
      actions: { patchSize: 16, encoder: transformer(2, 96, 4), decoder: transformer(2, 96, 4) },
      dynamics: { transformer: transformer(3, 96, 4) },
    },
    training: { tokenizer: { batchSize: 8 }, dynamics: { batchSize: 8 }, steps: [2000, 2000] },
  },
  coinrun: {
    description: "the paper's appendix F: one accelerator, days",
    genie: {
      height: 64,
      width: 64,
      numFrames: 16,
      tokenizer: {
        patchSize: 4,
        encoder: paper(8, 512, 8, 64),
        decoder: paper(8, 512, 8, 64),
        quantizer: paperVQ(1024),
      },
      actions: { patchSize: 16, encoder: paper(8, 512, 8, 64), decoder: paper(8, 512, 8, 64), quantizer: paperVQ(6) },
      dynamics: { transformer: paper(12, 512, 8, 64) },
      sampling: { steps: 25, temperature: 1 },
    },
    training: {
      tokenizer: { batchSize: 48, schedule: { peak: 3e-4, floor: 1, warmupSteps: 10_000, decayShare: 0 } },
      dynamics: { batchSize: 36, schedule: { peak: 3e-5, floor: 0.1, warmupSteps: 5000, decayShare: 1 } },
      steps: [300_000, 200_000],
    },
  },
  "genie-11b": {
    description: "the paper's tables 5, 6 and 12: for counting only",
    genie: {
      // 160 x 90 is padded to 160 x 92: only 40 x 23 = 920 tokens a frame fit the published totals.
      height: 92,
      width: 160,
      numFrames: 16,
      tokenizer: {
        patchSize: 4,
        encoder: paper(12, 512, 8, 64),
        decoder: paper(20, 1024, 16, 64),
        quantizer: paperVQ(1024),
      },
      actions: {
        patchSize: 4,
        encoder: paper(20, 1024, 16, 64),
        decoder: paper(20, 1024, 16, 64),
        quantizer: paperVQ(8),
      },
      dynamics: { transformer: paper(48, 5120, 36, 128) },
      sampling: { steps: 25, temperature: 2 },
    },
    training: {
      tokenizer: { batchSize: 64, schedule: { peak: 3e-4, floor: 1, warmupSteps: 10_000, decayShare: 0 } },
      dynamics: { batchSize: 512, schedule: { peak: 3e-5, floor: 0.1, warmupSteps: 5000, decayShare: 1 } },
      steps: [300_000, 125_000],
    },
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;
