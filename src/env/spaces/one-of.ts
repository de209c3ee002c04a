import { z } from "zod";

import { ShapeError } from "../../core/errors.ts";
import type { Rng } from "../../core/rng.ts";
import { commonDtype } from "./flat-parts.ts";
import { optionsOfParts } from "./sampling.ts";
import type { SampleOptions } from "./sampling.ts";
import { planParts } from "./seeds.ts";
import type { Seed, SeedPlan } from "./seeds.ts";
import { expectSpaceOptions } from "./space-options.ts";
import { Space } from "./space.ts";
import type { FlatBounds, FlatRow } from "./space.ts";
import type { SpaceJson } from "./space-json.ts";
import { expectSpaces, listBatch } from "./tuple.ts";
import type { SpacesOf, TupleSpace } from "./tuple.ts";

/** The index of a space, and a member of that space. */
export type OneOfValue<T extends readonly unknown[]> = {
  [K in keyof T]: readonly [index: number, value: T[K]];
}[number];

/**
 * A member of one of several spaces, with the index of that space. Masks and probabilities are lists with those of each
 * space; seeds are a list with this space's first. Flat values are the index, the flat value, and zeros to fill up.
 */
export class OneOf<const T extends readonly unknown[]> extends Space<OneOfValue<T>> {
  readonly shape = null;
  readonly spaces: SpacesOf<T>;
  override readonly flat: FlatRow | null;
  readonly #parts: readonly Space<unknown>[];

  /** @throws ConfigError for no space at all, and for what is no space. */
  constructor(spaces: SpacesOf<T>, options: { readonly rng?: Rng } = {}) {
    expectSpaceOptions(options, ["rng"], "OneOf");
    super(options.rng);
    this.#parts = expectSpaces(spaces, "OneOf");
    this.spaces = spaces;
    this.flat = longestRow(this.#parts);
  }

  override planSeed(seed?: Seed): SeedPlan {
    const own = (part?: Seed) => super.planSeed(part);
    const planners = this.#parts.map((space) => (part?: Seed) => space.planSeed(part));
    return planParts(seed, [own, ...planners], "OneOf.seed");
  }

  sampler(options: SampleOptions): () => OneOfValue<T>;
  sampler(options: SampleOptions): () => unknown {
    const parts = optionsOfParts(options, this.#parts.length, "OneOf.sample");
    const samplers = this.#parts.map((space, i) => space.sampler(parts[i] ?? {}));
    return () => {
      const index = this.rng.integer(samplers.length);
      return [index, samplers[index]?.()];
    };
  }

  contains(value: unknown): value is OneOfValue<T> {
    if (!Array.isArray(value) || value.length !== 2) return false;
    const [index, inner]: readonly unknown[] = value;
    return typeof index === "number" && this.#parts[index]?.contains(inner) === true;
  }

  batch(n: number): TupleSpace<readonly OneOfValue<T>[]> {
    return listBatch(this, n);
  }

  copy(): OneOf<T>;
  copy(): OneOf<readonly unknown[]> {
    return new OneOf(
      this.#parts.map((space) => space.copy()),
      { rng: this.copyRng() },
    );
  }

  override valueToJSON([index, value]: OneOfValue<T>): unknown {
    return [index, this.#parts[index]?.valueToJSON(value)];
  }

  override flatBounds(): FlatBounds {
    const bounds = this.#parts.map((space) => space.flatBounds());
    const places = Array.from({ length: (this.flat?.size ?? 1) - 1 }, (_, i) => i);
    return {
      low: [0, ...places.map((i) => Math.min(...bounds.map(({ low }) => low[i] ?? 0)))],
      high: [bounds.length - 1, ...places.map((i) => Math.max(...bounds.map(({ high }) => high[i] ?? 0)))],
    };
  }

  override writeFlat([index, value]: OneOfValue<T>, flat: { [index: number]: number }, at: number): void {
    for (let i = 0; i < (this.flat?.size ?? 0); i++) flat[at + i] = 0;
    flat[at] = index;
    this.#parts[index]?.writeFlat(value, flat, at + 1);
  }

  override readFlat(flat: ArrayLike<number>, at: number): OneOfValue<T>;
  override readFlat(flat: ArrayLike<number>, at: number): unknown {
    const index = Number(flat[at]);
    const space = this.#parts[index];
    if (space !== undefined) return [index, space.readFlat(flat, at + 1)];
    throw new ShapeError(`unflatten: the first number must be an index below ${this.#parts.length}, got ${index}`);
  }

  toJSON(): SpaceJson {
    return { type: "OneOf", subspaces: this.#parts.map((space) => space.toJSON()) };
  }

  override toString(): string {
    return `OneOf(${this.#parts.join(", ")})`;
  }

  protected override readJSON(json: unknown): unknown {
    if (!Array.isArray(json) || json.length !== 2) return undefined;
    const [index, value]: readonly unknown[] = json;
    return [index, this.#parts[Number(index)]?.valueFromJSON(value)];
  }

  protected override makeSchema(): z.ZodType<OneOfValue<T>>;
  protected override makeSchema(): z.ZodType {
    return z.union(this.#parts.map(({ schema }, index) => z.tuple([z.literal(index), schema])));
  }
}

/** The index and the longest of the parts' flat values; null where one varies in size. */
function longestRow(spaces: readonly Space<unknown>[]): FlatRow | null {
  const rows = spaces.flatMap(({ flat }) => flat ?? []);
  if (rows.length < spaces.length) return null;
  return {
    size: 1 + Math.max(...rows.map(({ size }) => size)),
    dtype: commonDtype(rows.map(({ dtype }) => dtype)),
  };
}
