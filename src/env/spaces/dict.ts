import { z } from "zod";

import { ConfigError } from "../../core/errors.ts";
import { describe } from "../describe.ts";
import { joinBounds, joinRows, readParts, writeParts } from "./flat-parts.ts";
import { partRows } from "./rows.ts";
import type { Rows } from "./rows.ts";
import { optionsOfKeys } from "./sampling.ts";
import type { SampleOptions } from "./sampling.ts";
import { planRecord } from "./seeds.ts";
import type { Seed, SeedPlan } from "./seeds.ts";
import { Space } from "./space.ts";
import type { FlatBounds, FlatRow } from "./space.ts";
import type { SpaceJson } from "./space-json.ts";

/** Keys and their spaces, in an order that matters. */
export type SpacePairs = Iterable<readonly [key: string, space: Space<unknown>]>;

/**
 * Records with exactly these keys, each value a member of its own space. Draws and flat values take the keys of a record
 * in alphabetical order, those of pairs in the order given. Masks, probabilities and seeds are records too.
 */
export class DictSpace<T extends Readonly<Record<string, unknown>>> extends Space<T> {
  readonly shape = null;
  readonly spaces: { readonly [K in keyof T]: Space<T[K]> };
  override readonly rows: Rows;
  override readonly flat: FlatRow | null;
  readonly #keys: readonly string[];
  readonly #parts: readonly Space<unknown>[];

  /** @throws ConfigError for no key at all, a key that comes twice, and a value that is no space. */
  constructor(spaces: { readonly [K in keyof T]: Space<T[K]> } | SpacePairs) {
    super();
    const entries = readEntries(spaces);
    this.#keys = entries.map(([key]) => key);
    this.#parts = entries.map(([, space]) => space);
    this.spaces = asRecord(entries);
    this.flat = joinRows(this.#parts);
    this.rows = partRows(
      entries.map(([key, { rows }]) => [key, rows]),
      (values) => this.#record(values),
    );
  }

  override planSeed(seed?: Seed): SeedPlan {
    const planners = this.#entries().map(([key, space]) => [key, (part?: Seed) => space.planSeed(part)] as const);
    return planRecord(seed, planners, "DictSpace.seed");
  }

  sampler(options: SampleOptions): () => T;
  sampler(options: SampleOptions): () => unknown {
    const parts = optionsOfKeys(options, this.#keys, "DictSpace.sample");
    const samplers = this.#parts.map((space, i) => space.sampler(parts[i] ?? {}));
    return () => this.#record(samplers.map((draw) => draw()));
  }

  contains(value: unknown): value is T {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    if (Object.keys(value).length !== this.#keys.length) return false;
    return this.#parts.every((space, i) => {
      const key = this.#keys[i] ?? "";
      return Object.hasOwn(value, key) && space.contains(Reflect.get(value, key));
    });
  }

  batch(n: number): DictSpace<Record<string, unknown>> {
    return new DictSpace<Record<string, unknown>>(
      this.#entries().map(([key, space]) => [key, space.batch(n)] as const),
    );
  }

  copy(): DictSpace<T>;
  copy(): DictSpace<Record<string, unknown>> {
    return new DictSpace<Record<string, unknown>>(this.#entries().map(([key, space]) => [key, space.copy()] as const));
  }

  override valueToJSON(value: T): unknown {
    return this.#record(this.#parts.map((space, i) => space.valueToJSON(value[this.#keys[i] ?? ""])));
  }

  override flatBounds(): FlatBounds {
    return joinBounds(this.#parts);
  }

  override writeFlat(value: T, flat: { [index: number]: number }, at: number): void {
    const values = this.#keys.map((key) => value[key]);
    writeParts(this.#parts, values, flat, at);
  }

  override readFlat(flat: ArrayLike<number>, at: number): T;
  override readFlat(flat: ArrayLike<number>, at: number): unknown {
    return this.#record(readParts(this.#parts, flat, at));
  }

  toJSON(): SpaceJson {
    return {
      type: "Dict",
      subspaces: Object.fromEntries(this.#entries().map(([key, space]) => [key, space.toJSON()])),
    };
  }

  override toString(): string {
    return `DictSpace(${this.#entries()
      .map(([key, space]) => `${key}: ${String(space)}`)
      .join(", ")})`;
  }

  protected override readJSON(json: unknown): unknown {
    if (typeof json !== "object" || json === null) return undefined;
    return Object.fromEntries(
      Object.entries(json).map(([key, part]: [string, unknown]) => {
        const space = this.#parts[this.#keys.indexOf(key)];
        return [key, space?.valueFromJSON(part)];
      }),
    );
  }

  protected override makeSchema(): z.ZodType<T>;
  protected override makeSchema(): z.ZodType {
    return z.strictObject(Object.fromEntries(this.#entries().map(([key, space]) => [key, space.schema])));
  }

  #entries(): [key: string, space: Space<unknown>][] {
    return this.#parts.map((space, i) => [this.#keys[i] ?? "", space]);
  }

  #record(values: readonly unknown[]): Record<string, unknown> {
    return Object.fromEntries(values.map((value, i) => [this.#keys[i], value]));
  }
}

function readEntries(spaces: unknown): (readonly [key: string, space: Space<unknown>])[] {
  if (typeof spaces !== "object" || spaces === null) {
    throw new ConfigError(`DictSpace: spaces must be a record, or pairs of key and space, got ${describe(spaces)}`);
  }
  const entries = isPairs(spaces)
    ? [...spaces]
    : Object.entries<Space<unknown>>({ ...spaces }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) throw new ConfigError("DictSpace: at least one space is needed, got none");
  const keys = entries.map(([key]) => key);
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined) throw new ConfigError(`DictSpace: a key may come once, got ${twice} twice`);
  const stranger = entries.find(([, space]) => !(space instanceof Space));
  if (stranger === undefined) return entries;
  throw new ConfigError(`DictSpace: every value must be a space, got ${describe(stranger[1])} for ${stranger[0]}`);
}

function isPairs(spaces: object): spaces is SpacePairs {
  return Symbol.iterator in spaces;
}

function asRecord<T>(entries: SpacePairs): { readonly [K in keyof T]: Space<T[K]> };
function asRecord(entries: SpacePairs): unknown {
  return Object.fromEntries(entries);
}
