/** A space as JSON, in the form in which Minari writes Gymnasium's spaces; infinities are "inf" and "-inf". */
export type SpaceJson =
  | {
      readonly type: "Box";
      readonly dtype: string;
      readonly shape: readonly number[];
      readonly low: Nested;
      readonly high: Nested;
    }
  | { readonly type: "Discrete"; readonly dtype: string; readonly start: number; readonly n: number }
  | {
      readonly type: "MultiDiscrete";
      readonly dtype: string;
      readonly nvec: readonly number[];
      readonly start: readonly number[];
    }
  | { readonly type: "Dict"; readonly subspaces: Readonly<Record<string, SpaceJson>> };

/** An array of numbers as nested lists, row-major. */
export type Nested = number | "inf" | "-inf" | readonly Nested[];

/**
 * The set of values that an observation or an action may take, as in Gymnasium.
 *
 * Values are flat typed arrays, row-major; their sizes are the space's `shape`. A space has a random stream of its own,
 * seed 0 until `seed` is called; `env.reset({ seed })` does not touch it.
 */
export interface Space<T> {
  /** Sizes of a value; `[]` for a plain number, `null` for a record of values. */
  readonly shape: readonly number[] | null;
  /** Restarts the space's random stream. Returns the seed. @throws ConfigError unless it is a non-negative integer. */
  seed(seed: number): number;
  /** A random member, in memory of its own. */
  sample(): T;
  /** Whether `value` is a member; false, never an error, for any other value. */
  contains(value: unknown): value is T;
  /** The space of `n` values side by side, first axis first. */
  batch(n: number): Space<unknown>;
  /** The space as data. */
  toJSON(): SpaceJson;
}
