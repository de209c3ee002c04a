import { expect, test } from "vitest";
import { SPEED_PLAN } from "../../src/cli/speed-report.ts";
import {
  dynamicsTrainingFlops,
  frameFlops,
  rememberingFlops,
  trainingFlops,
  transformerFlops,
} from "../../src/model/flops.ts";
import { setupGenie } from "../../src/model/genie.ts";
import { STTransformerConfig } from "../../src/nn/st-transformer.ts";

const config = STTransformerConfig.parse({ numBlocks: 1, modelDim: 2, numHeads: 1 });
/** One frame of 3 tokens that sees 4 frames. */
const passage = { numFrames: 1, positions: 3, keyFrames: 4 };

// Two operations per multiply-add; the four projections of an attention are 3x2 by 2x8 in all.
const PROJECTIONS = 2 * 3 * 2 * 8;
const SPATIAL = PROJECTIONS + 2 * (2 * 3 * 2 * 3);
const TEMPORAL = PROJECTIONS + 2 * (2 * 3 * 2 * 4);
const FEED_FORWARD = 2 * (2 * 3 * 2 * 8);

test("a block is two attentions and a feed-forward layer", () => {
  expect(transformerFlops(config, passage)).toBe(SPATIAL + TEMPORAL + FEED_FORWARD);
  expect(transformerFlops({ ...config, numBlocks: 5 }, passage)).toBe(5 * (SPATIAL + TEMPORAL + FEED_FORWARD));
});

test("the ablated architectures do without an attention; full attention sees all tokens of all frames", () => {
  expect(transformerFlops({ ...config, attention: "space" }, passage)).toBe(SPATIAL + FEED_FORWARD);
  const full = PROJECTIONS + 2 * (2 * 3 * 2 * (3 * 4));
  expect(transformerFlops({ ...config, attention: "full" }, passage)).toBe(full + FEED_FORWARD);
});

test("remembering stops at the last block's keys and values", () => {
  expect(rememberingFlops(config, passage)).toBe(SPATIAL + 2 * 3 * 2 * 4);
  expect(rememberingFlops({ ...config, attention: "space" }, passage)).toBe(SPATIAL);
});

test("training costs three times the forward pass of every clip", () => {
  expect(trainingFlops(config, 4, passage)).toBe(12 * (SPATIAL + TEMPORAL + FEED_FORWARD));
});

test("a frame of the measured world is what a count by hand says", () => {
  // Passes over 64 tokens, width 128: projections, mixing over space and time, feed-forward.
  const pass = 4 * (2 * 8_388_608 + 2_097_152 + 524_288 + 16_777_216);
  const remembering = pass - (8_388_608 + 524_288) - 16_777_216 + 4_194_304;
  // 64 masked tokens, then 62, 59, 53, 45, 35, 24 and 12, each with 1024 logits.
  const logits = 2 * 354 * 128 * 1024;
  // The other 8 * 64 - 354 tokens skip the last feed-forward layer.
  const skipped = 158 * 2 * 2 * 128 * 512;
  const decoder = pass + 2 * 64 * 5 * 128 + 2 * 64 * 128 * 192;
  expect(frameFlops(SPEED_PLAN.genie, setupGenie(SPEED_PLAN.genie))).toBe(
    remembering + 8 * pass - skipped + logits + decoder,
  );
});

test("a training step of the dynamics is what a count by hand says", () => {
  const { dynamics } = setupGenie(SPEED_PLAN.genie);
  // With clean context 31 of 16 frames pass; a query of 64 tokens of width 128 sees 64 tokens, and 16 frames.
  const pass = 31 * 4 * (2 * 8_388_608 + 2_097_152 + 524_288 + 16_777_216);
  // Of 15 frames, each with 1024 logits.
  const logits = 15 * 2 * 64 * 128 * 1024;
  expect(dynamicsTrainingFlops(dynamics, 3, 16)).toBe(3 * 3 * (pass + logits));
  const masked = { ...dynamics, config: { ...dynamics.config, context: "masked" as const } };
  expect(dynamicsTrainingFlops(masked, 3, 16)).toBe(3 * 3 * ((16 * pass) / 31 + logits));
  const noisy = { ...dynamics, config: { ...dynamics.config, noise: "predicted" as const, corruption: 0.5 } };
  expect(dynamicsTrainingFlops(noisy, 3, 16)).toBe(4 * 3 * (pass + logits));
});
