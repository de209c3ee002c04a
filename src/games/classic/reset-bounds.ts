import { ConfigError } from "../../core/errors.ts";
import { describe } from "../../env/describe.ts";
import { expectKnownKeys } from "../../env/known-keys.ts";

/**
 * The range that `reset` draws from: `options.low` to `options.high`, by default `low` to `high`.
 * @throws ConfigError unless both are finite numbers and in order, and for another option.
 */
export function resetBounds(
  options: Readonly<Record<string, unknown>>,
  low: number,
  high: number,
): readonly [low: number, high: number] {
  expectKnownKeys(options, ["low", "high"], "reset: options");
  const bounds = [numberOption(options["low"], "low", low), numberOption(options["high"], "high", high)] as const;
  if (bounds[0] <= bounds[1]) return bounds;
  throw new ConfigError(`reset: options.low must not exceed options.high, got ${bounds[0]} and ${bounds[1]}`);
}

/** An option of `reset`, or its default. @throws ConfigError unless it is a finite number. */
export function numberOption(value: unknown, name: string, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new ConfigError(`reset: options.${name} must be a finite number, got ${describe(value)}`);
}
