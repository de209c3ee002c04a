import type { Place, Scale } from "./axis.ts";
import { element, pathOf } from "./svg.ts";

/** A value, and the interval that it lies in if there is one. */
export type ChartPoint = {
  readonly x: Place;
  readonly y: number;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
};

/**
 * Points of one name: joined by a line (intervals are a band; few points are dots on it, unless it is dashed), as dots, or
 * as bars from 0 on (intervals are whiskers).
 */
export type ChartSeries = {
  readonly name: string;
  readonly kind: "line" | "points" | "bars";
  readonly points: readonly ChartPoint[];
  readonly dashed?: boolean;
  /** Default: the next of a palette that most colour-blind people can tell apart. */
  readonly colour?: string;
};

/** Where a series is drawn: its scales, its colour, and its shift beside the others of its category. */
export type Place2D = {
  readonly x: Scale;
  readonly y: Scale;
  readonly colour: string;
  /** Pixels from the middle of a category to the middle of the series' bar or dot. */
  readonly shift: number;
  /** Pixels of a bar. */
  readonly width: number;
  /** The y pixel that bars stand on. */
  readonly floor: number;
};

/** The marks of a series. */
export function drawSeries(series: ChartSeries, place: Place2D): string {
  switch (series.kind) {
    case "line":
      return drawBand(series, place) + drawLine(series, place) + drawDots(series, place);
    case "points":
      return series.points.map((point) => drawWhisker(point, place) + drawDot(point, place)).join("");
    case "bars":
    default:
      return series.points.map((point) => drawBar(point, place) + drawWhisker(point, place)).join("");
  }
}

function drawLine({ points, dashed = false }: ChartSeries, { x, y, colour }: Place2D): string {
  const line = points.map((point) => [x.at(point.x), y.at(point.y)] as const);
  return element("path", {
    d: pathOf(line),
    fill: "none",
    stroke: colour,
    "stroke-width": 2,
    "stroke-linejoin": "round",
    "stroke-dasharray": dashed ? "6 4" : undefined,
  });
}

/** Points from which on they are a curve, and dots would hide it. */
const MANY_POINTS = 24;

/** What was measured, so that a line of one point is seen; a dashed line says what lies between, or everywhere. */
function drawDots({ points, dashed = false }: ChartSeries, place: Place2D): string {
  const isCurve = points.length >= MANY_POINTS || (dashed && points.length > 1);
  return isCurve ? "" : points.map((point) => drawDot(point, place)).join("");
}

/** The area between the ends of the intervals; a single one has none, and is a whisker. */
function drawBand({ points }: ChartSeries, place: Place2D): string {
  const { x, y, colour } = place;
  const inside = points.filter(({ low, high }) => low !== undefined && high !== undefined);
  if (inside.length < 2) return inside.map((point) => drawWhisker(point, place)).join("");
  const upper = inside.map((point) => [x.at(point.x), y.at(point.high ?? point.y)] as const);
  const lower = inside.map((point) => [x.at(point.x), y.at(point.low ?? point.y)] as const).toReversed();
  return element("path", { d: `${pathOf([...upper, ...lower])}Z`, fill: colour, "fill-opacity": 0.18 });
}

function drawDot(point: ChartPoint, { x, y, colour, shift }: Place2D): string {
  return element("circle", { cx: x.at(point.x) + shift, cy: y.at(point.y), r: 4, fill: colour });
}

function drawBar(point: ChartPoint, { x, y, colour, shift, width, floor }: Place2D): string {
  const top = y.at(point.y);
  return element("rect", {
    x: x.at(point.x) + shift - width / 2,
    y: Math.min(top, floor),
    width,
    height: Math.abs(floor - top),
    fill: colour,
  });
}

function drawWhisker({ x: at, low, high }: ChartPoint, { x, y, shift, width }: Place2D): string {
  if (low === undefined || high === undefined) return "";
  const middle = x.at(at) + shift;
  const half = Math.min(4, width / 2);
  const [top, bottom] = [y.at(high), y.at(low)];
  const line = (...points: readonly (readonly [number, number])[]) => pathOf(points);
  const ends = [top, bottom].map((level) => line([middle - half, level], [middle + half, level])).join("");
  const stem = line([middle, top], [middle, bottom]);
  return element("path", { d: stem + ends, fill: "none", stroke: "#222", "stroke-width": 1.5 });
}
