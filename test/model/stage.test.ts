import { describe, expect, test } from "vitest";
import { Rng } from "../../src/core/rng.ts";
import { createStage, StageConfig } from "../../src/model/training/stage.ts";
import { learningRate, ScheduleConfig } from "../../src/model/training/schedule.ts";
import { pick, tinyGenie } from "./tiny-genie.ts";

const { config, setup } = tinyGenie({ dynamics: { maskRate: [0.5, 1], corruption: 0.2 } });
const stage = createStage("dynamics", config, setup, StageConfig.parse({ batchSize: 200 }));

describe("what a step of the dynamics model is fed", () => {
  const drawn = stage.draw(new Rng(1));

  test("every sample has a mask rate of its own, from the whole range", () => {
    const rates = [...pick(drawn, "rates").data];
    expect(new Set(rates).size).toBe(200);
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(0.5);
    expect(Math.min(...rates)).toBeLessThan(0.55);
    expect(Math.max(...rates)).toBeGreaterThan(0.95);
    expect(Math.max(...rates)).toBeLessThanOrEqual(1);
  });

  test("at most the given share of a sample's context is corrupted, by tokens of any place of the batch", () => {
    const corrupt = [...pick(drawn, "corrupt").data];
    const share = corrupt.reduce((sum, x) => sum + x, 0) / corrupt.length;
    // Shares are uniform in [0, 0.2]: 0.1 on average.
    expect(Math.abs(share - 0.1)).toBeLessThan(0.02);
    expect(new Set(corrupt)).toEqual(new Set([0, 1]));
    const donors = pick(drawn, "donors").data;
    expect(new Set(donors).size).toBeGreaterThan(donors.length / 2);
    expect(donors.every((place) => place >= 0 && place < donors.length)).toBe(true);
  });

  test("a step's randomness depends on its stream only", () => {
    expect(stage.draw(new Rng(1))).toEqual(drawn);
    expect(stage.draw(new Rng(2))).not.toEqual(drawn);
  });

  test("fits the inputs that the step declares", () => {
    for (const [name, { dtype, shape }] of Object.entries(drawn)) {
      expect({ dtype, shape }).toEqual(stage.inputs[name]);
    }
  });
});

test("the learning rate warms up, stays, and falls to its floor", () => {
  const schedule = ScheduleConfig.parse({ peak: 2, floor: 0.1, warmupSteps: 10, decayShare: 0.5 });
  expect(learningRate(schedule, 1, 0)).toBeCloseTo(0.2, 10);
  expect(learningRate(schedule, 10, 0.1)).toBe(2);
  expect(learningRate(schedule, 500, 0.5)).toBe(2);
  expect(learningRate(schedule, 750, 0.75)).toBe(1);
  expect(learningRate(schedule, 1000, 1)).toBeCloseTo(0.2, 10);
});
