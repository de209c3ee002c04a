import { expect, test } from "vitest";
import { formatSpeed, speedPlan } from "../../src/cli/speed.ts";
import { measureSpeed, median, SPEED_PLAN, type SpeedPlan } from "../../src/cli/speed-report.ts";
import { ConfigError } from "../../src/core/errors.ts";
import { frameFlops } from "../../src/model/flops.ts";
import { setupGenie } from "../../src/model/genie.ts";
import { engine, tinyGenie } from "../model/tiny-genie.ts";

const PLAN: SpeedPlan = {
  ...SPEED_PLAN,
  genie: tinyGenie().config,
  numEnvs: [1, 3],
  transformer: { ...SPEED_PLAN.transformer, numBlocks: 1, modelDim: 8, numHeads: 2 },
  clip: { batchSize: 2, numFrames: 3, tokensPerFrame: 2 },
  productSizes: [8, 16],
  repeats: 3,
};

test("every rate is measured, and operations are counted by the formula", async () => {
  const report = await measureSpeed(engine, PLAN);
  expect(Object.keys(report).toSorted()).toEqual(["engine", "peakGflops", "precision", "rollout", "steps", "train"]);
  expect(report.engine).toBe("onnx");
  expect(report.rollout.map(({ numEnvs }) => numEnvs)).toEqual([1, 3]);
  const flops = frameFlops(PLAN.genie, setupGenie(PLAN.genie));
  for (const { fps, gflops } of report.rollout) {
    expect(fps).toBeGreaterThan(0);
    expect((gflops * 1e9) / fps).toBeCloseTo(flops, 0);
  }
  for (const rate of [report.train.fps, report.train.gflops, report.peakGflops]) expect(rate).toBeGreaterThan(0);
});

test("the table has a row for each measurement, with its share of the peak", () => {
  const rollout = [
    { numEnvs: 1, fps: 20, gflops: 30 },
    { numEnvs: 8, fps: 60.04, gflops: 90 },
  ];
  const how = { engine: "onnx", precision: "int8", steps: 4 };
  const table = formatSpeed({ ...how, rollout, train: { fps: 100, gflops: 75 }, peakGflops: 150 });
  expect(table.split("\n").map((line) => line.split(/\s{2,}/))).toEqual([
    ["engine onnx, int8, 4 refinement steps; the fastest float32 product reaches 150 GFLOP/s"],
    ["", "frames/s", "GFLOP/s", "of peak"],
    ["play, 1 environment", "20.0", "30.0", "20 %"],
    ["play, 8 environments", "60.0", "90.0", "60 %"],
    ["train an ST-transformer", "100.0", "75.0", "50 %"],
  ]);
});

test("--fast is int8 and half the refinement steps, and each of the two can be had alone", () => {
  const how = (options: Parameters<typeof speedPlan>[0]) => {
    const { precision, plan } = speedPlan(options);
    return [precision, plan.genie.sampling.steps];
  };
  expect(how({})).toEqual(["float32", 8]);
  expect(how({ fast: true })).toEqual(["int8", 4]);
  expect(how({ precision: "int8" })).toEqual(["int8", 8]);
  expect(how({ set: ["sampling.steps=3"] })).toEqual(["float32", 3]);
  expect(how({ fast: true, precision: "float32", set: ["sampling.steps=2"] })).toEqual(["float32", 2]);
  expect(() => speedPlan({ set: ["sampling.steps=0"] })).toThrow(ConfigError);
});

test("the median is the middle of the values in order", () => {
  expect(median([5, 1, 3])).toBe(3);
  expect(median([2, 1])).toBe(2);
  expect(median([])).toBeNaN();
});
