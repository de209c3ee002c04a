import { expect, test } from "vitest";
import { ActionDictionary } from "../../src/agents/index.ts";
import { KnownKeys } from "../../src/cli/reproduce/known-keys.ts";

test("an agent chooses among the keys that labels know, each by the latent action that stands for it most often", () => {
  // Latent 0 is key 2 three times, 1 is key 5 twice and 2 once, 3 is key 2 once; no label shows latent 2.
  const pairs = { latentActions: [0, 0, 0, 1, 1, 1, 3], actions: [2, 2, 2, 5, 5, 2, 2] };
  const keys = new KnownKeys(ActionDictionary.fill(pairs, { numLatentActions: 4, numActions: 7 }));
  expect(keys.count).toBe(2);
  expect([0, 1].map((action) => keys.key(action))).toEqual([2, 5]);
  expect([0, 1].map((action) => keys.latent(action))).toEqual([0, 1]);
  // What no label shows is called what labels are most often.
  expect([0, 1, 2, 3].map((latent) => keys.ofLatent(latent))).toEqual([0, 1, 0, 0]);
});
