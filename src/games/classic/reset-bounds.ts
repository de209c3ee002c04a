import { ConfigError } from "../../core/errors.ts";

type ResetOptions = Readonly<Record<string, unknown>>;

/**
 * The range that `reset` draws from: `options.low` to `options.high`, by default `low` to `high`.
 * @throws ConfigError unless both are numbers and in order.
 */
export function resetBounds(options: ResetOptions, low: number, high: number): readonly [low: number, high: number] {
  const bounds = [numberOption(options, "low", low), numberOption(options, "high", high)] as const;
  if (bounds[0] <= bounds[1]) return bounds;
  throw new ConfigError(`reset: options.low must not exceed options.high, got ${bounds[0]} and ${bounds[1]}`);
}

/** A number that `reset` was given. @throws ConfigError unless it is finite. */
export function numberOption(options: ResetOptions, name: string, fallback: number): number {
  const value = options[name] ?? fallback;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new ConfigError(`reset: options.${name} must be a finite number, got ${JSON.stringify(value)}`);
}
