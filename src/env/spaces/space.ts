import { z } from "zod";

import { ConfigError, ShapeError } from "../../core/errors.ts";
import { Rng } from "../../core/rng.ts";
import { describe } from "../describe.ts";
import { entropySeed, expectRng, seededRng } from "../seeding.ts";
import type { NumericType } from "./arrays.ts";
import { LIST_ROWS } from "./rows.ts";
import type { Rows } from "./rows.ts";
import type { SampleOptions } from "./sampling.ts";
import type { Seed, SeedPlan } from "./seeds.ts";
import type { SpaceJson } from "./space-json.ts";
import { expectSpaceOptions } from "./space-options.ts";

const SAMPLE_KEYS = ["mask", "probability"];

/** A value as one row of numbers: how many, and their dtype. */
export type FlatRow = { readonly size: number; readonly dtype: NumericType };

/** The bounds of each number of a flat value, inclusive. */
export type FlatBounds = { readonly low: readonly number[]; readonly high: readonly number[] };

/**
 * The set of values that an observation or an action may take, as in Gymnasium.
 *
 * Values are flat typed arrays, row-major; their sizes are the space's `shape`. A space has a random stream of its own,
 * seed 0 until `seed` is called; `env.reset({ seed })` does not touch it.
 *
 * A space of your own extends this class: the abstract members are enough. Its values are then batched as lists, and
 * cannot be flattened.
 */
export abstract class Space<T> {
  /** Sizes of a value; `[]` for a plain number, `null` for what is made of parts or varies in size. */
  abstract readonly shape: readonly number[] | null;
  /** How values lie side by side in a batch. */
  readonly rows: Rows = LIST_ROWS;
  /** Flat values; null where values vary in size. */
  readonly flat: FlatRow | null = null;
  /** The options of `sample`. */
  protected readonly sampleKeys: readonly string[] = SAMPLE_KEYS;
  #rng: Rng | undefined;
  #schema: z.ZodType<T> | undefined;

  /** `rng`: the random stream, by reference; seed 0 when there is none. */
  constructor(rng?: Rng) {
    this.#rng = rng && expectRng(rng);
  }

  /** Whether `value` is a member; false, never an error, for any other value. */
  abstract contains(value: unknown): value is T;
  /** A draw under these options, which are checked now; every call of it returns a random member. */
  abstract sampler(options: SampleOptions): () => T;
  /** The space of `n` values side by side, first axis first; its random stream starts where this one is. */
  abstract batch(n: number): Space<unknown>;
  /** An equal space with a random stream of its own, in the same state. */
  abstract copy(): Space<T>;
  /** The space as data. */
  abstract toJSON(): SpaceJson;

  /** The random stream that `sample` draws from. */
  get rng(): Rng {
    return (this.#rng ??= new Rng(0));
  }

  /** A zod schema of the values, built once. `z.toJSONSchema` writes the JSON form of values. */
  get schema(): z.ZodType<T> {
    return (this.#schema ??= this.makeSchema());
  }

  /**
   * Restarts the random stream; without a seed, from one that nobody chose. Returns what was used: one seed, or one for
   * each part; seeding with it again draws the same samples.
   * @throws ConfigError unless seeds are non-negative integers, as many as there are parts.
   */
  seed(seed?: Seed): Seed {
    const { used, apply } = this.planSeed(seed);
    apply();
    return used;
  }

  /** What `seed` would do. @throws ConfigError as `seed` does. */
  planSeed(seed: Seed = entropySeed()): SeedPlan {
    if (typeof seed !== "number") {
      throw new ConfigError(
        `${this.constructor.name}.seed: seed must be a non-negative integer, got ${describe(seed)}`,
      );
    }
    const rng = seededRng(seed, `${this.constructor.name}.seed`);
    return {
      used: seed,
      apply: () => {
        this.#rng = rng;
      },
    };
  }

  /** A random member, in memory of its own. @throws ConfigError for options that do not fit the space. */
  sample(options?: SampleOptions): T {
    if (options === undefined) return this.sampler({})();
    expectSpaceOptions(options, this.sampleKeys, `${this.constructor.name}.sample`);
    return this.sampler(options)();
  }

  /** A value as JSON. */
  valueToJSON(value: T): unknown {
    return value;
  }

  /** The value that was written so. @throws ShapeError for what is no member of the space. */
  valueFromJSON(json: unknown): T {
    const value = this.readJSON(json);
    if (this.contains(value)) return value;
    throw new ShapeError(`${this.constructor.name}.valueFromJSON: JSON must be that of a member of ${String(this)}`);
  }

  /** The bounds of flat values. @throws ConfigError where values vary in size. */
  flatBounds(): FlatBounds {
    throw this.#notFlattenable();
  }

  /** Writes `value` as `flat.size` numbers from `at` on. @throws ConfigError where values vary in size. */
  writeFlat(_value: T, _flat: { [index: number]: number }, _at: number): void {
    throw this.#notFlattenable();
  }

  /** The value that was written from `at` on. @throws ShapeError for numbers that stand for no value. */
  readFlat(_flat: ArrayLike<number>, _at: number): T {
    throw this.#notFlattenable();
  }

  toString(): string {
    return this.constructor.name;
  }

  /** A stream of its own in the state of this one. */
  protected copyRng(): Rng {
    return Rng.fromState(this.rng.getState());
  }

  /** What may be the value of this JSON; `contains` judges it. */
  protected readJSON(json: unknown): unknown {
    return json;
  }

  protected makeSchema(): z.ZodType<T> {
    return z.custom<T>((value) => this.contains(value), `must be a member of ${String(this)}`);
  }

  #notFlattenable(): ConfigError {
    return new ConfigError(`${this.constructor.name}: only values of one size can be flattened, got ${String(this)}`);
  }
}
