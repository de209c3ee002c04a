import { ShapeError } from "../core/errors.ts";
import { ARRAYS, type NumericArray } from "../env/spaces/arrays.ts";
import { Box, flatdim, type Space } from "../env/index.ts";

/** Numbers of uint8 observations, pixels, are divided by this. */
const MAX_BYTE = 255;

/** Observations of a space as rows of float32 for a network: flat, choices as one-hot rows, bytes as fractions of 255. */
export class Observations {
  /** Numbers of one observation. */
  readonly size: number;
  readonly #space: Space<unknown>;
  readonly #scale: number;

  /** @throws ConfigError for a space whose values vary in size. */
  constructor(space: Space<unknown>) {
    this.#space = space;
    this.size = flatdim(space);
    this.#scale = space instanceof Box && space.dtype === "uint8" ? 1 / MAX_BYTE : 1;
  }

  /** A batch of observations as float32 [B, size]. @throws ShapeError for what is no batch of them. */
  encode(batch: unknown): Float32Array {
    const { rows } = this.#space;
    const count = rows.count(batch);
    const encoded = new Float32Array(count * this.size);
    if (this.#space instanceof Box && isNumericArray(batch)) encoded.set(batch);
    else for (let row = 0; row < count; row++) this.#space.writeFlat(rows.read(batch, row), encoded, row * this.size);
    return this.#scaled(encoded);
  }

  /** One observation as float32 [size]. @throws ShapeError for what is none. */
  encodeOne(value: unknown): Float32Array {
    if (!this.#space.contains(value)) {
      throw new ShapeError(`PPO: an observation must be within ${String(this.#space)}, got something else`);
    }
    const encoded = new Float32Array(this.size);
    this.#space.writeFlat(value, encoded, 0);
    return this.#scaled(encoded);
  }

  #scaled(encoded: Float32Array): Float32Array {
    return this.#scale === 1 ? encoded : encoded.map((x) => x * this.#scale);
  }
}

function isNumericArray(value: unknown): value is NumericArray {
  return Object.values(ARRAYS).some((TypedArray) => value instanceof TypedArray);
}
