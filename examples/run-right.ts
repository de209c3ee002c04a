/**
 * A reward for the benchmark in learnt worlds whose camera follows the hero: how many pixels a step moves the scene to the
 * left, which is how far the hero ran to the right. Where the bundled platformer begins its coin is far away, and its own
 * heads pay nobody anything.
 *
 *   npx genie-env benchmark --agents bc,ppo --worlds platformer --reward ./examples/run-right.ts --steps 2048 --horizon 64 \
 *     --episodes 2 --out runs/right
 */
import type { RewardModel } from "genie-env/env";

/** The furthest that a step is taken to scroll, in pixels; as wide a margin is left out on both sides. */
const MAX_SHIFT = 6;
/** Nearest first, for a still or empty picture fits every shift alike. */
const SHIFTS = Array.from({ length: 2 * MAX_SHIFT + 1 }, (_, i) => (i % 2 === 0 ? i / 2 : -(i + 1) / 2));

/** The benchmark asks each world's environments for one; `frameShape` is [H, W, 3]. */
export const runRight: RewardModel = {
  inputs: "pixels",
  async prepare({ frameShape: [height, width] }) {
    const size = height * width * 3;
    return ({ previous, next, numEnvs }) => {
      const rowOf = (batch: Uint8Array, row: number) => batch.subarray(row * size, (row + 1) * size);
      const rows = Array.from({ length: numEnvs }, (_, row) => row);
      const reward = Float64Array.from(rows, (row) => scroll(rowOf(previous, row), rowOf(next, row), width));
      return { reward, terminated: new Uint8Array(numEnvs) };
    };
  },
};

/** By how many pixels the scene of uint8 [H, W, 3] moved to the left: the shift that leaves the least difference. */
function scroll(previous: Uint8Array, next: Uint8Array, width: number): number {
  const differences = SHIFTS.map((shift) => differenceAt(shift, previous, next, width));
  return SHIFTS[differences.indexOf(Math.min(...differences))] ?? 0;
}

/** The sum over all but the margins of |next[x] - previous[x + shift]|. */
function differenceAt(shift: number, previous: Uint8Array, next: Uint8Array, width: number): number {
  const [line, margin] = [width * 3, MAX_SHIFT * 3];
  let sum = 0;
  for (let start = 0; start < next.length; start += line) {
    for (let i = start + margin; i < start + line - margin; i++) {
      sum += Math.abs(Number(next[i]) - Number(previous[i + shift * 3]));
    }
  }
  return sum;
}
