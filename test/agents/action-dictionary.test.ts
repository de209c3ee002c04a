import { describe, expect, test } from "vitest";
import { ActionDictionary } from "../../src/agents/index.ts";
import { ConfigError, DataError, ShapeError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";

const sizes = { numLatentActions: 4, numActions: 3 };
const dictionary = ActionDictionary.fill(
  { latentActions: [0, 0, 0, 0, 1, 1, 3], actions: [2, 2, 2, 1, 0, 1, 0] },
  sizes,
);

function shares(latent: number, draws = 4000): number[] {
  const rng = new Rng(1);
  const counts = [0, 0, 0];
  for (let i = 0; i < draws; i++) {
    const action = dictionary.choose(latent, rng);
    counts[action] = Number(counts[action]) + 1;
  }
  return counts.map((count) => count / draws);
}

test("it translates each latent action to its most frequent real one", () => {
  expect([...dictionary.translate([0, 3, 1, 2, 0])]).toEqual([2, 0, 0, 2, 2]);
  expect(() => dictionary.translate([4])).toThrow(/\[0, 4\), got 4/);
});

test("it counts pairs", () => {
  expect(dictionary.counts(0)).toEqual([0, 1, 3]);
  expect(dictionary.counts(1)).toEqual([1, 1, 0]);
  expect(dictionary.counts(3)).toEqual([1, 0, 0]);
});

test("a latent action without a label stands for all labels", () => {
  expect(dictionary.counts(2)).toEqual([2, 2, 3]);
});

test.each([
  [0, [0, 1 / 4, 3 / 4]],
  [1, [1 / 2, 1 / 2, 0]],
  [2, [2 / 7, 2 / 7, 3 / 7]],
  [3, [1, 0, 0]],
])("latent action %i is drawn as often as it was labelled so", (latent, expected) => {
  for (const [action, share] of shares(latent).entries()) expect(share).toBeCloseTo(expected[action] ?? 0, 1);
});

test("the deterministic choice is the most frequent, the first of equals", () => {
  const chosen = [0, 1, 2, 3].map((latent) => dictionary.choose(latent, new Rng(0), { deterministic: true }));
  expect(chosen).toEqual([2, 0, 2, 0]);
});

test("it survives JSON", () => {
  const copy = ActionDictionary.fromJSON(JSON.parse(JSON.stringify(dictionary)));
  expect(copy.toJSON()).toEqual(dictionary.toJSON());
  expect(copy).toMatchObject(sizes);
});

describe("bad input is refused", () => {
  test("pairs", () => {
    expect(() => ActionDictionary.fill({ latentActions: [0], actions: [0, 1] }, sizes)).toThrow(ShapeError);
    expect(() => ActionDictionary.fill({ latentActions: [], actions: [] }, sizes)).toThrow(ConfigError);
    expect(() => ActionDictionary.fill({ latentActions: [4], actions: [0] }, sizes)).toThrow(DataError);
    expect(() => ActionDictionary.fill({ latentActions: [0], actions: [-1] }, sizes)).toThrow(DataError);
  });

  test("a latent action that is none", () => {
    expect(() => dictionary.choose(4, new Rng(0))).toThrow(DataError);
  });

  test("JSON", () => {
    for (const counts of [[], [[0]], [[1], [1, 2]], [[-1]], [[0.5]]]) {
      expect(() => ActionDictionary.fromJSON({ counts })).toThrow();
    }
  });
});
