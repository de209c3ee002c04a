import { ConfigError } from "../../core/errors.ts";
import { isRecord } from "../../core/record.ts";
import { entropySeed, seededRng } from "../seeding.ts";

/** A non-negative integer; or, for a space made of others, one seed per part, nested as the space is. */
export type Seed = number | readonly Seed[] | { readonly [part: string]: Seed };

/** What a seed would do. Nothing has changed before `apply` is called. */
export type SeedPlan = {
  /** The seeds of all parts; seeding with them again does the same. */
  readonly used: Seed;
  readonly apply: () => void;
};

/** Plans the seeding of one part. */
export type SeedPlanner = (seed: Seed | undefined) => SeedPlan;

/** Sub-seeds are drawn from [0, 2 ** 31 - 1), as Gymnasium draws them. */
export const SUB_SEEDS = 2 ** 31 - 1;

/** Plans for several parts: a list names a seed for each, a number is split into one for each. */
export function planParts(seed: Seed | undefined, parts: readonly SeedPlanner[], where: string): SeedPlan {
  const seeds = seedsOfParts(seed, parts.length, where);
  const plans = parts.map((plan, i) => plan(seeds[i]));
  return {
    used: plans.map(({ used }) => used),
    apply: () => {
      for (const { apply } of plans) apply();
    },
  };
}

/** The same for named parts, whose seeds are a record. */
export function planRecord(
  seed: Seed | undefined,
  parts: readonly (readonly [key: string, plan: SeedPlanner])[],
  where: string,
): SeedPlan {
  const keys = parts.map(([key]) => key);
  const seeds = isRecord(seed) ? seedsOfKeys(seed, keys, where) : seedsOfParts(seed, parts.length, where);
  const plans = parts.map(([, plan], i) => plan(seeds[i]));
  return {
    used: Object.fromEntries(plans.map(({ used }, i) => [keys[i], used])),
    apply: () => {
      for (const { apply } of plans) apply();
    },
  };
}

function seedsOfParts(seed: Seed | undefined, n: number, where: string): readonly Seed[] {
  const root = seed === undefined ? entropySeed() : seed;
  if (typeof root === "number") {
    const rng = seededRng(root, where);
    return Array.from({ length: n }, () => rng.integer(SUB_SEEDS));
  }
  if (isList(root) && root.length === n) return root;
  throw new ConfigError(`${where}: seed must be one number or ${n} seeds, got ${JSON.stringify(root)}`);
}

function seedsOfKeys(seed: Readonly<Record<string, Seed>>, keys: readonly string[], where: string): Seed[] {
  const seeds = keys.flatMap((key) => (Object.hasOwn(seed, key) ? [seed[key] ?? 0] : []));
  if (seeds.length === keys.length && Object.keys(seed).length === keys.length) return seeds;
  throw new ConfigError(`${where}: seed must name ${keys.join(", ")}, got ${Object.keys(seed).join(", ") || "no key"}`);
}

function isList(seed: Seed): seed is readonly Seed[] {
  return Array.isArray(seed);
}
