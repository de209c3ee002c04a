import { float32, type HostTensors } from "../core/host-tensor.ts";
import type { Rng } from "../core/rng.ts";

/** 0 .. length - 1 in a random order (Fisher and Yates). */
export function shuffled(length: number, rng: Rng): Uint32Array {
  const order = Uint32Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    [order[i], order[j]] = [Number(order[j]), Number(order[i])];
  }
  return order;
}

/** The rows of these indices, in their order. */
export function takeRows(columns: HostTensors, indices: Uint32Array): HostTensors {
  return Object.fromEntries(
    Object.entries(columns).map(([name, { data, shape }]) => {
      const width = shape.slice(1).reduce((product, size) => product * size, 1);
      const rows = new Float32Array(indices.length * width);
      for (const [row, index] of indices.entries()) {
        if (width === 1) rows[row] = Number(data[index]);
        else rows.set(data.subarray(index * width, (index + 1) * width), row * width);
      }
      return [name, float32(rows, [indices.length, ...shape.slice(1)])];
    }),
  );
}
