import { ConfigError } from "../core/errors.ts";

/** The number that the text of option `--name` says. @throws ConfigError unless it is one from 0 on. */
export function numberOption(name: string, text: string): number {
  return parseNumber(name, text, { rule: "must be a number from 0 on", holds: (value) => value >= 0 });
}

/** The integer that the text of option `--name` says. @throws ConfigError unless it is one from `min` on. */
export function integerOption(name: string, text: string, min = 0): number {
  const rule = `must be an integer from ${min} on`;
  return parseNumber(name, text, { rule, holds: (value) => Number.isSafeInteger(value) && value >= min });
}

/** Reads option `--name` as an integer from `min` on, for commander. */
export function integer(name: string, min = 0): (text: string) => number {
  return (text) => integerOption(name, text, min);
}

/** Larger pixels make pictures that no viewer opens. */
const MAX_SCALE = 32;

/** Reads `--scale`, the width and height of a pixel in what is written, for commander. */
export function pixelScale(text: string): number {
  const rule = `must be an integer from 1 to ${MAX_SCALE}`;
  return parseNumber("scale", text, {
    rule,
    holds: (value) => Number.isInteger(value) && value >= 1 && value <= MAX_SCALE,
  });
}

/** Reads option `--name` as a number from 0 on, for commander. */
export function number(name: string): (text: string) => number {
  return (text) => numberOption(name, text);
}

/** Reads option `--name` as a share from 0 to 1, for commander. */
export function share(name: string): (text: string) => number {
  return (text) =>
    parseNumber(name, text, { rule: "must be a share from 0 to 1", holds: (value) => value >= 0 && value <= 1 });
}

/** Reads option `--name` as integers from `min` on with commas between them, for commander. */
export function integers(name: string, min = 0): (text: string) => number[] {
  return (text) => text.split(",").map((part) => integerOption(name, part, min));
}

/** Reads option `--name` as some of `choices` with commas between them, for commander. */
export function someOf<T extends string>(name: string, choices: readonly T[]): (text: string) => T[] {
  return (text) =>
    text.split(",").map((part) => {
      const choice = choices.find((known) => known === part);
      if (choice !== undefined) return choice;
      throw new ConfigError(`--${name}: must be some of ${choices.join(",")}, got ${part}`);
    });
}

/** Reads option `--name` as the integers FIRST..LAST, or one for both, for commander. */
export function range(name: string): (text: string) => [first: number, last: number] {
  return (text) => {
    const [, first, last = first] = /^(\d{1,15})(?:\.\.(\d{1,15}))?$/.exec(text) ?? [];
    if (Number(first) <= Number(last)) return [Number(first), Number(last)];
    throw new ConfigError(`--${name}: must be FIRST..LAST, such as 0..9999, got ${text}`);
  };
}

type Rule = { readonly rule: string; readonly holds: (value: number) => boolean };

function parseNumber(name: string, text: string, { rule, holds }: Rule): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && holds(value)) return value;
  throw new ConfigError(`--${name}: ${rule}, got ${text}`);
}
