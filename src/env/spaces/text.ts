import { z } from "zod";

import { ConfigError, ShapeError } from "../../core/errors.ts";
import type { Rng } from "../../core/rng.ts";
import { drawIndex, optionsOfParts, readWeights } from "./sampling.ts";
import type { SampleOptions, Weights } from "./sampling.ts";
import { expectSpaceOptions } from "./space-options.ts";
import { Space } from "./space.ts";
import type { FlatBounds, FlatRow } from "./space.ts";
import type { SpaceJson } from "./space-json.ts";
import { listBatch } from "./tuple.ts";
import type { TupleSpace } from "./tuple.ts";

const ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** What a `Text` may have beside its greatest length. */
export type TextOptions = {
  /** The least number of characters; 1 by default. */
  readonly minLength?: number;
  /** Characters in the order given, or a set, which is sorted; letters and digits by default. */
  readonly charset?: string | ReadonlySet<string>;
  readonly rng?: Rng;
};

/**
 * Strings of some characters (Unicode code points), of a length in [minLength, maxLength]. A mask or probabilities are
 * a pair: the length or null, and a number per character or null; no character at all means "". Flat values are the characters' places in `charset`,
 * filled up with the charset's size.
 */
export class Text extends Space<string> {
  readonly shape = null;
  override readonly flat: FlatRow;
  readonly maxLength: number;
  readonly minLength: number;
  /** Every character once. */
  readonly charset: string;
  readonly #places: ReadonlyMap<string, number>;

  /** @throws ConfigError for lengths that are no range, and a charset that is empty or has no single characters. */
  constructor(maxLength: number, options: TextOptions = {}) {
    expectSpaceOptions(options, ["minLength", "charset", "rng"], "Text");
    const { minLength = 1, charset = ALPHANUMERIC, rng } = options;
    super(rng);
    const isRange = Number.isSafeInteger(minLength) && Number.isSafeInteger(maxLength) && maxLength > 0;
    if (!isRange || minLength < 0 || minLength > maxLength) {
      throw new ConfigError(`Text: lengths must be whole numbers in order, got ${minLength} to ${maxLength}`);
    }
    const characters = readCharset(charset);
    this.maxLength = maxLength;
    this.minLength = minLength;
    this.charset = characters.join("");
    this.flat = { size: maxLength, dtype: "float32" };
    this.#places = new Map(characters.map((character, place) => [character, place]));
  }

  sampler(options: SampleOptions): () => string {
    const [length = {}, characters = {}] = optionsOfParts(options, 2, "Text.sample");
    const weights = readWeights(characters, this.#places.size, "Text.sample");
    const fixed = this.#expectLength(length.mask ?? length.probability ?? null);
    const alphabet = [...this.#places.keys()];
    const isMute = weights !== null && weights.every((weight) => weight === 0);
    if (isMute && this.minLength > 0) {
      throw new ConfigError("Text.sample: mask must allow a character, got none where minLength is not 0");
    }
    if (isMute) return () => "";
    return () => {
      const size = fixed ?? this.minLength + this.rng.integer(this.maxLength - this.minLength + 1);
      return Array.from({ length: size }, () => alphabet[drawIndex(this.rng, alphabet.length, weights)]).join("");
    };
  }

  contains(value: unknown): value is string {
    if (typeof value !== "string") return false;
    let length = 0;
    for (const character of value) {
      length++;
      if (length > this.maxLength || !this.#places.has(character)) return false;
    }
    return length >= this.minLength;
  }

  batch(n: number): TupleSpace<readonly string[]> {
    return listBatch(this, n);
  }

  copy(): Text {
    const { maxLength, minLength, charset } = this;
    return new Text(maxLength, { minLength, charset, rng: this.copyRng() });
  }

  override flatBounds(): FlatBounds {
    const { size } = this.#places;
    return {
      low: Array.from({ length: this.maxLength }, () => 0),
      high: Array.from({ length: this.maxLength }, () => size),
    };
  }

  override writeFlat(value: string, flat: { [index: number]: number }, at: number): void {
    const characters = [...value];
    for (let i = 0; i < this.maxLength; i++) {
      flat[at + i] = this.#places.get(characters[i] ?? "") ?? this.#places.size;
    }
  }

  override readFlat(flat: ArrayLike<number>, at: number): string {
    const alphabet = [...this.#places.keys()];
    const places = Array.from({ length: this.maxLength }, (_, i) => Number(flat[at + i]));
    const end = places.indexOf(alphabet.length);
    const filling = end === -1 ? [] : places.splice(end);
    const value = places.map((place) => alphabet[place] ?? "").join("");
    const isWhole = places.every((place) => place in alphabet) && filling.every((place) => place === alphabet.length);
    if (isWhole && this.contains(value)) return value;
    throw new ShapeError(`unflatten: numbers must be the places of characters of ${String(this)}, got ${value}`);
  }

  toJSON(): SpaceJson {
    return { type: "Text", max_length: this.maxLength, min_length: this.minLength, charset: this.charset };
  }

  override toString(): string {
    return `Text(${this.minLength}, ${this.maxLength}, charset=${this.charset})`;
  }

  protected override makeSchema(): z.ZodType<string> {
    const characters = this.charset.replaceAll(/[\\\]^-]/g, String.raw`\$&`);
    return z.string().regex(new RegExp(`^[${characters}]{${this.minLength},${this.maxLength}}$`, "u"));
  }

  #expectLength(length: Weights): number | null {
    if (length === null) return null;
    const isLength = typeof length === "number" && Number.isInteger(length);
    if (isLength && length >= this.minLength && length <= this.maxLength) return length;
    const range = `[${this.minLength}, ${this.maxLength}]`;
    throw new ConfigError(`Text.sample: the length must be in ${range} or null, got ${JSON.stringify(length)}`);
  }
}

/** Each character once. */
function readCharset(charset: string | ReadonlySet<string>): string[] {
  const characters = typeof charset === "string" ? [...new Set(charset)] : [...charset].toSorted(byCodePoint);
  const wrong = characters.find((character) => [...character].length !== 1);
  if (wrong !== undefined) throw new ConfigError(`Text: charset must be made of single characters, got "${wrong}"`);
  if (characters.length > 0) return characters;
  throw new ConfigError("Text: charset must have a character, got none");
}

function byCodePoint(a: string, b: string): number {
  return Number(a.codePointAt(0)) - Number(b.codePointAt(0));
}
