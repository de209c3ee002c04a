import { expect, test } from "vitest";

import { ResetNeededError } from "../../src/core/errors.ts";
import { asAsync } from "../../src/env/adapters.ts";
import { CartPoleEnv } from "../../src/games/index.ts";
import { checkEnv } from "../../src/testing/index.ts";

test("asAsync answers with the same, promised", async () => {
  const env = new CartPoleEnv();
  const promising = asAsync(new CartPoleEnv());
  expect(await promising.reset({ seed: 5 })).toEqual(env.reset({ seed: 5 }));
  for (const action of [0, 1, 1, 0]) expect(await promising.step(action)).toEqual(env.step(action));
  expect([promising.rngSeed, promising.rng.getState()]).toEqual([5, env.rng.getState()]);
});

test("asAsync calls at once, and rejects what the environment throws", async () => {
  const promising = asAsync(new CartPoleEnv());
  await expect(promising.step(0)).rejects.toThrow(ResetNeededError);
  const results = await Promise.all([promising.reset({ seed: 1 }), promising.step(0), promising.reset({ seed: 1 })]);
  expect(results[0]).toEqual(results[2]);
});

test("asAsync keeps the contract", async () => {
  const findings = await checkEnv(() => asAsync(new CartPoleEnv()));
  expect(findings.map(({ code }) => code)).toEqual(["box-unbounded"]);
});
