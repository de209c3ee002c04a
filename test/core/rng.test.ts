import { expect, test } from "vitest";
import { Rng, RngState } from "../../src/core/rng.ts";

function draws(rng: Rng, count: number): number[] {
  return Array.from({ length: count }, () => rng.uniform());
}

test("equal seeds give equal streams, and other seeds others; 0 is a seed like any other", () => {
  expect(draws(new Rng(7), 5)).toEqual(draws(new Rng("7"), 5));
  const streams = [0, 1, 2, 10, ""].map((seed) => draws(new Rng(seed), 3).join());
  expect(new Set(streams).size).toBe(5);
});

test("a stream is the same in every release: recorded episodes can be played again", () => {
  expect(draws(new Rng(0), 2)).toEqual([0.9159653703682125, 0.04742565914057195]);
  expect(new Rng(0).integer(1000)).toBe(915);
});

test("a child depends on its name alone, not on what its parent drew", () => {
  const parent = new Rng(3);
  const before = draws(parent.split("reset", 1), 3);
  parent.uniform();
  expect(draws(parent.split("reset", 1), 3)).toEqual(before);
  expect(draws(parent.split("reset", 2), 3)).not.toEqual(before);
});

test("a state goes through JSON, and the stream goes on where it was taken", () => {
  const rng = new Rng("saved");
  draws(rng, 10);
  const restored = Rng.fromState(RngState.parse(JSON.parse(JSON.stringify(rng.getState()))));
  expect(draws(restored, 5)).toEqual(draws(rng, 5));
  expect(draws(restored.split("a"), 2)).toEqual(draws(rng.split("a"), 2));
});

test("uniforms are those that are drawn one by one, as float32", () => {
  const [some, others] = [new Rng("many"), new Rng("many")];
  expect(some.uniforms(1000)).toEqual(Float32Array.from(draws(others, 1000)));
  expect(some.getState()).toEqual(others.getState());
  expect(some.uniforms(0)).toHaveLength(0);
});

/** Pearson's statistic of uniforms in [0, 1) over 100 bins: below 149 with 99.9 % for a fair generator. */
function chiSquared(uniforms: readonly number[]): number {
  const bins = new Array<number>(100).fill(0);
  for (const u of uniforms) bins[Math.floor(u * 100)] = (bins[Math.floor(u * 100)] ?? 0) + 1;
  const expected = uniforms.length / 100;
  return bins.reduce((sum, bin) => sum + (bin - expected) ** 2 / expected, 0);
}

test("numbers are uniform within a stream, and over the first numbers of neighbouring streams", () => {
  expect(chiSquared(draws(new Rng("within"), 20_000))).toBeLessThan(149);
  expect(chiSquared(Array.from({ length: 20_000 }, (_, i) => new Rng(i).uniform()))).toBeLessThan(149);
});

test("integers cover their range, normals have mean 0 and variance 1, float32 uniforms stay below 1", () => {
  const rng = new Rng("moments");
  expect(new Set(Array.from({ length: 200 }, () => rng.integer(5)))).toEqual(new Set([0, 1, 2, 3, 4]));
  const normals = Array.from({ length: 20_000 }, () => rng.normal());
  const mean = normals.reduce((sum, x) => sum + x, 0) / normals.length;
  const variance = normals.reduce((sum, x) => sum + (x - mean) ** 2, 0) / normals.length;
  expect(Math.abs(mean)).toBeLessThan(0.03);
  expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  expect(Math.max(...rng.uniforms(10_000))).toBeLessThan(1);
});
