import { ConfigError } from "../core/errors.ts";
import { Rng } from "../core/rng.ts";
import { describe } from "./describe.ts";

/**
 * The stream that a user's seed names.
 * @throws ConfigError unless `seed` is a non-negative safe integer; 0 is a seed like any other.
 */
export function seededRng(seed: number, where: string): Rng {
  if (Number.isSafeInteger(seed) && seed >= 0) return new Rng(seed);
  throw new ConfigError(`${where}: seed must be a non-negative integer, got ${describe(seed)}`);
}

/** A seed nobody chose, for an environment that was reset without one: a uint32. */
export function entropySeed(): number {
  const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
  return seed;
}

/** @throws ConfigError for what is no random stream of this package. */
export function expectRng(rng: unknown): Rng {
  if (rng instanceof Rng) return rng;
  throw new ConfigError(`rng: a random stream must be an Rng, got ${describe(rng)} - pass new Rng(seed)`);
}
