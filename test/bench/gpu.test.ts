import { expect, test } from "vitest";
import { runCase, type Case } from "../../bench/gpu/cases.ts";
import { parseGpuOptions } from "../../bench/gpu/options.ts";
import { gpuReport } from "../../bench/gpu/report.ts";
import { gpuRows } from "../../bench/gpu/table.ts";
import { ConfigError } from "../../src/core/errors.ts";

test("a software device is measured on a tiny shape, draws the CPU's tokens, and is called what it is", async () => {
  const report = await gpuReport(parseGpuOptions(["--engine", "onnx", "--provider", "cpu", "--envs", "2"]), runCase);
  expect(report).toMatchObject({ engine: "onnx", provider: "cpu", device: "the CPU", isSoftware: true, sameTokens: 1 });
  expect(report.shape).toMatch(/tiny/);
  expect(report.tokens).toBeGreaterThan(200);
  expect(report.play.map(({ numEnvs }) => numEnvs)).toEqual([2]);
  const [, ...rows] = gpuRows(report);
  expect(rows.filter((row) => row[1] === "not measured")).toHaveLength(6);
  expect(rows.at(-1)?.slice(0, 2)).toEqual([`tokens as on the CPU, of ${report.tokens}`, "100.0 %"]);
  for (const measured of [...report.play.flatMap(({ pixels, tokens, none }) => [pixels, tokens, none]), report.train]) {
    expect(measured !== null && "fps" in measured && measured.fps > 0 && measured.residentMB > 0).toBe(true);
  }
});

test("a GPU is measured at every size with pixels, with tokens and unread; what fails leaves the rest", async () => {
  const about = { device: { name: "a card", isSoftware: false }, sameTokens: 1, tokens: 512 };
  const asked: Case[] = [];
  const report = await gpuReport(parseGpuOptions(["--engine", "webgpu"]), async (_, given) => {
    if (given.kind === "about") return about;
    asked.push(given);
    return given.kind === "play" && given.numEnvs === 4096
      ? { error: "out of memory" }
      : { fps: 5, residentMB: 6, deviceMB: null };
  });
  expect(asked).toHaveLength(16);
  expect(asked.every((given) => given.kind !== "about" && !given.isSoftware)).toBe(true);
  expect(report.play.map(({ numEnvs }) => numEnvs)).toEqual([1, 32, 256, 1024, 4096]);
  expect(report.play[4]).toEqual({
    numEnvs: 4096,
    pixels: { error: "out of memory" },
    tokens: { error: "out of memory" },
    none: { error: "out of memory" },
  });
  expect(report).toMatchObject({ device: "a card", isSoftware: false, shape: "that of genie-env speed" });
  const rows = gpuRows(report);
  expect(rows[1]).toEqual(["play, 1 environment", "5.0", "5.0", "5.0", "6", "unknown"]);
  expect(rows[5]).toEqual(["play, 4096 environments", "failed", "failed", "failed", "not measured", "not measured"]);
  expect(new Set(rows.map((row) => row.length))).toEqual(new Set([6]));
});

test("options are checked", () => {
  expect(parseGpuOptions(["--engine", "onnx"])).toEqual({ engine: "onnx", provider: "webgpu" });
  expect(parseGpuOptions(["--engine", "webgpu", "--envs", "1,32"])).toEqual({ engine: "webgpu", envs: [1, 32] });
  for (const args of [
    [],
    ["--engine", "abacus"],
    ["--engine", "webgpu", "--provider", "cuda"],
    ["--engine", "webgpu", "--envs", "0"],
    ["--speed", "9"],
  ]) {
    expect(() => parseGpuOptions(args)).toThrow(ConfigError);
  }
});
