import { asAsync } from "../../../src/env/adapters.ts";
import {
  BatchedEnv,
  Box,
  ConcurrentVectorEnv,
  Discrete,
  SyncVectorEnv,
  WorkerVectorEnv,
} from "../../../src/env/index.ts";
import type { AutoresetMode, BatchOutcome, EnvInfo, Mode, VectorEnv } from "../../../src/env/index.ts";
import { CountingEnv } from "./counting-env.ts";

/** Every kind of vector environment that can stand around a `CountingEnv`. */
export const KINDS = ["sync", "concurrent", "worker", "native"] as const;
type Kind = (typeof KINDS)[number];

type CountingVectorEnv = VectorEnv<Float32Array, Int32Array | readonly number[], EnvInfo, Mode> & Disposable;

/** What a worker thread imports. */
export const COUNTING_MODULE = new URL("./counting-env.ts", import.meta.url).href;

/** Counting environments side by side, one per length. */
export async function openCounting(
  kind: Kind,
  autoresetMode: AutoresetMode,
  lengths: readonly number[],
): Promise<CountingVectorEnv> {
  const options = { autoresetMode };
  switch (kind) {
    case "sync":
      return new SyncVectorEnv(
        lengths.map((length) => () => new CountingEnv(length)),
        options,
      );
    case "concurrent":
      return ConcurrentVectorEnv.create(
        lengths.map((length) => () => asAsync(new CountingEnv(length))),
        options,
      );
    case "worker":
      return WorkerVectorEnv.create<Float32Array, number>(
        lengths.map((length) => ({ module: COUNTING_MODULE, export: "counting", options: { length } })),
        { ...options, numWorkers: 2 },
      );
    case "native":
    default:
      return new CountingVector(lengths, autoresetMode);
  }
}

/** `CountingEnv` as a native batch, without infos. */
class CountingVector extends BatchedEnv<Float32Array, number> {
  readonly #lengths: readonly number[];
  readonly #steps: Float32Array;

  constructor(lengths: readonly number[], autoresetMode: AutoresetMode) {
    const template = {
      observationSpace: new Box({ low: 0, high: 100, shape: [1], dtype: "float32" }),
      actionSpace: new Discrete(10),
      metadata: { renderModes: [] },
      renderMode: null,
    };
    super(template, { numEnvs: lengths.length, autoresetMode });
    this.#lengths = lengths;
    this.#steps = new Float32Array(lengths.length);
  }

  protected begin(row: number, _rng: unknown, { start = 0 }: Readonly<Record<string, unknown>>): void {
    this.#steps[row] = Number(start);
  }

  protected advance(actions: Int32Array, idle: Uint8Array, { rewards, terminated }: BatchOutcome): void {
    for (const [row, length] of this.#lengths.entries()) {
      if (idle[row] === 1) continue;
      const steps = Number(this.#steps[row]) + 1;
      this.#steps[row] = steps;
      rewards[row] = Number(actions[row]);
      terminated[row] = Number(steps === length);
    }
  }

  protected observe(): Float32Array {
    return this.#steps.slice();
  }
}
