import { describe, expect, test } from "vitest";
import { ConfigError } from "../../src/core/errors.ts";
import { float32 } from "../../src/core/host-tensor.ts";
import { Rng } from "../../src/core/rng.ts";
import { genieParams, initGenie, parseGenieConfig, setupGenie, type GenieSetup } from "../../src/model/genie.ts";
import { PRESETS, TrainingConfig } from "../../src/model/training/presets.ts";
import { countParameters, findMismatch, normal, thoseThatFit, underPrefix, zeros } from "../../src/nn/params.ts";

function sizeOfModel(setup: GenieSetup, model: "tokenizer" | "actions" | "dynamics"): number {
  return countParameters(underPrefix(model, genieParams(setup)));
}

/** |got / wanted - 1|. */
function error(got: number, wanted: number): number {
  return Math.abs(got / wanted - 1);
}

test.each(Object.entries(PRESETS))("%s is a valid configuration", (_name, preset) => {
  const setup = setupGenie(parseGenieConfig(preset.genie));
  const { steps } = TrainingConfig.parse(preset.training);
  expect(steps.every((count) => count > 0)).toBe(true);
  expect(countParameters(genieParams(setup))).toBeGreaterThan(0);
});

test("fresh parameters are what the list of parameters says", () => {
  const setup = setupGenie(parseGenieConfig(PRESETS.tiny.genie));
  const params = initGenie(setup, new Rng(0));
  expect(findMismatch(genieParams(setup), params)).toBeNull();
  const { "dynamics.embed.actions": _actions, ...rest } = params;
  expect(findMismatch(genieParams(setup), rest)).toMatch(/tensor dynamics.embed.actions must be .*, got nothing/);
  const more = { ...params, more: float32(new Float32Array(1), [1]) };
  expect(findMismatch(genieParams(setup), more)).toMatch(/tensor more must belong/);
});

test("a warm start takes what fits by name and shape, and nothing else", () => {
  const given = { a: zeros([2, 3]), b: zeros([2]), c: zeros([4]) };
  const specs = { a: normal([2, 3], 1), b: normal([3], 1), d: normal([4], 1) };
  expect(thoseThatFit(specs, given)).toEqual({ a: given.a });
});

test("one seed gives one set of parameters, another seed another", () => {
  const setup = setupGenie(parseGenieConfig(PRESETS.tiny.genie));
  expect(initGenie(setup, new Rng(1))).toEqual(initGenie(setup, new Rng(1)));
  expect(initGenie(setup, new Rng(1))).not.toEqual(initGenie(setup, new Rng(2)));
});

describe("the paper's 11B model, counted without a byte of it", () => {
  const { genie, training } = PRESETS["genie-11b"];
  const setup = setupGenie(parseGenieConfig(genie));

  test("has 10.1B parameters in the dynamics model and 10.7B in all, with a feed-forward layer of half the width", () => {
    // Open in the paper: two attention layers of 36 heads of 128 use up nearly all of 10.1B, so that the feed-forward
    // layer can have about one matrix of width x width: hidden width D / 2. Also open is the patch of the latent action
    // model: 16 does not divide 160 x 92, the preset takes 4.
    expect(error(sizeOfModel(setup, "dynamics"), 10.1e9)).toBeLessThan(0.05);
    expect(error(countParameters(genieParams(setup)), 10.7e9)).toBeLessThan(0.05);
    // Table 12's neighbours: a tokenizer of about 200M, a latent action model of about 300M parameters.
    expect(error(sizeOfModel(setup, "tokenizer"), 200e6)).toBeLessThan(0.15);
    expect(error(sizeOfModel(setup, "actions"), 300e6)).toBeLessThan(0.35);
  });

  test("with the usual feed-forward layer of four times the width it would have nearly twice as many", () => {
    const wide = { ...genie.dynamics.transformer, feedForwardDim: 4 * genie.dynamics.transformer.modelDim };
    const other = setupGenie(parseGenieConfig({ ...genie, dynamics: { transformer: wide } }));
    expect(sizeOfModel(other, "dynamics")).toBeGreaterThan(1.8 * 10.1e9);
  });

  test("sees 942B tokens in training, since 160 x 90 is padded to 160 x 92", () => {
    const { dynamics, steps } = TrainingConfig.parse(training);
    const { tokensPerFrame, window } = setup.dynamics;
    expect(tokensPerFrame).toBe(920);
    expect(error(dynamics.batchSize * steps[1] * window * tokensPerFrame, 942e9)).toBeLessThan(0.001);
    expect(() => setupGenie(parseGenieConfig({ ...genie, height: 90 }))).toThrow(ConfigError);
  });
});

test("coinrun is the size of appendix F", () => {
  const setup = setupGenie(parseGenieConfig(PRESETS.coinrun.genie));
  const { tokensPerFrame, vocabularySize, numActions, window } = setup.dynamics;
  expect({ tokensPerFrame, vocabularySize, numActions, window }).toEqual({
    tokensPerFrame: 256,
    vocabularySize: 1024,
    numActions: 6,
    window: 16,
  });
  expect(error(sizeOfModel(setup, "tokenizer"), 38e6)).toBeLessThan(0.05);
  expect(error(sizeOfModel(setup, "actions"), 39e6)).toBeLessThan(0.05);
  expect(error(sizeOfModel(setup, "dynamics"), 29e6)).toBeLessThan(0.05);
});

test("small is small enough for two cores", () => {
  const setup = setupGenie(parseGenieConfig(PRESETS.small.genie));
  expect(setup.dynamics.tokensPerFrame).toBeLessThanOrEqual(64);
  expect(countParameters(genieParams(setup))).toBeLessThan(10e6);
});

test.each([[[0.9, 0.5]], [[-0.1, 1]], [[0.5, 1.5]]])("a mask rate of %j is refused", (maskRate) => {
  const [low = 0, high = 0] = maskRate;
  expect(() => parseGenieConfig({ ...PRESETS.tiny.genie, dynamics: { maskRate: [low, high] } })).toThrow(ConfigError);
});

test("a dynamics model whose frames cannot depend on the last one is refused", () => {
  const genie = { ...PRESETS.tiny.genie, dynamics: { transformer: { attention: "space" as const } } };
  expect(() => parseGenieConfig(genie)).toThrow(/must be space-time or full.*dynamics\.transformer\.attention/s);
});
