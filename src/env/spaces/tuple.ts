import { z } from "zod";

import { ConfigError } from "../../core/errors.ts";
import { describe } from "../describe.ts";
import { expectCount } from "./arrays.ts";
import { joinBounds, joinRows, readParts, writeParts } from "./flat-parts.ts";
import { partRows } from "./rows.ts";
import type { Rows } from "./rows.ts";
import { optionsOfParts } from "./sampling.ts";
import type { SampleOptions } from "./sampling.ts";
import { planParts, SUB_SEEDS } from "./seeds.ts";
import type { Seed, SeedPlan } from "./seeds.ts";
import { Space } from "./space.ts";
import type { FlatBounds, FlatRow } from "./space.ts";
import type { SpaceJson } from "./space-json.ts";

/** A space for each element. */
export type SpacesOf<T extends readonly unknown[]> = { readonly [K in keyof T]: Space<T[K]> };

/**
 * Lists of a fixed length, each element a member of its own space. Masks, probabilities and seeds are lists with one
 * entry per element.
 */
export class TupleSpace<const T extends readonly unknown[]> extends Space<T> {
  readonly shape = null;
  readonly spaces: SpacesOf<T>;
  override readonly rows: Rows;
  override readonly flat: FlatRow | null;
  readonly #parts: readonly Space<unknown>[];

  /** @throws ConfigError for no space at all, and for what is no space. */
  constructor(spaces: SpacesOf<T>) {
    super();
    this.#parts = expectSpaces(spaces, "TupleSpace");
    this.spaces = spaces;
    this.flat = joinRows(this.#parts);
    this.rows = partRows(
      this.#parts.map(({ rows }, i) => [String(i), rows]),
      (values) => [...values],
    );
  }

  override planSeed(seed?: Seed): SeedPlan {
    const planners = this.#parts.map((space) => (part?: Seed) => space.planSeed(part));
    return planParts(seed, planners, "TupleSpace.seed");
  }

  sampler(options: SampleOptions): () => T;
  sampler(options: SampleOptions): () => unknown {
    const parts = optionsOfParts(options, this.#parts.length, "TupleSpace.sample");
    const samplers = this.#parts.map((space, i) => space.sampler(parts[i] ?? {}));
    return () => samplers.map((draw) => draw());
  }

  contains(value: unknown): value is T {
    if (!Array.isArray(value) || value.length !== this.#parts.length) return false;
    return this.#parts.every((space, i) => space.contains(value[i]));
  }

  batch(n: number): TupleSpace<readonly unknown[]> {
    return new TupleSpace(this.#parts.map((space) => space.batch(n)));
  }

  copy(): TupleSpace<T>;
  copy(): TupleSpace<readonly unknown[]> {
    return new TupleSpace(this.#parts.map((space) => space.copy()));
  }

  override valueToJSON(value: T): unknown {
    return this.#parts.map((space, i) => space.valueToJSON(value[i]));
  }

  override flatBounds(): FlatBounds {
    return joinBounds(this.#parts);
  }

  override writeFlat(value: T, flat: { [index: number]: number }, at: number): void {
    writeParts(this.#parts, value, flat, at);
  }

  override readFlat(flat: ArrayLike<number>, at: number): T;
  override readFlat(flat: ArrayLike<number>, at: number): unknown {
    return readParts(this.#parts, flat, at);
  }

  toJSON(): SpaceJson {
    return { type: "Tuple", subspaces: this.#parts.map((space) => space.toJSON()) };
  }

  override toString(): string {
    return `TupleSpace(${this.#parts.join(", ")})`;
  }

  protected override readJSON(json: unknown): unknown {
    if (!Array.isArray(json) || json.length !== this.#parts.length) return undefined;
    return this.#parts.map((space, i) => space.valueFromJSON(json[i]));
  }

  protected override makeSchema(): z.ZodType<T>;
  protected override makeSchema(): z.ZodType {
    return tupleSchema(this.#parts.map(({ schema }) => schema));
  }
}

/** The spaces that were given. @throws ConfigError for none, and for what is no space. */
export function expectSpaces(spaces: readonly unknown[], where: string): readonly Space<unknown>[] {
  if (!Array.isArray(spaces)) throw new ConfigError(`${where}: spaces must be a list, got ${describe(spaces)}`);
  if (spaces.length === 0) throw new ConfigError(`${where}: at least one space is needed, got none`);
  return spaces.map((space) => {
    if (space instanceof Space) return space;
    throw new ConfigError(`${where}: every element must be a space, got ${describe(space)}`);
  });
}

/** The space of `n` values that vary in size: copies of `space`, each with a stream of its own. */
export function listBatch<T>(space: Space<T>, n: number): TupleSpace<readonly T[]> {
  const root = space.copy();
  return new TupleSpace(
    Array.from({ length: expectCount(n) }, () => {
      const row = space.copy();
      row.seed(root.rng.integer(SUB_SEEDS));
      return row;
    }),
  );
}

function tupleSchema(schemas: readonly z.ZodType[]): z.ZodType {
  const [first, ...others] = schemas;
  return first === undefined ? z.tuple([]) : z.tuple([first, ...others]);
}
