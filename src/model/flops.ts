import { headDimOf, type STTransformerConfig } from "../nn/st-transformer.ts";
import { codeDim } from "../nn/quantizers.ts";
import { positionsPerFrame, type DynamicsSetup } from "./dynamics-model.ts";
import type { GenieConfig, GenieSetup } from "./genie.ts";
import { maskSchedule } from "./maskgit.ts";
import { patchWidth } from "../nn/patches.ts";
import { tokenizerGrid, tokenizerTransformer } from "./video-tokenizer.ts";

/*
 * Floating-point operations, counted by formula: a multiply-add is two, and matrix products are all that counts (the
 * rest is a few percent of the work). Only products that are needed count, so that a waste does not look like speed.
 */

/** What a transformer is run on: frames of `positions` tokens; each temporal query scores `keyFrames` frames. */
export type Passage = { readonly numFrames: number; readonly positions: number; readonly keyFrames: number };

/** FLOPs of all blocks of a forward pass over one sequence. */
export function transformerFlops(config: STTransformerConfig, passage: Passage): number {
  const { spatial, temporal, feedForward } = blockFlops(config, passage);
  return config.numBlocks * (spatial + temporal + feedForward);
}

/** FLOPs of a pass that only leaves keys and values behind: what its last block would do after them is not needed. */
export function rememberingFlops(config: STTransformerConfig, passage: Passage): number {
  const { numFrames, positions } = passage;
  const { temporal, feedForward } = blockFlops(config, passage);
  const keysAndValues = product(numFrames * positions, config.modelDim, 2 * config.numHeads * headDimOf(config));
  return transformerFlops(config, passage) - temporal - feedForward + (temporal === 0 ? 0 : keysAndValues);
}

/**
 * FLOPs of one frame of one environment, from tokens to pixels, behind a full window: one pass that remembers the last
 * frame, S refinement passes with the logits of what is still masked, and one pass of the decoder.
 */
export function frameFlops(config: GenieConfig, setup: GenieSetup): number {
  const { transformer } = config.dynamics;
  const { tokensPerFrame, vocabularySize, window } = setup.dynamics;
  const passage = { numFrames: 1, positions: positionsPerFrame(setup.dynamics), keyFrames: window };
  const { steps } = config.sampling;
  const masked = maskSchedule(steps, tokensPerFrame).reduce((sum, left) => sum + left, tokensPerFrame);
  // Only tokens whose logits are wanted pass the last feed-forward layer.
  const skipped = steps * passage.positions - masked;
  const refinement = steps * transformerFlops(transformer, passage) - feedForwardFlops(transformer, skipped);
  const logits = product(masked, transformer.modelDim, vocabularySize);
  return rememberingFlops(transformer, passage) + refinement + logits + decoderFlops(setup);
}

function decoderFlops({ tokenizer, dynamics }: GenieSetup): number {
  const positions = dynamics.tokensPerFrame;
  const decoder = tokenizerTransformer(tokenizer, "decoder");
  const embed = product(positions, codeDim(tokenizer.config.quantizer), decoder.modelDim);
  const pixels = product(positions, decoder.modelDim, patchWidth(tokenizerGrid(tokenizer)));
  return embed + transformerFlops(decoder, { numFrames: 1, positions, keyFrames: tokenizer.window }) + pixels;
}

/** FLOPs of a training step of the blocks alone on `batchSize` clips: backwards costs twice what forwards does. */
export function trainingFlops(config: STTransformerConfig, batchSize: number, passage: Passage): number {
  return 3 * batchSize * transformerFlops(config, passage);
}

/**
 * FLOPs of a training step of the dynamics model on `batchSize` clips of `numFrames` frames: all blocks and the logits,
 * forwards and backwards. With clean context every frame but the first is there twice; noise that the model predicts is a pass
 * forwards more.
 */
export function dynamicsTrainingFlops(setup: DynamicsSetup, batchSize: number, numFrames: number): number {
  const { config, tokensPerFrame, vocabularySize } = setup;
  const seen = config.context === "clean" ? 2 * numFrames - 1 : numFrames;
  const passage = { numFrames: seen, positions: positionsPerFrame(setup), keyFrames: numFrames };
  const logits = product((numFrames - 1) * tokensPerFrame, config.transformer.modelDim, vocabularySize);
  const training = trainingFlops(config.transformer, batchSize, passage) + 3 * batchSize * logits;
  return config.noise === "predicted" && config.corruption > 0 ? (training * 4) / 3 : training;
}

type BlockFlops = { readonly spatial: number; readonly temporal: number; readonly feedForward: number };

function blockFlops(config: STTransformerConfig, { numFrames, positions, keyFrames }: Passage): BlockFlops {
  const { modelDim, numHeads, attention } = config;
  const tokens = numFrames * positions;
  const width = numHeads * headDimOf(config);
  const projections = product(tokens, modelDim, 4 * width);
  /** Scores, and the mixture of values. */
  const mixing = (keys: number): number => 2 * product(tokens, width, keys);
  const keys = attention === "full" ? keyFrames * positions : keyFrames;
  return {
    spatial: attention === "full" ? 0 : projections + mixing(positions),
    temporal: attention === "space" ? 0 : projections + mixing(keys),
    feedForward: feedForwardFlops(config, tokens),
  };
}

function feedForwardFlops({ modelDim, feedForwardDim = 4 * modelDim }: STTransformerConfig, tokens: number): number {
  return 2 * product(tokens, modelDim, feedForwardDim);
}

/** A product [rows, inner] x [inner, columns]. */
function product(rows: number, inner: number, columns: number): number {
  return 2 * rows * inner * columns;
}
