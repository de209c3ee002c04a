import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { formatProfile, profile } from "../../src/cli/profile.ts";
import { profileStep } from "../../src/cli/profile-report.ts";
import { countSessions } from "../../src/compute/onnx-executable.ts";
import { profilePath, readProfiles } from "../../src/compute/onnx-profile.ts";
import { saveWorld } from "../../src/model/checkpoint.ts";
import { frameFlops } from "../../src/model/flops.ts";
import { tinyGenie } from "../model/tiny-genie.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "genie-env-profile-test-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (ts: number, dur: number) => ({ cat: "Session", name: "model_run", ts, dur, args: {} });
const node = (op: string, ts: number, dur: number, shapes: readonly (readonly number[])[] = []) => {
  const [result = [], ...inputs] = shapes;
  const typed = (some: readonly (readonly number[])[]) => some.map((shape) => ({ float: shape }));
  const args = { op_name: op, input_type_shape: typed(inputs), output_type_shape: typed([result]) };
  return { cat: "Node", name: `${op}_kernel_time`, ts, dur, args };
};

function write(graph: string, thread: number, events: readonly object[]): void {
  writeFileSync(
    `${profilePath(join(folder, "p-"), graph, thread)}_2026-01-31_12-00-00_123.json`,
    JSON.stringify(events),
  );
}

describe("the profiler's files", () => {
  test("are summed over the last runs, and averaged over threads", async () => {
    const early = [run(0, 9000), node("Add", 10, 9000)];
    write("one step", 1, [...early, run(100, 3000), node("Add", 110, 1000), run(5000, 5000), node("Add", 5010, 3000)]);
    write("one step", 2, [...early, run(100, 1000), node("Add", 110, 0), run(5000, 3000), node("Add", 5010, 0)]);
    expect(await readProfiles(folder, 2)).toEqual([
      { graph: "p one step", threads: 2, ms: 3, operators: [{ operator: "Add", count: 2, ms: 1, gflop: 0 }] },
    ]);
  });

  test("of graphs that ran less often than steps were made are left out", async () => {
    write("reset", 0, [run(0, 1000)]);
    write("step", 0, [run(0, 1000), run(2000, 1000), run(4000, 1000)]);
    expect((await readProfiles(folder, 2, 3)).map(({ graph }) => graph)).toEqual(["p step"]);
  });

  test.each([
    [
      "packed weights",
      "MatMul",
      [
        [5, 3],
        [5, 7],
      ],
      2 * 5 * 3 * 7,
    ],
    [
      "a batch",
      "MatMul",
      [
        [2, 4, 5, 3],
        [2, 4, 5, 7],
        [2, 4, 7, 3],
      ],
      2 * 8 * 5 * 3 * 7,
    ],
    [
      "a transposed first factor",
      "FusedMatMul",
      [
        [5, 3],
        [7, 5],
        [7, 3],
      ],
      2 * 5 * 3 * 7,
    ],
    [
      "integers",
      "MatMulIntegerToFloat",
      [
        [5, 3],
        [5, 7],
        [7, 3],
      ],
      2 * 5 * 3 * 7,
    ],
    ["a bias", "Gemm", [[5, 3], [5, 7], [3]], 2 * 5 * 3 * 7],
    [
      "no product",
      "Add",
      [
        [5, 3],
        [5, 3],
        [5, 3],
      ],
      0,
    ],
  ] as const)("count the operations of a product: %s", async (_, op, shapes, flops) => {
    write("step", 0, [run(0, 10), node(op, 1, 5, shapes)]);
    const [graph] = await readProfiles(folder, 1);
    expect(Math.round((graph?.operators[0]?.gflop ?? 0) * 1e9)).toBe(flops);
  });
});

describe("a profile", () => {
  test("has the graphs of a step, whose products are those of the formula", async () => {
    const { config, params } = tinyGenie();
    await saveWorld(folder, { name: "tiny", description: "", genie: config }, params);
    const report = await profileStep({ world: folder, numEnvs: 2, steps: 3, threads: 1 });
    expect(report).toMatchObject({ world: "tiny", numEnvs: 2, steps: 3 });
    expect(report.graphs.map(({ graph }) => graph).toSorted()).toEqual(["decoder step", "dynamics step"]);
    const flops = report.graphs
      .flatMap(({ operators }) => operators)
      .reduce((sum, { gflops, ms }) => sum + (gflops ?? 0) * ms * 1e6, 0);
    const wanted = 2 * frameFlops(config, tinyGenie().setup);
    // A product of few numbers is an operator of its own that the formula leaves out, or a sum.
    expect(flops / wanted).toBeGreaterThan(0.9);
    expect(flops / wanted).toBeLessThan(1.2);
    for (const { ms, betweenMs, operators } of report.graphs) {
      expect(operators.reduce((sum, { ms: own }) => sum + own, betweenMs)).toBeCloseTo(ms, 6);
      expect(operators.every(({ count }) => Number.isInteger(count) && count > 0)).toBe(true);
    }
    expect(report.graphs.reduce((sum, { ms }) => sum + ms, report.outsideMs)).toBeCloseTo(report.msPerStep, 6);
  });

  test("that is stopped leaves nothing behind", async () => {
    const { config, params } = tinyGenie();
    await saveWorld(folder, { name: "tiny", description: "", genie: config }, params);
    vi.stubEnv("TMPDIR", folder);
    const left = () => readdirSync(folder);
    const [before, sessions] = [left(), countSessions()];
    const stopped = profileStep({ world: folder, numEnvs: 1, steps: 100, threads: 1, signal: AbortSignal.abort() });
    await expect(stopped).rejects.toThrow(/aborted/);
    expect(left()).toEqual(before);
    expect(countSessions()).toBe(sessions);
    vi.unstubAllEnvs();
  });

  test("is a table of graphs and their operators", () => {
    const operators = [
      { operator: "MatMul", count: 4, ms: 3, gflops: 50 },
      { operator: "Add", count: 2, ms: 0.5, gflops: null },
    ];
    const graphs = [{ graph: "dynamics step", threads: 2, ms: 4, betweenMs: 0.5, operators }];
    const table = formatProfile({ world: "w", numEnvs: 8, steps: 5, msPerStep: 8, outsideMs: 4, graphs });
    expect(table.split("\n").map((line) => line.trim().split(/\s{2,}/))).toEqual([
      ["world w, 8 environments, mean of 5 steps of 8.000 ms, profiler on"],
      ["ms a step", "of step", "runs", "GFLOP/s"],
      ["dynamics step, 2 threads", "4.000", "50.0 %"],
      ["MatMul", "3.000", "37.5 %", "4", "50.0"],
      ["Add", "0.500", "6.3 %", "2"],
      ["between operators", "0.500", "6.3 %"],
      ["outside the graphs", "4.000", "50.0 %"],
    ]);
  });

  test("of more steps than the profiler keeps is refused", async () => {
    await expect(profile({ numEnvs: 1, steps: 101 })).rejects.toThrow(/--steps: must be at most 100, got 101/);
  });
});
