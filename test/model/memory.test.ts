import { expect, test } from "vitest";
import { Rng } from "../../src/core/rng.ts";
import { initGenie, parseGenieConfig, setupGenie } from "../../src/model/genie.ts";
import { positionsPerFrame } from "../../src/model/dynamics-model.ts";
import { estimateMemory } from "../../src/model/memory.ts";
import { PRESETS } from "../../src/model/training/presets.ts";
import { tokenizerTransformer } from "../../src/model/video-tokenizer.ts";
import { initCache } from "../../src/nn/temporal-cache.ts";

const tiny = parseGenieConfig(PRESETS.tiny.genie);

test("parameters are counted twice at four bytes", () => {
  const params = Object.values(initGenie(setupGenie(tiny), new Rng(0)));
  const numbers = params.reduce((sum, { data }) => sum + data.length, 0);
  expect(estimateMemory(tiny, 1).parameters).toBe(8 * numbers);
});

test("caches are counted as they are made", () => {
  const { dynamics, tokenizer } = setupGenie(tiny);
  const { window } = dynamics;
  const caches = [
    initCache(tiny.dynamics.transformer, { numEnvs: 1, positions: positionsPerFrame(dynamics), window }),
    initCache(tokenizerTransformer(tokenizer, "decoder"), { numEnvs: 1, positions: dynamics.tokensPerFrame, window }),
  ];
  const bytes = caches.flatMap((cache) => Object.values(cache)).reduce((sum, { data }) => sum + data.byteLength, 0);
  expect(estimateMemory(tiny, 1).cachesPerEnv).toBe(bytes);
});

test("memory grows by the same amount with each environment", () => {
  const total = (numEnvs: number) => estimateMemory(tiny, numEnvs).total;
  expect(total(65) - total(64)).toBe(total(2) - total(1));
  expect(total(1)).toBeGreaterThan(0);
});

test("the paper's largest model is counted without making it", () => {
  const config = parseGenieConfig(PRESETS["genie-11b"].genie);
  expect(estimateMemory(config, 1).parameters).toBeGreaterThan(8 * 1e10);
});
