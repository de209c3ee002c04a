import { z } from "zod";
import { parseOptions } from "../core/options.ts";
import type { HostTensors } from "../core/host-tensor.ts";
import type { Rng } from "../core/rng.ts";
import { initParams, withPrefix, type ParamSpecs } from "../nn/params.ts";
import { codebookSize } from "../nn/quantizers.ts";
import { DynamicsModelConfig, dynamicsModelParams, type DynamicsSetup } from "./dynamics-model.ts";
import {
  latentActionModelParams,
  LatentActionModelConfig,
  numLatentActions,
  type ActionSetup,
} from "./latent-action-model.ts";
import { MaskGITConfig } from "./maskgit.ts";
import { patchesPerFrame } from "../nn/patches.ts";
import { tokenizerGrid, videoTokenizerParams, VideoTokenizerConfig, type TokenizerSetup } from "./video-tokenizer.ts";

/** Genie: the three models together, and the video that they are made for. */
export const GenieConfig = z.strictObject({
  height: z.int().positive().default(48).describe("frame height in pixels"),
  width: z.int().positive().default(80).describe("frame width in pixels"),
  fps: z.number().positive().default(10).describe("frames per second"),
  numFrames: z
    .int()
    .min(2)
    .max(1024)
    .default(16)
    .describe("frames per training clip, and how many the models remember"),
  tokenizer: VideoTokenizerConfig.prefault({}),
  actions: LatentActionModelConfig.prefault({}),
  dynamics: DynamicsModelConfig.prefault({}),
  sampling: MaskGITConfig.prefault({}),
});
export type GenieConfig = z.infer<typeof GenieConfig>;
export type GenieOptions = z.input<typeof GenieConfig>;

/** Parses a configuration. @throws ConfigError that lists every broken rule. */
export function parseGenieConfig(options: unknown): GenieConfig {
  return parseOptions(GenieConfig, options, "GenieConfig");
}

/** The set-ups of the three models, derived from one configuration. */
export type GenieSetup = {
  readonly tokenizer: TokenizerSetup;
  readonly actions: ActionSetup;
  readonly dynamics: DynamicsSetup;
};

/** Derives what each model needs to know. */
export function setupGenie(config: GenieConfig): GenieSetup {
  const { height, width, numFrames: window } = config;
  const tokenizer = { config: config.tokenizer, height, width, window };
  const tokensPerFrame = patchesPerFrame(tokenizerGrid(tokenizer));
  const { quantizer } = config.tokenizer;
  const vocabularySize = codebookSize(quantizer);
  const levels = quantizer.kind === "fsq" ? quantizer.levels : [];
  const numActions = numLatentActions(config.actions);
  return {
    tokenizer,
    actions: { config: config.actions, height, width, window, tokensPerFrame, vocabularySize },
    dynamics: { config: config.dynamics, tokensPerFrame, vocabularySize, levels, numActions, window },
  };
}

/** The parameters of all three, behind the prefixes `tokenizer.`, `actions.` and `dynamics.`; allocates none of them. */
export function genieParams(setup: GenieSetup): ParamSpecs {
  return {
    ...withPrefix("tokenizer", videoTokenizerParams(setup.tokenizer)),
    ...withPrefix("actions", latentActionModelParams(setup.actions)),
    ...withPrefix("dynamics", dynamicsModelParams(setup.dynamics)),
  };
}

/** Fresh parameters of all three. */
export function initGenie(setup: GenieSetup, rng: Rng): HostTensors {
  return initParams(genieParams(setup), rng);
}
