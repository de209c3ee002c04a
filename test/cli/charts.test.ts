import sharp from "sharp";
import { expect, test } from "vitest";
import { drawChart, formatTick, linearTicks, logTicks, type ChartSeries } from "../../src/cli/charts/index.ts";
import { DataError } from "../../src/core/errors.ts";

const axes = { x: { label: "labels" }, y: { label: "solved" } };
const line: ChartSeries = {
  name: "a <b>",
  kind: "line",
  points: [
    { x: 1, y: 1, low: 0, high: 2 },
    { x: 2, y: 3, low: 2, high: 4 },
  ],
};

/** The numbers of an attribute of all elements of this name. */
function numbersOf(svg: string, name: string, attribute: string): number[] {
  const pattern = new RegExp(`<${name} [^>]*?\\b${attribute}="([-0-9.]+)"`, "g");
  return Array.from(svg.matchAll(pattern), ([, value]) => Number(value));
}

test("ticks are round and within the axis", () => {
  expect(linearTicks(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(linearTicks(-3, 17)).toEqual([0, 5, 10, 15]);
  expect(linearTicks(0.1, 0.3)).toEqual([0.1, 0.15, 0.2, 0.25, 0.3]);
  expect(logTicks(10, 1000)).toEqual([10, 20, 50, 100, 200, 500, 1000]);
  expect(logTicks(1, 1e6)).toEqual([1, 10, 100, 1000, 1e4, 1e5, 1e6]);
  expect([0, 0.25, 1500, 25_000, 2_500_000, 2e-5].map(formatTick)).toEqual([
    "0",
    "0.25",
    "1500",
    "25k",
    "2.5M",
    "2e-5",
  ]);
});

test("text is escaped, and the picture can be drawn", async () => {
  const svg = drawChart({ title: "R & D", ...axes, series: [line, { ...line, name: "second", dashed: true }] });
  expect(svg).toContain("a &lt;b&gt;");
  expect(svg).toContain("R &amp; D");
  expect(await sharp(Buffer.from(svg)).metadata()).toMatchObject({ width: 640, height: 400 });
});

test("points stand where a log axis has them", () => {
  const points = [1, 10, 100].map((n) => ({ x: n, y: n }));
  const log = { label: "n", scale: "log", min: 1, max: 100 } as const;
  const svg = drawChart({ title: "t", x: log, y: log, series: [{ name: "s", kind: "points", points }] });
  const [xs, ys] = [numbersOf(svg, "circle", "cx"), numbersOf(svg, "circle", "cy")];
  expect(Number(xs[1])).toBeCloseTo((Number(xs[0]) + Number(xs[2])) / 2, 1);
  expect(Number(ys[1])).toBeCloseTo((Number(ys[0]) + Number(ys[2])) / 2, 1);
  expect(Number(ys[0])).toBeGreaterThan(Number(ys[2]));
});

test("bars of several series stand side by side in their category, on 0", () => {
  const bars = (name: string, scale: number): ChartSeries => ({
    name,
    kind: "bars",
    points: ["easy", "hard"].map((x, i) => ({ x, y: scale * (i + 1), low: 0, high: 2 * scale })),
  });
  const x = { label: "difficulty", scale: "category" } as const;
  const svg = drawChart({ title: "t", x, y: axes.y, series: [bars("a", 1), bars("b", -1)] });
  const rects = Array.from(svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" fill/g));
  const [a1, a2, b1, b2] = rects.slice(-6, -2).map(([, x, y, width, height]) => ({
    x: Number(x),
    top: Number(y),
    right: Number(x) + Number(width),
    bottom: Number(y) + Number(height),
  }));
  expect(Number(a1?.right)).toBeLessThanOrEqual(Number(b1?.x));
  expect(Number(b1?.right)).toBeLessThan(Number(a2?.x));
  expect(Number(a1?.bottom)).toBeCloseTo(Number(b2?.top), 1);
  expect(svg).toContain(">easy</text>");
});

test("what an axis cannot show is refused", () => {
  const chart = { title: "t", ...axes };
  expect(() => drawChart({ ...chart, series: [] })).toThrow(DataError);
  const at = (y: number): ChartSeries => ({ name: "s", kind: "points", points: [{ x: 1, y }] });
  expect(() => drawChart({ ...chart, series: [at(Number.NaN)] })).toThrow(/finite/);
  expect(() => drawChart({ ...chart, y: { label: "y", scale: "log" }, series: [at(0)] })).toThrow(/positive/);
  expect(drawChart({ ...chart, series: [at(0)] })).toContain("<circle");
});

test("a line of one point is a dot with a whisker, and one of many points is a curve without dots", () => {
  const draw = (points: ChartSeries["points"]) => drawChart({ title: "t", ...axes, series: [{ ...line, points }] });
  const single = draw(line.points.slice(0, 1));
  expect(numbersOf(single, "circle", "cx")).toHaveLength(1);
  expect(single).toContain('stroke="#222"');
  expect(numbersOf(draw(line.points), "circle", "cx")).toHaveLength(2);
  expect(numbersOf(draw(Array.from({ length: 40 }, (_, x) => ({ x, y: x }))), "circle", "cx")).toEqual([]);
});

test("names of categories that would touch stand aslant", () => {
  const chart = (names: readonly string[]) =>
    drawChart({
      title: "t",
      x: { label: "x", scale: "category" },
      y: { label: "y" },
      series: [{ name: "s", kind: "bars", points: names.map((x) => ({ x, y: 1 })) }],
      width: 420,
    });
  expect(chart(["random", "scripted", "bc", "ppo", "constant", "my-agent"])).toContain("rotate(-20");
  expect(chart(["random", "scripted", "bc", "ppo"])).not.toContain("rotate(-20");
});
