import { expect, test } from "vitest";
import type { FinishedRun } from "../../src/agents/benchmark/result.ts";
import { summarise } from "../../src/agents/benchmark/summary.ts";
import { seriesColour } from "../../src/cli/charts/index.ts";
import { htmlReport } from "../../src/cli/benchmark/report.ts";
import { temporaryFolder } from "../data/pictures.ts";

/** A run that took `seconds` to learn 100 steps. */
function finished(agent: string, seed: number, meanReturn: number, seconds = 1): FinishedRun {
  return {
    agent,
    task: "t",
    seed,
    status: "done",
    returns: [meanReturn],
    lengths: [1],
    meanReturn,
    curve: agent === "mine" ? [0, 1, 2].map((step) => ({ step, value: step })) : [],
    trainSteps: 100,
    trainSeconds: seconds,
    evaluationSteps: 10,
    evaluationSeconds: 1,
    actMilliseconds: { p50: 0.0016, p95: 0.25 },
    stepMilliseconds: { p50: 12.34, p95: 1234 },
    peakMemoryMB: 100,
    video: null,
  };
}

test("the report shows no negative zero, the medians of even counts, small times, and whose a single curve is", async () => {
  const results = [
    finished("random", 0, -0.001),
    finished("random", 1, 0),
    finished("mine", 0, 1, 2),
    finished("mine", 1, 3, 4),
  ];
  const config = { agents: ["random", "mine"], worlds: ["t"], seeds: 2, steps: 100, episodes: 1, horizon: 1 };
  const summary = summarise(results, {
    agents: config.agents,
    tasks: [{ name: "t", rewardThreshold: null }],
    seed: 0,
    resamples: 20,
  });
  const report = await htmlReport({
    out: temporaryFolder(),
    config: { ...config, deterministic: true },
    machines: [],
    results,
    summary,
    missing: 0,
  });
  expect(report).not.toContain("-0.00");
  expect(report).toContain("<td>3.00</td>");
  expect(report).toContain("<td>0.0016 / 0.25</td><td>12.3 / 1,234</td>");
  expect(report).toContain(">t: mine</text>");
  // Scores of the task by themselves, and the agent in one colour throughout: the second of two.
  expect(report).toMatch(/<td>t<\/td><td>mine<\/td><td>2\.00 \[1\.00, 3\.00\]<\/td><td>1\.00 \[0\.50, 1\.50\]<\/td>/);
  const [, profile = "", curve = ""] =
    /Performance profile([^]*)Learning curves([^]*)Speed and memory/.exec(report) ?? [];
  for (const chart of [profile, curve]) expect(chart).toContain(seriesColour(1));
  expect(curve).not.toContain(seriesColour(0));
  expect(report).toContain("Intervals of a single task are too narrow");
});
