import { ConfigError } from "../../core/errors.ts";
import { Rng } from "../../core/rng.ts";
import { seededRng } from "../seeding.ts";
import { Box } from "./box.ts";
import type { Space, SpaceJson } from "./space.ts";

/** The integers [0, n), as plain numbers. */
export class Discrete implements Space<number> {
  readonly shape: readonly number[] = [];
  readonly n: number;
  #rng = new Rng(0);

  /** @throws ConfigError unless `n` is a positive integer. */
  constructor(n: number) {
    this.n = expectChoices(n, "Discrete");
  }

  seed(seed: number): number {
    this.#rng = seededRng(seed, "Discrete.seed");
    return seed;
  }

  sample(): number {
    return this.#rng.integer(this.n);
  }

  contains(value: unknown): value is number {
    return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < this.n;
  }

  batch(n: number): MultiDiscrete {
    return new MultiDiscrete(Array.from({ length: n }, () => this.n));
  }

  toJSON(): SpaceJson {
    return { type: "Discrete", dtype: "int32", start: 0, n: this.n };
  }
}

/** Int32 arrays whose element `i` is in [0, nvec[i]). */
export class MultiDiscrete implements Space<Int32Array> {
  readonly shape: readonly number[];
  readonly nvec: Int32Array;
  #rng = new Rng(0);

  /** @throws ConfigError unless every entry of `nvec` is a positive integer. */
  constructor(nvec: ArrayLike<number>) {
    this.nvec = Int32Array.from(nvec, (n) => expectChoices(n, "MultiDiscrete"));
    this.shape = [this.nvec.length];
  }

  seed(seed: number): number {
    this.#rng = seededRng(seed, "MultiDiscrete.seed");
    return seed;
  }

  sample(): Int32Array {
    return this.nvec.map((n) => this.#rng.integer(n));
  }

  contains(value: unknown): value is Int32Array {
    if (!(value instanceof Int32Array) || value.length !== this.nvec.length) return false;
    return value.every((element, i) => element >= 0 && element < Number(this.nvec[i]));
  }

  batch(n: number): Box<"int32"> {
    return new Box({ low: 0, high: this.nvec.map((size) => size - 1), shape: this.shape, dtype: "int32" }).batch(n);
  }

  toJSON(): SpaceJson {
    return { type: "MultiDiscrete", dtype: "int32", nvec: [...this.nvec], start: Array.from(this.nvec, () => 0) };
  }
}

function expectChoices(n: number, where: string): number {
  if (Number.isInteger(n) && n > 0 && n < 2 ** 31) return n;
  throw new ConfigError(`${where}: the number of choices must be a positive int32, got ${n}`);
}
