import { expect, test } from "vitest";
import { framesRows, framesSvg } from "../../bench/frames/table.ts";

const report = {
  shape: "4 tokens each",
  spaceTime: [
    { frames: 2, processorMs: 10, peakMB: 100 },
    { frames: 4, processorMs: 20.4, peakMB: 110 },
  ],
  full: [{ frames: 2, processorMs: 15, peakMB: 120 }],
};

test("costs of both attentions stand side by side; one that is missing leaves a gap", () => {
  expect(framesRows(report).slice(1)).toEqual([
    ["2", "10", "15", "100", "120"],
    ["4", "20", "", "110", ""],
  ]);
});

test("time and memory are drawn over the frames", () => {
  const svg = framesSvg(report);
  for (const text of ["Processor time of a training step", "Peak memory of the process", "frames of a clip"]) {
    expect(svg).toContain(text);
  }
  expect(svg.match(/<svg /g)).toHaveLength(3);
});

test("what is no report is refused", () => {
  expect(() => framesRows({ shape: "x" })).toThrow();
});
