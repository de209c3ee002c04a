import { ConfigError } from "../core/errors.ts";
import { isRecord } from "../core/record.ts";
import { describe } from "./describe.ts";
import type { ResetArgs } from "./env.ts";
import { expectKnownKeys } from "./known-keys.ts";

const KEYS = ["seed", "options"] as const;

/**
 * What `reset` was given, whatever its seed.
 * @throws ConfigError for anything but a record of `seed` and `options`, and for options that are no record.
 */
export function expectResetArgs<Seed>(args: ResetArgs<Seed>): ResetArgs<Seed>;
export function expectResetArgs(args: unknown): unknown {
  if (!isRecord(args)) {
    const advice = typeof args === "number" ? `pass { seed: ${args} }` : "pass { seed, options }, or nothing";
    throw new ConfigError(`reset: arguments must be a record of seed and options, got ${describe(args)} - ${advice}`);
  }
  expectKnownKeys(args, KEYS, "reset");
  const { options } = args;
  if (options === undefined || isRecord(options)) return args;
  throw new ConfigError(`reset: options must be a record, got ${describe(options)} - pass { options: {} }`);
}
