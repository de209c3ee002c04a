import { describe, expect, test } from "vitest";
import type { Engine } from "../../src/compute/engine.ts";
import { ConfigError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { initGenie, parseGenieConfig, setupGenie } from "../../src/model/genie.ts";
import { positionsPerFrame } from "../../src/model/dynamics-model.ts";
import { GenieWorld } from "../../src/model/genie-world.ts";
import { estimateMemory, expectMemory, largestBatch } from "../../src/model/memory.ts";
import { PRESETS } from "../../src/model/training/presets.ts";
import { tokenizerTransformer } from "../../src/model/video-tokenizer.ts";
import { initCache } from "../../src/nn/temporal-cache.ts";

const tiny = parseGenieConfig(PRESETS.tiny.genie);

test("parameters are counted at four bytes, and again in the graphs of each thread", () => {
  const params = Object.values(initGenie(setupGenie(tiny), new Rng(0)));
  const numbers = params.reduce((sum, { data }) => sum + data.length, 0);
  expect(estimateMemory(tiny, 1).parameters).toBe(4 * numbers);
  const { perThread, total } = estimateMemory(tiny, 1);
  expect(estimateMemory(tiny, 1, 3).total).toBe(total + 2 * perThread);
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

test("a step's work grows with the tokens' vocabulary, by as much with each refinement step", () => {
  const work = (steps: number) => estimateMemory({ ...tiny, sampling: { ...tiny.sampling, steps } }, 1).workPerEnv;
  expect(work(2)).toBeGreaterThan(work(1));
  expect(work(8) - work(7)).toBe(work(2) - work(1));
});

test("the paper's largest model is counted without making it", () => {
  const config = parseGenieConfig(PRESETS["genie-11b"].genie);
  expect(estimateMemory(config, 1).parameters).toBeGreaterThan(4 * 1e10);
});

describe("a limit", () => {
  const threadsFor = (numEnvs: number) => (numEnvs % 2 === 0 ? 2 : 1);
  const need = (numEnvs: number) => estimateMemory(tiny, numEnvs, threadsFor(numEnvs)).environments;

  test("admits what takes no more, and names the most that do", () => {
    expect(() => expectMemory(tiny, 10, need(10), threadsFor)).not.toThrow();
    for (const fits of [1, 7, 10]) {
      const most = largestBatch(tiny, need(fits), 1000, threadsFor);
      expect(most).toBeGreaterThanOrEqual(fits);
      expect(need(most)).toBeLessThanOrEqual(need(fits));
      expect(() => expectMemory(tiny, 1000, need(fits), threadsFor)).toThrow(`open at most ${most}, or give a larger`);
    }
  });

  test("that not even one environment meets says so", () => {
    expect(largestBatch(tiny, need(1) - 1, 8, threadsFor)).toBe(0);
    expect(() => expectMemory(tiny, 8, 1, threadsFor)).toThrow(
      /must fit into 0.00 MB .* - not even one fits, which needs .* MB: give a larger memoryLimit/,
    );
  });

  test("stops a world before it prepares a graph", async () => {
    const unused: Engine = { name: "unused", prepare: () => Promise.reject(new Error("prepared")) };
    const params = initGenie(setupGenie(tiny), new Rng(0));
    const world = new GenieWorld("tiny", tiny, params, unused, { memoryLimit: 300e6 });
    await expect(world.open(4096)).rejects.toThrow(ConfigError);
    await expect(world.open(4096)).rejects.toThrow(/4096 environments must fit into 300.00 MB .* open at most \d+/);
    await expect(world.open(1)).rejects.toThrow("prepared");
    const unlimited = new GenieWorld("tiny", tiny, params, unused);
    await expect(unlimited.open(1e9)).rejects.toThrow(ConfigError);
  });
});
