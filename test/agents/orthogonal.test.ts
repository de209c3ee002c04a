import { expect, test } from "vitest";
import { orthogonal } from "../../src/agents/orthogonal.ts";
import { Rng } from "../../src/core/rng.ts";

test.each([
  [4, 64],
  [64, 64],
  [64, 2],
])("a matrix %i x %i has orthogonal rows or columns of length gain", (rows, columns) => {
  const { data } = orthogonal(rows, columns, 3, new Rng(0));
  const at = (row: number, column: number): number => Number(data[row * columns + column]);
  const [few, many] = [Math.min(rows, columns), Math.max(rows, columns)];
  const entry = (i: number, k: number): number => (rows >= columns ? at(k, i) : at(i, k));
  for (let i = 0; i < few; i++) {
    for (let j = 0; j <= i; j++) {
      let dot = 0;
      for (let k = 0; k < many; k++) dot += entry(i, k) * entry(j, k);
      expect(dot).toBeCloseTo(i === j ? 9 : 0, 4);
    }
  }
});
