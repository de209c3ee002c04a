import { expect, test } from "vitest";
import { chooseLabels, ContextDictionary, contextsOf } from "../../src/agents/index.ts";
import { ConfigError, DataError, ShapeError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";

/** Latent action 1 is real action 2 after a 0, and real action 1 elsewhere; 0 is always 0. */
function toyVideo(length: number, seed: number) {
  const rng = new Rng(seed);
  const latents = Array.from({ length }, () => rng.integer(2));
  const actions = latents.map((latent, t) => (latent === 1 && latents[t - 1] === 0 ? 2 : latent));
  return { latents, actions };
}

test("a name that depends on what came before is learnt from a few labels, and holds elsewhere", () => {
  const { latents, actions } = toyVideo(400, 0);
  const contexts = contextsOf(latents);
  const chosen = chooseLabels(contexts, 30, new Rng(1));
  const labels = {
    contexts: chosen.flatMap((i) => contexts.slice(i, i + 1)),
    actions: chosen.map((i) => Number(actions[i])),
  };
  const dictionary = ContextDictionary.fill(labels, { numActions: 3 });
  const other = toyVideo(400, 7);
  expect([...dictionary.translate(other.latents)]).toEqual(other.actions);
});

test("a context without labels is called what the shorter one is, and nothing known what most labels say", () => {
  const labels = {
    contexts: [
      [5, 1, 5],
      [5, 1, 6],
      [null, 2, null],
    ],
    actions: [0, 0, 1],
  } as const;
  const dictionary = ContextDictionary.fill(labels, { numActions: 2 });
  expect([...dictionary.translate([9, 1, 9])]).toEqual([0, 0, 0]);
  expect([...dictionary.translate([2])]).toEqual([1]);
});

test("one label of a longer context outweighs none, and not many of the shorter one that say otherwise", () => {
  const many = Array.from({ length: 30 }, (_, i) => [i, 1, null] as const);
  const dictionary = ContextDictionary.fill(
    { contexts: [...many, [99, 1, null], [99, 1, null]], actions: [...many.map(() => 0), 1, 1] },
    { numActions: 2 },
  );
  expect([...dictionary.translate([99, 1])]).toEqual([0, 1]);
  expect([...dictionary.translate([3, 1])]).toEqual([0, 0]);
});

test("labels go to every context, in proportion to the roots of their numbers, and to no step twice", () => {
  const contexts = [...contextsOf(new Array<number>(902).fill(0)), ...contextsOf(new Array<number>(102).fill(1))];
  const chosen = chooseLabels(contexts, 84, new Rng(0));
  expect(new Set(chosen).size).toBe(84);
  const inner = (latent: number) =>
    chosen.filter((i) => String(contexts[i]) === String([latent, latent, latent])).length;
  // Roots 30 and 10, and 1 for each of the four ends.
  expect([inner(0), inner(1), chosen.length - inner(0) - inner(1)]).toEqual([60, 20, 4]);
  expect(chooseLabels(contexts, 84, new Rng(0))).toEqual(chosen);
  expect(chooseLabels(contexts, 84, new Rng(1))).not.toEqual(chosen);
  expect(chooseLabels(contexts, 1004, new Rng(0)).toSorted((a, b) => a - b)).toEqual([...contexts.keys()]);
});

test("misuse is refused and says why", () => {
  expect(() => chooseLabels(contextsOf([1, 2]), 3, new Rng(0))).toThrow(/count must be at most 2.*got 3/);
  const one = [[null, 1, null]] as const;
  expect(() => ContextDictionary.fill({ contexts: [], actions: [] }, { numActions: 2 })).toThrow(ConfigError);
  expect(() => ContextDictionary.fill({ contexts: one, actions: [0, 1] }, { numActions: 2 })).toThrow(ShapeError);
  for (const action of [2, -1, 0.5, Number.NaN]) {
    expect(() => ContextDictionary.fill({ contexts: one, actions: [action] }, { numActions: 2 })).toThrow(DataError);
  }
});
