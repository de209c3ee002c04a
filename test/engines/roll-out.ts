import { Rng } from "../../src/core/rng.ts";
import type { Frames } from "../../src/core/frames.ts";
import type { HostTensors } from "../../src/core/host-tensor.ts";
import type { WorldModel, WorldSession } from "../../src/model/world-model.ts";

/** What one row showed: per frame its tokens, its pixels, and the model's probability and entropy. */
export type Trace = {
  readonly tokens: readonly Int32Array[];
  readonly pixels: readonly Uint8Array[];
  readonly confidence: readonly number[];
  readonly entropy: readonly number[];
  /** The row's state after `STATE_AT` steps. */
  readonly state: HostTensors;
};

/** Past the window of the tiny worlds, so that slots of the cache have been used twice. */
export const STATE_AT = 6;

/** The action and the uniforms of the row of this seed in one step. */
export function inputsOf(world: WorldModel, seed: number, step: number) {
  const rng = new Rng(`row ${seed} step ${step}`);
  return { action: rng.integer(world.numActions), uniforms: rng.uniforms(world.uniformsPerStep) };
}

/** One step of rows with these seeds. */
export function stepRows(world: WorldModel, session: WorldSession, seeds: readonly number[], step: number) {
  const rows = seeds.map((seed) => inputsOf(world, seed, step));
  return session.step(
    Int32Array.from(rows, ({ action }) => action),
    Float32Array.from(rows.flatMap(({ uniforms }) => [...uniforms])),
  );
}

/** Plays rows together, each from its prompt and by its seed. */
export async function rollOut(
  world: WorldModel,
  seeds: readonly number[],
  prompts: readonly Frames[],
  frames: number,
): Promise<Trace[]> {
  const session = await world.open(seeds.length);
  const rows = [...seeds.keys()];
  await session.reset(rows, prompts);
  const traces = rows.map(() => ({
    tokens: [] as Int32Array[],
    pixels: [] as Uint8Array[],
    confidence: [] as number[],
    entropy: [] as number[],
    state: {} as HostTensors,
  }));
  for (let step = 0; step < frames; step++) {
    const { tokens, confidence, entropy } = await stepRows(world, session, seeds, step);
    const pixels = await session.decode();
    for (const [row, trace] of traces.entries()) {
      trace.tokens.push(rowOf(tokens, row, seeds.length));
      trace.pixels.push(rowOf(pixels, row, seeds.length));
      trace.confidence.push(confidence[row] ?? Number.NaN);
      trace.entropy.push(entropy[row] ?? Number.NaN);
      if (step === STATE_AT - 1) trace.state = await session.getState(row);
    }
  }
  session.close();
  return traces;
}

/** One row of a batch of `count`. */
export function rowOf<A extends Int32Array | Uint8Array>(batch: A, row: number, count: number): A {
  const size = batch.length / count;
  return batch.slice(row * size, (row + 1) * size) as A;
}

/** The share of equal tokens of two roll-outs. */
export function tokensInCommon(some: readonly Trace[], others: readonly Trace[]): number {
  const flat = (traces: readonly Trace[]) => traces.flatMap(({ tokens }) => tokens.flatMap((frame) => [...frame]));
  const [mine, theirs] = [flat(some), flat(others)];
  return mine.filter((token, i) => token === theirs[i]).length / Math.max(mine.length, theirs.length);
}
