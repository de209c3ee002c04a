export { formatTick, linearTicks, logTicks } from "./axis.ts";
export type { ChartAxis, Place } from "./axis.ts";
export { drawChart, seriesColour } from "./chart.ts";
export type { Chart } from "./chart.ts";
export type { ChartPoint, ChartSeries } from "./marks.ts";
export { escapeXml } from "./svg.ts";
