import { scaleOf, type ChartAxis, type Place, type Scale } from "./axis.ts";
import { drawSeries, type ChartSeries } from "./marks.ts";
import { element, textAt } from "./svg.ts";

/** A chart of one or more series over common axes. */
export type Chart = {
  readonly title: string;
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  readonly series: readonly ChartSeries[];
  /** Pixels. Default 640 by 400. */
  readonly width?: number;
  readonly height?: number;
};

/** After Okabe and Ito, without yellow, which is too bright for a line. */
const PALETTE = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#555555"] as const;
const MARGIN = { top: 36, right: 18, bottom: 58, left: 64 } as const;
const LEGEND_LINE = 18;
const LETTER = 7;

/** Where the axes stand, in pixels. */
type Frame = { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };

/**
 * Draws a chart as SVG, a whole document: it can be a file of its own and stand in HTML. Series of bars and points share
 * a category side by side.
 * @throws DataError when there is nothing to draw, or a number that its axis cannot show.
 */
export function drawChart(chart: Chart): string {
  const { title, x, y, series, width = 640, height = 400 } = chart;
  const legend = legendOf(series, width - MARGIN.left - MARGIN.right);
  const frame = {
    left: MARGIN.left,
    right: width - MARGIN.right,
    top: MARGIN.top + legend.height,
    bottom: height - MARGIN.bottom,
  };
  const scales = {
    x: scaleOf(x, placesOf(series, "x"), [frame.left, frame.right]),
    y: scaleOf(y, placesOf(series, "y"), [frame.bottom, frame.top]),
  };
  const clip = `clip-${[...title].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) % 1e9, series.length)}`;
  const content = [
    element("rect", { width, height, fill: "#fff" }),
    clipOf(clip, frame),
    drawGrid(scales, frame),
    element("g", { "clip-path": `url(#${clip})` }, drawAll(series, scales, frame)),
    drawLabels(chart, frame, { width, height }),
    legend.draw(frame.left, MARGIN.top),
  ].join("");
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: "img",
      "aria-label": title,
      "font-family": "system-ui, sans-serif",
      "font-size": 12,
      fill: "#333",
    },
    content,
  );
}

/** All that an axis must show; bars stand on 0. */
function placesOf(series: readonly ChartSeries[], axis: "x" | "y"): Place[] {
  const places = series.flatMap(({ points, kind }) =>
    points.flatMap(({ x, y, low = y, high = y }) =>
      axis === "x" ? [x] : [y, low, high, ...(kind === "bars" ? [0] : [])],
    ),
  );
  return places;
}

function clipOf(id: string, { left, right, top, bottom }: Frame): string {
  const area = element("rect", { x: left, y: top - 5, width: right - left, height: bottom - top + 10 });
  return element("defs", {}, element("clipPath", { id }, area));
}

function drawGrid({ x, y }: { readonly x: Scale; readonly y: Scale }, { left, right, top, bottom }: Frame): string {
  const line = (x1: number, y1: number, x2: number, y2: number, stroke: string) =>
    element("line", { x1, y1, x2, y2, stroke });
  const names = longNames(x);
  return [
    ...y.ticks.map(({ at }) => line(left, at, right, at, "#e4e4e4")),
    ...(x.step > 0 ? [] : x.ticks.map(({ at }) => line(at, top, at, bottom, "#f0f0f0"))),
    line(left, bottom, right, bottom, "#888"),
    line(left, top, left, bottom, "#888"),
    ...y.ticks.map(({ at, label }) => textAt([left - 8, at + 4], label, { "text-anchor": "end" })),
    ...x.ticks.map(({ at, label }) =>
      names
        ? textAt([at, bottom + 14], label, { "text-anchor": "end", transform: `rotate(-20 ${at} ${bottom + 14})` })
        : textAt([at, bottom + 18], label, { "text-anchor": "middle" }),
    ),
  ].join("");
}

/** Whether the names of categories would run into each other, or hardly keep apart. */
function longNames({ step, ticks }: Scale): boolean {
  return step > 0 && ticks.some(({ label }) => (label.length + 1) * LETTER > step);
}

function drawAll(
  series: readonly ChartSeries[],
  { x, y }: { readonly x: Scale; readonly y: Scale },
  frame: Frame,
): string {
  const beside = series.filter(({ kind }) => kind !== "line");
  const slot = (0.8 * (x.step || 0)) / Math.max(1, beside.length);
  return series
    .map((one, i) => {
      const turn = beside.indexOf(one);
      return drawSeries(one, {
        x,
        y,
        colour: colourOf(one, i),
        shift: turn < 0 ? 0 : slot * (turn - (beside.length - 1) / 2),
        width: x.step > 0 ? 0.9 * slot : 10,
        floor: one.kind === "bars" ? y.at(0) : frame.bottom,
      });
    })
    .join("");
}

function colourOf({ colour }: ChartSeries, index: number): string {
  return colour ?? seriesColour(index);
}

/** The colour of a chart's series by its number, for charts of which each shows some of the same. */
export function seriesColour(index: number): string {
  return PALETTE[index % PALETTE.length] ?? PALETTE[0];
}

function drawLabels(
  { title, x, y }: Chart,
  { left, right, top, bottom }: Frame,
  { width, height }: { readonly width: number; readonly height: number },
): string {
  const middle = (top + bottom) / 2;
  return [
    textAt([width / 2, 22], title, { "text-anchor": "middle", "font-size": 15, "font-weight": 600 }),
    textAt([(left + right) / 2, height - 12], x.label, { "text-anchor": "middle" }),
    textAt([16, middle], y.label, { "text-anchor": "middle", transform: `rotate(-90 16 ${middle})` }),
  ].join("");
}

/** Names beside their colours, in as many lines as they need; none for a single series. */
function legendOf(series: readonly ChartSeries[], room: number) {
  if (series.length < 2) return { height: 0, draw: () => "" };
  const places: { readonly x: number; readonly line: number }[] = [];
  let [x, line] = [0, 0];
  for (const { name } of series) {
    const size = 30 + name.length * LETTER;
    if (x > 0 && x + size > room) [x, line] = [0, line + 1];
    places.push({ x, line });
    x += size;
  }
  const draw = (left: number, top: number): string =>
    series
      .map((one, i) => {
        const [at, height] = [left + (places[i]?.x ?? 0), top + LEGEND_LINE * (places[i]?.line ?? 0) + 6];
        return drawKey(one, colourOf(one, i), [at, height]);
      })
      .join("");
  return { height: LEGEND_LINE * (line + 1) + 6, draw };
}

function drawKey({ name, kind, dashed }: ChartSeries, colour: string, [x, y]: readonly [number, number]): string {
  const key =
    kind === "line"
      ? element("line", {
          x1: x,
          y1: y - 4,
          x2: x + 14,
          y2: y - 4,
          stroke: colour,
          "stroke-width": 2,
          "stroke-dasharray": dashed ? "4 3" : undefined,
        })
      : element("rect", { x: x + 2, y: y - 9, width: 10, height: 10, fill: colour });
  return key + textAt([x + 19, y], name);
}
