import seedrandom from "seedrandom";
import { z } from "zod";

/** A generator's state as plain JSON: what `getState` returns and `fromState` takes. */
export const RngState = z
  .strictObject({
    key: z.string().describe("the stream's name"),
    state: z.strictObject({ a: z.int(), b: z.int(), c: z.int(), d: z.int() }).readonly(),
  })
  .readonly();
export type RngState = z.infer<typeof RngState>;

/** The largest float32 below 1. */
const LARGEST = 1 - 2 ** -24;

/**
 * A seeded stream of random numbers. All randomness of this package is drawn from one of these, on the host.
 *
 * Streams are named: `rng.split("reset", 3)` is a child whose numbers depend on the parent's name and the labels only,
 * never on how much the parent has drawn.
 *
 * The generator is Tyche-i (Neves and Araujo 2011): four integers of state, so that thousands of environments with a
 * stream each stay in the processor's cache.
 */
export class Rng {
  readonly #key: string;
  #next: seedrandom.StatefulPRNG<seedrandom.State.Tychei>;

  constructor(seed: number | string) {
    this.#key = String(seed);
    this.#next = seedrandom.tychei(this.#key, { state: true });
  }

  /** A uniform float64 in [0, 1) with 32 random bits. */
  uniform(): number {
    return this.#next.quick();
  }

  /** An integer in [0, n). */
  integer(n: number): number {
    return Math.floor(this.#next.double() * n);
  }

  /** A standard normal number (Box-Muller; one of the pair is dropped so that the stream stays simple to restore). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** `length` uniforms in [0, 1) as float32; rounding never yields 1. */
  uniforms(length: number): Float32Array {
    const uniforms = new Float32Array(length);
    // A thousand environments draw half a million of them a step, which `Float32Array.from` takes ten times as long for.
    for (let i = 0; i < length; i++) uniforms[i] = Math.min(this.uniform(), LARGEST);
    return uniforms;
  }

  /** The child stream of this name. Does not advance this stream. */
  split(...labels: readonly (string | number)[]): Rng {
    return new Rng([this.#key, ...labels].join("/"));
  }

  /** The exact state, as JSON. */
  getState(): RngState {
    return { key: this.#key, state: this.#next.state() };
  }

  /** A generator that continues exactly where `state` was taken. */
  static fromState(state: RngState): Rng {
    const rng = new Rng(state.key);
    rng.#next = seedrandom.tychei("", { state: { ...state.state } });
    return rng;
  }
}
