import { ShapeError } from "../core/errors.ts";
import { ARRAYS, type NumericArray } from "../env/spaces/arrays.ts";
import { Box, flatdim, type Space } from "../env/index.ts";
import { tokensOf } from "./encoder.ts";

/** Numbers of uint8 observations, pixels, are divided by this. */
const MAX_BYTE = 255;

/**
 * Observations of a space as rows of float32 for a network: flat, choices as one-hot rows, bytes as fractions of 255, and
 * tokens of a large vocabulary as their numbers, from 0 on.
 */
export class Observations {
  /** Numbers of one observation. */
  readonly size: number;
  readonly #space: Space<unknown>;
  readonly #scale: number;
  /** Whether an observation is written as it is. */
  readonly #isPlain: boolean;

  /** @throws ConfigError for a space whose values vary in size. */
  constructor(space: Space<unknown>) {
    this.#space = space;
    const tokens = tokensOf(space);
    this.size = tokens?.count ?? flatdim(space);
    this.#isPlain = space instanceof Box || tokens !== null;
    this.#scale = space instanceof Box && space.dtype === "uint8" ? 1 / MAX_BYTE : 1;
  }

  /** A batch of observations as float32 [B, size]. @throws ShapeError for what is no batch of them. */
  encode(batch: unknown): Float32Array {
    const { rows } = this.#space;
    const count = rows.count(batch);
    const encoded = new Float32Array(count * this.size);
    if (this.#isPlain && isNumericArray(batch)) encoded.set(batch);
    else for (let row = 0; row < count; row++) this.#space.writeFlat(rows.read(batch, row), encoded, row * this.size);
    return this.#scaled(encoded);
  }

  /** One observation as float32 [size]. @throws ShapeError for what is none. */
  encodeOne(value: unknown): Float32Array {
    if (!this.#space.contains(value)) {
      throw new ShapeError(`PPO: an observation must be within ${String(this.#space)}, got something else`);
    }
    const encoded = new Float32Array(this.size);
    if (this.#isPlain && isNumericArray(value)) encoded.set(value);
    else this.#space.writeFlat(value, encoded, 0);
    return this.#scaled(encoded);
  }

  #scaled(encoded: Float32Array): Float32Array {
    const scale = this.#scale;
    if (scale !== 1) for (let i = 0; i < encoded.length; i++) encoded[i] = Number(encoded[i]) * scale;
    return encoded;
  }
}

function isNumericArray(value: unknown): value is NumericArray {
  return Object.values(ARRAYS).some((TypedArray) => value instanceof TypedArray);
}
