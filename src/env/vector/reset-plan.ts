import { ConfigError } from "../../core/errors.ts";
import { describe, describeAll } from "../describe.ts";
import type { VectorResetArgs } from "../env.ts";
import { expectResetArgs } from "../reset-args.ts";

/** A reset as asked for: the rows, in order, a seed for every row of the batch, and what goes to the environments. */
export type ResetPlan = {
  readonly rows: readonly number[];
  readonly seeds: readonly (number | null)[];
  readonly options: Readonly<Record<string, unknown>>;
};

/**
 * Reads what a vector environment's `reset` was given, which stays as it is.
 * @throws ConfigError for unknown arguments, and for seeds or an `options.reset_mask` that do not fit the batch.
 */
export function planReset(args: VectorResetArgs, numEnvs: number): ResetPlan {
  const { seed, options = {} } = expectResetArgs(args);
  const { reset_mask: mask, ...rest } = options;
  if ("resetMask" in rest) throw new ConfigError("reset: options got resetMask - did you mean reset_mask?");
  return { rows: maskedRows(mask, numEnvs), seeds: seedPerRow(seed, numEnvs), options: rest };
}

/** The rows whose flag is set; all without a mask. @throws ConfigError for anything but `numEnvs` flags, one of them set. */
export function maskedRows(mask: unknown, numEnvs: number): number[] {
  const rows = Array.from({ length: numEnvs }, (_, row) => row);
  if (mask === undefined) return rows;
  const set = isFlags(mask) && mask.length === numEnvs ? rows.filter((row) => Boolean(mask[row])) : [];
  if (set.length > 0) return set;
  throw new ConfigError(
    `reset: reset_mask must be ${numEnvs} flags, booleans or 0 and 1 of type uint8, at least one of them set, ` +
      `got ${describeMask(mask)} - pass one flag per row, and no mask to reset all`,
  );
}

/** The seed of every row, null where its stream goes on. @throws ConfigError for seeds that do not fit the batch. */
export function seedPerRow(seed: unknown, numEnvs: number): readonly (number | null)[] {
  const rows = Array.from({ length: numEnvs }, (_, row) => row);
  if (seed === undefined) return rows.map(() => null);
  if (isSeed(seed) && seed <= Number.MAX_SAFE_INTEGER - numEnvs + 1) return rows.map((row) => seed + row);
  if (Array.isArray(seed) && seed.length === numEnvs) {
    const seeds: readonly unknown[] = seed;
    return seeds.map((own, row) => (own === null ? null : expectSeed(own, `seed[${row}]`)));
  }
  throw new ConfigError(
    `reset: seed must be a non-negative integer, or ${numEnvs} of them with null for none, ` +
      `got ${describeAll(seed)}`,
  );
}

/** Typed arrays by their type, as Python's users know it too: `uint8 [0, 2]`. */
function describeMask(mask: unknown): string {
  return describeAll(mask).replace(/^([A-Z][a-z]+\d+)Array(?= \[)/, (_, type: string) => type.toLowerCase());
}

function isFlags(mask: unknown): mask is ArrayLike<number | boolean> {
  if (mask instanceof Uint8Array) return mask.every((flag) => flag <= 1);
  return Array.isArray(mask) && mask.every((flag) => typeof flag === "boolean");
}

function isSeed(seed: unknown): seed is number {
  return typeof seed === "number" && Number.isSafeInteger(seed) && seed >= 0;
}

function expectSeed(seed: unknown, where: string): number {
  if (isSeed(seed)) return seed;
  throw new ConfigError(`reset: ${where} must be a non-negative integer or null, got ${describe(seed)}`);
}
