import { describe, expect, test } from "vitest";

import { ConfigError, ResetNeededError } from "../../src/core/errors.ts";
import { asAsync, asSync, Autoreset, GenieEnv, make, makeVec } from "../../src/env/index.ts";
import { CartPoleEnv } from "../../src/games/index.ts";
import { checkEnv, FakeWorldModel } from "../../src/testing/index.ts";

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

describe("asSync", () => {
  test("is what asAsync was given, and what make promised for an environment that answers at once", async () => {
    const env = new CartPoleEnv();
    expect(asSync(asAsync(env))).toBe(env);
    const made = asSync(await make<Float32Array, number>("CartPole-v1"));
    const [obs] = made.reset({ seed: 1 });
    expect(obs).toEqual(env.reset({ seed: 1 })[0]);
    const rows = asSync(
      await makeVec<Float32Array, Int32Array>("CartPole-v1", { numEnvs: 2, vectorizationMode: "sync" }),
    );
    expect(rows.reset({ seed: 1 })[0].subarray(0, 4)).toEqual(obs);
  });

  test("refuses what answers with promises before anything runs", async () => {
    const world = new FakeWorldModel({ starts: [1] });
    await using single = await GenieEnv.fromWorld(world);
    await using batch = await GenieEnv.fromWorld(world, { numEnvs: 2 });
    const wrapped = new Autoreset<Uint8Array, number, unknown, "async">(single);
    expect(() => asSync(single)).toThrow(/asSync: the environment must answer at once, got <GenieEnv instance>/);
    expect(() => asSync(batch)).toThrow(ConfigError);
    expect(() => asSync(wrapped)).toThrow(ConfigError);
    await expect(single.step(0)).rejects.toThrow(ResetNeededError);
  });
});
