import { ConfigError, ShapeError } from "../../core/errors.ts";
import { seededRng } from "../seeding.ts";
import type { Space, SpaceJson } from "./space.ts";

/** Records with exactly these keys, each value a member of its own space. */
export class DictSpace<T extends Readonly<Record<string, unknown>>> implements Space<T> {
  readonly shape = null;
  readonly spaces: { readonly [K in keyof T]: Space<T[K]> };

  /** @throws ConfigError for a record without keys. */
  constructor(spaces: { readonly [K in keyof T]: Space<T[K]> }) {
    if (Object.keys(spaces).length === 0) throw new ConfigError("DictSpace: at least one space is needed, got none");
    this.spaces = { ...spaces };
  }

  /** Every space gets a seed of its own, drawn from `seed`. */
  seed(seed: number): number {
    const rng = seededRng(seed, "DictSpace.seed");
    for (const [, space] of this.#entries()) space.seed(rng.integer(2 ** 31 - 1));
    return seed;
  }

  sample(): T {
    const value = Object.fromEntries(this.#entries().map(([key, space]) => [key, space.sample()]));
    if (this.contains(value)) return value;
    throw new ShapeError("DictSpace.sample: a space drew a value that it does not contain - mend that space");
  }

  contains(value: unknown): value is T {
    if (typeof value !== "object" || value === null) return false;
    const fields = new Map<string, unknown>(Object.entries(value));
    const entries = this.#entries();
    return fields.size === entries.length && entries.every(([key, space]) => space.contains(fields.get(key)));
  }

  batch(n: number): DictSpace<Record<string, unknown>> {
    return new DictSpace(Object.fromEntries(this.#entries().map(([key, space]) => [key, space.batch(n)])));
  }

  toJSON(): SpaceJson {
    return {
      type: "Dict",
      subspaces: Object.fromEntries(this.#entries().map(([key, space]) => [key, space.toJSON()])),
    };
  }

  /** Sorted, so that equal records of spaces draw equal samples in whatever order they were written. */
  #entries(): [string, Space<unknown>][] {
    return Object.entries<Space<unknown>>(this.spaces).toSorted(([a], [b]) => (a < b ? -1 : 1));
  }
}
