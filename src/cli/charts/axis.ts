import { DataError } from "../../core/errors.ts";

/** What an axis shows, and how. */
export type ChartAxis = {
  readonly label: string;
  /** Default "linear"; "category" (x only) sets names side by side. */
  readonly scale?: "linear" | "log" | "category";
  /** Where the axis begins and ends; around the data by default. */
  readonly min?: number;
  readonly max?: number;
};

/** A place along an axis: a number, or the name of a category. */
export type Place = number | string;

/** From places to pixels, and the ticks that say so. */
export type Scale = {
  at(place: Place): number;
  /** Pixels between two categories; 0 on an axis of numbers. */
  readonly step: number;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
};

/** The pixels that an axis goes from and to. */
export type Extent = readonly [from: number, to: number];

/**
 * The scale of an axis over what it must show.
 * @throws DataError when there is nothing to show, a number is not finite, or one is not positive on a log axis.
 */
export function scaleOf(axis: ChartAxis, places: readonly Place[], extent: Extent): Scale {
  if (places.length === 0) throw new DataError(`chart: axis ${axis.label} must show one point or more, got none`);
  return axis.scale === "category" ? categories(places, extent) : numbers(axis, places, extent);
}

function categories(places: readonly Place[], [from, to]: Extent): Scale {
  const names = [...new Set(places.map(String))];
  const step = (to - from) / names.length;
  const at = (place: Place): number => from + step * (names.indexOf(String(place)) + 0.5);
  return { at, step, ticks: names.map((label) => ({ at: at(label), label })) };
}

function numbers(axis: ChartAxis, places: readonly Place[], [from, to]: Extent): Scale {
  const isLog = axis.scale === "log";
  const values = [...places.map(Number), ...[axis.min, axis.max].filter((bound) => bound !== undefined)];
  const wrong = values.find((value) => !Number.isFinite(value) || (isLog && value <= 0));
  if (wrong !== undefined) {
    throw new DataError(`chart: axis ${axis.label} must show ${isLog ? "positive " : ""}finite numbers, got ${wrong}`);
  }
  const [low, high] = boundsOf(axis, values, isLog);
  const scaled = isLog ? Math.log10 : (value: number) => value;
  const share = (value: number): number => (scaled(value) - scaled(low)) / (scaled(high) - scaled(low));
  const at = (place: Place): number => from + (to - from) * share(Number(place));
  const ticks = (isLog ? logTicks(low, high) : linearTicks(low, high)).map((value) => ({
    at: at(value),
    label: formatTick(value),
  }));
  return { at, step: 0, ticks };
}

/** From the least to the greatest value with a little room, as far as the axis does not say. */
function boundsOf({ min, max }: ChartAxis, values: readonly number[], isLog: boolean): [low: number, high: number] {
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  if (isLog) {
    const room = least === greatest ? 2 : (greatest / least) ** 0.03;
    return [min ?? least / room, max ?? greatest * room];
  }
  const room = least === greatest ? Math.abs(least) / 2 || 1 : 0.03 * (greatest - least);
  return [min ?? least - room, max ?? greatest + room];
}

const NUM_TICKS = 6;

/** About six multiples of 1, 2 or 5 times a power of ten. */
export function linearTicks(low: number, high: number): number[] {
  const rough = (high - low) / NUM_TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const [first, last] = [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Powers of ten, and twice and five times them where there are few. */
export function logTicks(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const factors = decades > 3 ? [1] : [1, 2, 5];
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  return Array.from({ length: last - first + 1 }, (_, i) => factors.map((factor) => factor * 10 ** (first + i)))
    .flat()
    .filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
}

/** 1500 as 1.5k, 2000000 as 2M, 0.25 as it is. */
export function formatTick(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(4))}M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(4))}k`;
  return size !== 0 && size < 1e-3 ? value.toExponential().replace("+", "") : String(Number(value.toPrecision(6)));
}
