import { expect, test } from "vitest";
import { KnownKeys } from "../../src/cli/reproduce/known-keys.ts";

test("an agent chooses among the keys that steps are called by, each by the latent action that stands for it most often", () => {
  // Key 2 is latent 3 three times and 1 twice, key 5 is latent 1 twice.
  const keys = new KnownKeys({ latentActions: [1, 3, 1, 3, 3, 1, 1], actions: [2, 2, 2, 2, 2, 5, 5] });
  expect(keys.count).toBe(2);
  expect([0, 1].map((action) => keys.key(action))).toEqual([2, 5]);
  expect([0, 1].map((action) => keys.latent(action))).toEqual([3, 1]);
  expect([2, 5].map((key) => keys.ofKey(key))).toEqual([0, 1]);
});

test("a key that fewer than one step in a hundred is called by is none of the agent's", () => {
  const actions = [...new Array<number>(150).fill(2), ...new Array<number>(49).fill(5), 6];
  const keys = new KnownKeys({ latentActions: actions.map((key) => key - 2), actions });
  expect(keys.count).toBe(2);
  expect([2, 5, 6].map((key) => keys.ofKey(key))).toEqual([0, 1, -1]);
});

test("a latent action that stands for another key more often is left to that one", () => {
  // Key 1 is latent 0 twice and latent 1 once; but latent 0 is key 0 three times.
  const keys = new KnownKeys({ latentActions: [0, 0, 0, 0, 0, 1], actions: [0, 0, 0, 1, 1, 1] });
  expect([0, 1].map((action) => keys.latent(action))).toEqual([0, 1]);
  // Where there is no other, two keys are one in the dream.
  const same = new KnownKeys({ latentActions: [0, 0, 0], actions: [4, 4, 6] });
  expect([0, 1].map((action) => same.latent(action))).toEqual([0, 0]);
});

test("a video may be long", () => {
  const actions = Array.from({ length: 300_000 }, (_, step) => step % 2);
  const keys = new KnownKeys({ latentActions: actions, actions });
  expect([0, 1].map((action) => keys.latent(action))).toEqual([0, 1]);
});
