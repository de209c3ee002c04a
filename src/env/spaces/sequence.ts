import { z } from "zod";

import { ConfigError } from "../../core/errors.ts";
import type { Rng } from "../../core/rng.ts";
import { concatenate, expectSpace, iterate } from "./batching.ts";
import type { BatchOf } from "./rows.ts";
import { optionsOfParts } from "./sampling.ts";
import type { SampleOptions, Weights } from "./sampling.ts";
import { planParts } from "./seeds.ts";
import type { Seed, SeedPlan } from "./seeds.ts";
import { expectSpaceOptions } from "./space-options.ts";
import { Space } from "./space.ts";
import type { SpaceJson } from "./space-json.ts";
import { listBatch } from "./tuple.ts";
import type { TupleSpace } from "./tuple.ts";
import { customSchema, listSchema } from "./value-schema.ts";

/** A list, or a batch when values are stacked. */
export type SequenceOf<T, S extends boolean> = S extends true ? BatchOf<T> : readonly T[];

/** Lengths are drawn from a geometric distribution with this chance to end, as in Gymnasium. */
const CHANCE_OF_END = 0.25;

/**
 * Lists of any length whose elements are members of one space; with `stack`, batches of them instead of lists. A mask
 * or probabilities are a pair: the length, lengths to choose from, or null; and those of the elements. Seeds are a pair
 * too: this space's and the elements'.
 */
export class Sequence<T, S extends boolean = false> extends Space<SequenceOf<T, S>> {
  readonly shape = null;
  readonly space: Space<T>;
  readonly stack: boolean;

  /** @throws ConfigError for what is no space. */
  constructor(space: Space<T>, options: { readonly stack?: S; readonly rng?: Rng } = {}) {
    expectSpaceOptions(options, ["stack", "rng"], "Sequence");
    super(options.rng);
    this.space = expectSpace(space, "Sequence");
    this.stack = options.stack ?? false;
  }

  override planSeed(seed?: Seed): SeedPlan {
    const own = (part?: Seed) => super.planSeed(part);
    return planParts(seed, [own, (part) => this.space.planSeed(part)], "Sequence.seed");
  }

  sampler(options: SampleOptions): () => SequenceOf<T, S>;
  sampler(options: SampleOptions): () => unknown {
    const [length = {}, element = {}] = optionsOfParts(options, 2, "Sequence.sample");
    const lengths = readLengths(length.mask ?? length.probability ?? null);
    const draw = this.space.sampler(element);
    return () => {
      const size = lengths[this.rng.integer(lengths.length)] ?? drawLength(this.rng);
      return this.#pack(Array.from({ length: size }, draw));
    };
  }

  contains(value: unknown): value is SequenceOf<T, S> {
    return this.#unpack(value)?.every((element) => this.space.contains(element)) ?? false;
  }

  batch(n: number): TupleSpace<readonly SequenceOf<T, S>[]> {
    return listBatch(this, n);
  }

  copy(): Sequence<T, S>;
  copy(): Sequence<T, boolean> {
    return new Sequence<T, boolean>(this.space.copy(), { stack: this.stack, rng: this.copyRng() });
  }

  override valueToJSON(value: SequenceOf<T, S>): unknown {
    return this.#unpack(value)?.map((element) => this.space.valueToJSON(element));
  }

  toJSON(): SpaceJson {
    return { type: "Sequence", subspace: this.space.toJSON(), stack: this.stack };
  }

  override toString(): string {
    return `Sequence(${String(this.space)}, stack=${this.stack})`;
  }

  protected override readJSON(json: unknown): unknown {
    return Array.isArray(json) ? this.#pack(json.map((element) => this.space.valueFromJSON(element))) : undefined;
  }

  protected override makeSchema(): z.ZodType<SequenceOf<T, S>>;
  protected override makeSchema(): z.ZodType {
    if (!this.stack) return z.array(this.space.schema);
    return customSchema(
      (value) => this.contains(value),
      String(this),
      () => listSchema(this.space),
    );
  }

  #pack(elements: readonly T[]): unknown {
    return this.stack ? concatenate(this.space, elements) : elements;
  }

  /** The elements of a value; null for what is none. */
  #unpack(value: unknown): readonly T[] | null;
  #unpack(value: unknown): readonly unknown[] | null {
    if (!this.stack) return Array.isArray(value) ? value : null;
    return rowsOf(this.space, value);
  }
}

/** The rows of what may be a batch; null for what is none. */
export function rowsOf(space: Space<unknown>, batch: unknown): unknown[] | null {
  try {
    return iterate(space, batch);
  } catch {
    return null;
  }
}

/** Lengths to choose from; none for any. */
function readLengths(lengths: Weights): readonly number[] {
  if (lengths === null) return [];
  const choices: readonly unknown[] = typeof lengths === "number" ? [lengths] : Object.values(lengths);
  const numbers = choices.filter((length) => typeof length === "number" && Number.isSafeInteger(length) && length >= 0);
  if (numbers.length > 0 && numbers.length === choices.length) return numbers.map(Number);
  throw new ConfigError(`Sequence.sample: lengths must be whole numbers or null, got ${JSON.stringify(lengths)}`);
}

/** 1 or more. */
function drawLength(rng: Rng): number {
  return 1 + Math.floor(Math.log(1 - rng.uniform()) / Math.log(1 - CHANCE_OF_END));
}
